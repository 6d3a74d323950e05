"""The rolling windows on the operators' page and in its files: true there, and nowhere else."""

import csv
import io
import re
from datetime import date, timedelta
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from sqlalchemy import delete
from sqlalchemy.orm import Session

from idp.figures.day_models import AdoptionDayRead, AdoptionRolling
from idp.figures.day_sets import DaysRead, set_days_read
from idp.figures.rolling_days import save_rolling
from idp.figures.slice_rows import SliceKey
from idp.journal.snapshots import take_snapshot
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.places.load import load_places
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Page, Visitor

PATH = f"{BASE}/console/figures"
DAY = date(2026, 11, 29)


def country(db: Session, office: Office, *, day: date = DAY) -> None:
    """Figures of a day as the closing leaves them: Huế (46) is behind, 4 people use both in 30."""
    rows: dict[SliceKey, int] = {}
    for code, used in (("", 900), ("01", 700), ("46", 4)):
        dimension = "place" if code else "country"
        for figure, value in (("POP", 1000), ("REG", 950), ("UNI_REACH", 940)):
            rows[SliceKey(dimension, code, "person", figure, "at_day")] = value
        for window, times in (("rolling_365", 1), ("rolling_90", 2), ("rolling_30", 3)):
            rows[SliceKey(dimension, code, "person", "UNI_USED", window)] = used - times
        rows[SliceKey(dimension, code, "enterprise", "UNI_USED", "rolling_365")] = used // 2
    agency = str(office.agency_id)
    for figure, value in (("ACT", 60), ("UNI_USED", 12), ("UNI_STRICT", 7)):
        rows[SliceKey("agency", agency, "person", figure, "rolling_365")] = value
    save_rolling(db.connection(), day, rows)
    set_days_read(db.connection(), DaysRead(day, take_snapshot(db.connection())))


def forget(app: FastAPI) -> None:
    """Another test's days."""
    with transaction(app.state.runtime.engine) as db:
        for table in (AdoptionRolling, AdoptionDayRead):
            db.execute(delete(table))


@pytest.fixture
def counted(app: FastAPI, ministry: Office) -> Office:
    forget(app)
    with transaction(app.state.runtime.engine) as db:
        load_places(db)
        country(db, ministry, day=DAY - timedelta(days=1))
        country(db, ministry)
    return ministry


def cells(page: Page) -> list[list[str]]:
    """The rows of the page's table."""
    rows = re.findall(r"<tr role=row>(.*?)</tr>", page.text, re.DOTALL)
    found = (re.findall(r"<td.*?><div>(.*?)</div></td>", row, re.DOTALL) for row in rows)
    return [[cell.strip() for cell in row] for row in found if row]


def linked(page: Page, text: str) -> str:
    """Where a link with that text leads."""
    [href] = re.findall(rf'<a href="([^"]*)"[^>]*>{text}</a>', page.text)
    return urljoin(page.url, href.replace("&amp;", "&"))


def test_the_window_stands_in_the_address_and_links_carry_it(
    counted: Office, operator: Visitor
) -> None:
    page = operator.open(PATH)
    assert "899" in page.text
    page = operator.open(linked(page, "30 days"))
    assert page.url.endswith("?window=rolling_30")
    assert "897" in page.text
    page = operator.open(linked(page, "Day before"))
    assert page.url.endswith("?window=rolling_30&day=2026-11-28")
    assert "897" in page.text
    for text, query in (
        ("Next page", "window=rolling_30&day=2026-11-28&page=2"),
        ("Agencies", "window=rolling_30&by=agencies&day=2026-11-28"),
        ("Enterprises", "window=rolling_30&kind=enterprise&day=2026-11-28"),
        ("365 days", "day=2026-11-28"),
        ("CSV", "window=rolling_30&day=2026-11-28"),
    ):
        assert linked(page, text).partition("?")[2] == query
    answer = operator.client.get(page.url, headers={"Accept-Language": "vi"})
    assert "<strong>30 ngày</strong>" in answer.text
    assert "28/11/2026" in answer.text


def test_provinces_stand_lowest_first_and_agencies_by_tier(
    counted: Office, operator: Visitor
) -> None:
    rows = cells(operator.open(PATH))
    assert [row[1] for row in rows[:3]] == ["0.3%", "69.9%", "–"]
    page = operator.open(f"{PATH}?by=agencies&tier=central")
    assert [row[2:] for row in cells(page)] == [["60", "12", "20.0%", "7"]]
    assert cells(operator.open(f"{PATH}?by=agencies&tier=commune")) == []
    assert cells(operator.open(f"{PATH}?by=agencies&window=rolling_30")) == []


def test_the_files_have_the_window_and_say_that_they_are_internal(
    counted: Office, operator: Visitor
) -> None:
    answer = operator.client.get(f"{PATH}.csv?window=rolling_90")
    assert answer.headers["cache-control"] == "no-store"
    assert "rolling_90-2026-11-29-internal.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert len(rows) == 35
    assert {row["window"] for row in rows} == {"rolling_90"}
    assert {row["label"] for row in rows} == {"nội bộ / internal"}
    used = {row["code"]: row["UNI_USED"] for row in rows}
    assert (used[""], used["01"], used["46"]) == ("898", "698", "2")
    assert operator.client.get(f"{PATH}.xlsx").content.startswith(b"PK")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("window=rolling_31", "There are no figures over this window."),
        ("window=months_12", "There are no figures over this window."),
        ("kind=household", "There are no figures of this kind."),
        ("by=people", "There is no such list of figures."),
        ("by=agencies&tier=moon", "There is no such tier."),
        ("by=agencies&kind=enterprise", "Agencies are counted by the people who use them alone."),
        ("day=2026-11-31", "There are no figures of this day."),
        ("day=2020-01-01", "There are no figures of this day."),
    ],
)
@pytest.mark.parametrize("ending", ["", ".csv"])
def test_what_cannot_be_chosen_is_said_clearly(
    counted: Office, operator: Visitor, query: str, said: str, ending: str
) -> None:
    page = operator.open(f"{PATH}{ending}?{query}")
    assert page.status == 404
    assert said in page.text


def test_before_any_day_is_counted_the_page_says_so(app: FastAPI, operator: Visitor) -> None:
    forget(app)
    assert "No day has been counted yet." in operator.open(PATH).text
    assert operator.client.get(f"{PATH}.csv").status_code == 200


def test_an_agencys_staff_and_everybody_else_find_no_such_page(
    app: FastAPI, counted: Office
) -> None:
    owner = staff_visitor(app, StaffRole.AGENCY_OWNER, counted)
    for ending in ("", ".csv", ".xlsx"):
        assert owner.open(f"{PATH}{ending}").status == 404
