"""A table is one for who hears it, also where a stylesheet shows its rows as cards."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

import idp
from idp.web.static import FILES
from idp.web.table_roles import with_roles
from tests.support.browser import PHONE, chromium, visit
from tests.support.tables import look_at_tables

TEMPLATES = Path(idp.__file__).parent / "templates"
TABLE = (
    '<table class="data"><caption>Months</caption><thead><tr><th scope="col">Month</th>'
    '<th scope="col" class="number">Rate</th></tr></thead><tbody><tr><th scope="row">06/2026</th>'
    '<td data-label="Rate" class="number">7%</td></tr></tbody></table>'
)
LOST = {
    "no table": ("<table", "<table role=none"),
    "no cell": ("<td", "<td role=note"),
    "another column": ('data-label="Rate"', 'data-label="Month"'),
    "a column less": ('<th scope="row">06/2026</th>', ""),
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser, visit(browser, width=PHONE) as context:
        yield context.new_page()


def show(page: Page, table: str) -> None:
    style = FILES["app.css"].decode() + FILES["adoption.css"].decode()
    page.set_content(f"<style>{style}</style><main>{table}</main>")


def test_each_part_has_its_role() -> None:
    written = with_roles(TABLE)
    assert re.findall(r"<(\w+) role=(\w+)", written) == [
        *(("table", "table"), ("thead", "rowgroup"), ("tr", "row")),
        *(("th", "columnheader"), ("th", "columnheader")),
        *(("tbody", "rowgroup"), ("tr", "row"), ("th", "rowheader"), ("td", "cell")),
    ]
    assert with_roles("<track><thing><p>") == "<track><thing><p>"


def test_every_header_says_of_what_before_anything_is_filled_in() -> None:
    """Else it would get no role. The report is for paper."""
    headers = [
        (path.name, header)
        for path in TEMPLATES.rglob("*.html")
        if path.name != "report.html"
        for header in re.findall(r"<th\b[^<>{]*", path.read_text("utf-8"))
    ]
    assert len(headers) > 50
    assert [each for each in headers if not re.search(r'scope="(col|row|rowgroup)"', each[1])] == []


def test_cards_are_heard_as_a_table(page: Page) -> None:
    """By Chromium's own tree: the role is there, and it is the card's that the phone shows."""
    show(page, with_roles(TABLE))
    assert page.eval_on_selector("td", "cell => getComputedStyle(cell).display") == "flex"
    look_at_tables(page, "cards")


@pytest.mark.parametrize("lost", LOST)
def test_what_is_not_heard_as_one_is_found(page: Page, lost: str) -> None:
    """The control of the one above, and of each page that is looked at."""
    show(page, TABLE.replace(*LOST[lost]))
    with pytest.raises(AssertionError):
        look_at_tables(page, lost)


def unlabelled(html: str) -> list[str]:
    """Cells with a value that no label stands beside when rows are shown as cards."""
    tables = re.findall(r'<table[^>]*class="data.*?</table>', html, re.DOTALL)
    return re.findall(r"<td(?![^>]*data-label)[^>]*>(?!</td>)", "".join(tables))


def test_on_a_card_each_value_says_what_it_is() -> None:
    assert unlabelled('<table class="data"><td>1</td></table>') == ["<td>"]
    assert unlabelled('<table class="data"><td data-label="A">1</td><td></td></table>') == []
    files = {path: path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}
    assert sum('class="data' in html for html in files.values()) > 10
    assert {path.name: found for path, html in files.items() if (found := unlabelled(html))} == {}
