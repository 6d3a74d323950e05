"""The page and the exports show what the aggregates hold, and say what is not known."""

import csv
import io
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from starlette.routing import Route

import idp
import idp.adoption
from idp.adoption.data_page import DataPage
from idp.adoption.files import Table
from idp.figures.days import local_day, month_start
from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.figures.rollup import roll_up
from idp.kit import clock
from tests.figures.frozen import freeze, national
from tests.figures.history import RULES, organization_registered, registered, signed_in, write

TEMPLATES = Path(idp.__file__).parent / "templates"
CLOSED_DAY = month_start(local_day(clock.now(), RULES.time_zone)) - timedelta(days=1)
"""The end of the last month that is over."""


@pytest.fixture
def enterprise(owner: Engine) -> None:
    """One that is UNI-used; ask for it before `closed`."""
    with owner.begin() as connection:
        both = (signed_in(1, CLOSED_DAY, t, organization_number=1) for t in ("central", "province"))
        write(connection, organization_registered(1, CLOSED_DAY), *both)


@pytest.fixture
def counted(owner: Engine) -> None:
    """40 residents and 10 enterprises; ask for it before `closed`, as a frozen month keeps them."""
    count_all(owner, residents=40, enterprises=10)


@pytest.fixture
def closed(owner: Engine) -> Engine:
    """Three people, two of them UNI-used."""
    with owner.begin() as connection:
        write(
            connection,
            *(registered(n, CLOSED_DAY) for n in (1, 2, 3)),
            *(signed_in(n, CLOSED_DAY, tier) for n in (1, 2) for tier in ("central", "province")),
            signed_in(3, CLOSED_DAY, "central"),
        )
        roll_up(connection, rules=RULES)
    return owner


def read(browser: TestClient, path: str = "/adoption") -> str:
    response = browser.get(path)
    assert response.status_code == 200
    assert len(response.content) < 60_000
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def count_all(owner: Engine, *, residents: int | None, enterprises: int | None) -> None:
    counts = {DenominatorKind.RESIDENTS: residents, DenominatorKind.ENTERPRISES: enterprises}
    with Session(owner) as db, db.begin():
        for kind, value in counts.items():
            if value is not None:
                set_denominator(db, Population(kind, CLOSED_DAY, value, "Village <census>"))


@pytest.mark.usefixtures("enterprise", "counted", "closed")
def test_page_answers_first(browser: TestClient) -> None:
    text = read(browser)
    assert f" Not yet. {CLOSED_DAY:%m/%Y}, official" in text
    assert " 5.0% people 2 / 40 6 missing" in text
    assert "10.0% businesses 1 / 10 1 missing" in text
    assert "Target 20%. The lower group is the result. 6 people and 1 business are missing." in text
    assert "those who take part: at most 75.0%" in text, "2 people and 1 business of 3 and 1"
    assert "Too early to say when: 0 whole windows, 12 needed." in text
    assert f"Official, frozen {local_day(clock.now(), RULES.time_zone):%d/%m/%Y}, version 1" in text
    assert "Village &lt;census&gt;" in text
    assert "at most 66.7%" in read(browser, "/adoption/figures")


@pytest.mark.usefixtures("counted", "closed")
def test_page_rises_by_one_today(browser: TestClient, owner: Engine) -> None:
    def today() -> str:
        found = re.search(r'id="today-uni-used">(\d+)<', browser.get("/adoption/today").text)
        assert found
        return found[1]

    assert today() == "2"
    with owner.begin() as connection:
        now = clock.now()
        newcomer = {**registered(9, CLOSED_DAY), "at": now}
        write(connection, newcomer, *(signed_in(9, now, t) for t in ("central", "province")))
    assert today() == "3"


@pytest.mark.usefixtures("closed")
def test_unknown_denominators_are_said_to_be_unknown(browser: TestClient) -> None:
    text = read(browser)
    assert "Not known. No count of active businesses: nobody can say whether it is met." in text
    assert "No count of residents: nobody can say whether it is met." in text
    assert "0.0%" not in text


@pytest.mark.usefixtures("enterprise")
@pytest.mark.parametrize(("enterprises", "word"), [(None, "Not known."), (2, "Met.")])
def test_reached_by_one_kind_is_not_known_while_the_other_has_no_denominator(
    browser: TestClient,
    owner: Engine,
    enterprises: int | None,
    word: str,
    request: pytest.FixtureRequest,
) -> None:
    """D1: the page said "reached" of people alone."""
    count_all(owner, residents=4, enterprises=enterprises)
    request.getfixturevalue("closed")
    text = read(browser)
    assert "50.0% people" in text
    assert ("Met." in text) is (word == "Met.")
    assert word in text
    said = "No count of active businesses: nobody can say whether it is met."
    assert (said in text) is (enterprises is None)


def test_what_is_not_reached_is_printed_below_the_target_everywhere(
    browser: TestClient, closed: Engine
) -> None:
    """D7: 2,000 of 10,004 people are 19.992%; no page prints a share but by the one filter."""
    count_all(closed, residents=10_004, enterprises=5_002)
    with closed.begin() as connection:
        people = range(100, 100 + 1998)
        write(
            connection,
            *({**registered(n, CLOSED_DAY), "at": clock.now()} for n in people),
            *(signed_in(n, clock.now(), t) for n in people for t in ("central", "province")),
        )
    text = read(browser, "/adoption/today")
    assert "19.99%" in text
    assert "20.00%" not in text
    for template in TEMPLATES.glob("adoption/*.html"):
        printed = re.findall(r"\.percent\b(?= *[|}])[^}]{0,24}", template.read_text("utf-8"))
        unfiltered = [
            p for p in printed if not re.match(r"\.percent \| (float \| )?(percent|at_most)\(", p)
        ]
        assert unfiltered == [], template.name


@pytest.mark.usefixtures("counted")
def test_the_page_and_the_files_say_what_was_revised(browser: TestClient, closed: Engine) -> None:
    """D2: published is what stood; what was changed is told, with the reason."""
    assert "Revisions: 0" in read(browser)
    typo = Population(DenominatorKind.RESIDENTS, CLOSED_DAY, 4, "Village")
    with Session(closed) as db, db.begin():
        set_denominator(db, typo)
    assert "Village &lt;census&gt;" in read(browser)
    assert "version 1" in read(browser)
    assert {row["revision"] for row in browser.get("/adoption.json").json()} == {0}
    with Session(closed) as db, db.begin():
        set_denominator(db, typo, reason="The old one was <wrong>")
    told = rf"1 \S+ {CLOSED_DAY:%d/%m/%Y} – \S+ The old one was &lt;wrong&gt;"
    assert re.search(told, read(browser, "/adoption/figures"))
    revised = {
        (row["subject_kind"], row["figure"]): row["revision"]
        for row in browser.get("/adoption.json").json()
    }
    assert revised["person", "T4p"] == revised["pooled", "T4p"] == revised["person", "REG"] == 1
    assert revised["enterprise", "T4p"] == revised["person", "T4"] == 0


@pytest.mark.parametrize("path", ["/adoption/today", "/adoption.json"])
def test_a_day_closed_while_the_page_is_read_changes_nothing_in_it(
    browser: TestClient, closed: Engine, path: str
) -> None:
    """D6: between two reads the page showed 0 registered; each statement saw another instant."""
    calm, count = browser.get(path).text, 0
    engine = browser.app.state.runtime.engine  # type: ignore[attr-defined]

    def close_meanwhile(*_: object) -> None:
        nonlocal count
        count += 1
        if count == 1:  # the transaction has read nothing yet
            return
        with closed.begin() as other, clock.shifted(timedelta(days=count)):
            roll_up(other, rules=RULES)

    event.listen(engine, "after_cursor_execute", close_meanwhile)
    disturbed = browser.get(path).text
    event.remove(engine, "after_cursor_execute", close_meanwhile)
    assert count > 3

    def shown(text: str) -> str:
        return re.sub(r"\d\d:\d\d", "", text)

    assert shown(disturbed) == shown(calm)
    assert shown(browser.get(path).text) != shown(calm), "days were closed"


def test_empty_database_shows_only_today(browser: TestClient) -> None:
    assert "No day has been closed yet" in read(browser)
    assert "No day has been closed yet" in read(browser, "/adoption/figures")
    assert "No month has been frozen yet" in read(browser, "/adoption/months")
    assert "Today’s figures" in read(browser, "/adoption/today")
    assert browser.get("/adoption.json").json() == []


@pytest.mark.asvs("3.2.1", "5.4.1")
def test_the_export_is_a_download_whose_name_nobody_chooses(browser: TestClient) -> None:
    headers = browser.get("/adoption.csv?name=evil.html&filename=evil.html").headers
    assert headers["content-disposition"] == 'attachment; filename="adoption.csv"'
    assert headers["content-type"] == "text/csv; charset=utf-8"


def test_files_cut_shares_down_and_round_bounds_up(browser: TestClient, closed: Engine) -> None:
    """D7: 19.99999% of a file must not be read as 20."""
    count_all(closed, residents=3, enterprises=7)
    rows = browser.get("/adoption.json").json()
    found = {(row["subject_kind"], row["figure"]): row["percent"] for row in rows}
    assert found["person", "T4p"] == found["person", "UNI_USED"] == 66.6666
    assert found["person", "T4"] == 66.6667, "at most"


@pytest.mark.usefixtures("closed")
def test_csv_holds_the_same_numbers(browser: TestClient, owner: Engine) -> None:
    count_all(owner, residents=40, enterprises=None)
    response = browser.get("/adoption.csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    found = {(row["subject_kind"], row["figure"]): row for row in rows}
    people = found["person", "T4p"]
    assert (people["numerator"], people["denominator"], people["percent"]) == ("2", "40", "5.0")
    assert people["denominator_source"] == "Village <census>"
    assert found["person", "T4"]["qualifier"] == "at most"
    enterprises = found["enterprise", "T4p"]
    assert (enterprises["numerator"], enterprises["denominator"]) == ("0", "")
    assert [row["figure"] for row in browser.get("/adoption.json").json()] == [
        row["figure"] for row in rows
    ]


@pytest.mark.usefixtures("closed")
def test_a_page_is_sent_again_only_once_something_is_published(
    browser: TestClient, owner: Engine
) -> None:
    first = browser.get("/adoption")
    tag = {"If-None-Match": first.headers["etag"]}
    assert "no-cache" in first.headers["cache-control"]
    again = browser.get("/adoption", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    vietnamese = browser.get("/adoption", headers={**tag, "Accept-Language": "vi"})
    assert vietnamese.status_code == 200
    assert "Chưa biết." in vietnamese.text
    rows = {national(kind, "UNI_USED"): 1 for kind in ("person", "enterprise")}
    rows |= {national(kind, "POP"): 100 for kind in ("person", "enterprise")}
    freeze(owner, CLOSED_DAY, rows, reason="Counted again")
    after = browser.get("/adoption", headers=tag)
    assert after.status_code == 200
    assert "Not yet." in after.text
    assert "version 2" in after.text


@pytest.mark.usefixtures("closed")
def test_what_a_month_said_first_stands_beside_what_it_says_now(
    browser: TestClient, owner: Engine
) -> None:
    """What differs by a few tells of nobody: the version before is starred then."""
    assert "Revised months" not in read(browser, "/adoption/figures")
    for used, reason in ((100, "A province was wrong"), (140, "Late <rows>"), (143, "A few")):
        freeze(owner, CLOSED_DAY, {national("person", "UNI_USED"): used}, reason=reason)
    page = read(browser, "/adoption/figures")
    assert re.search(r"4 \S+ \* 143 A few \S+ 3 \S+ 100 140 Late &lt;rows&gt; \S+ 2 \S+", page)
    assert "Revisions: 3" in read(browser)


def test_the_page_before_a_month_is_over(browser: TestClient, owner: Engine) -> None:
    today = local_day(clock.now(), RULES.time_zone)
    with owner.begin() as connection, clock.shifted(timedelta(days=5 - today.day)):
        write(connection, registered(1, today.replace(day=2)))
        roll_up(connection, rules=RULES)
    assert "No month has been frozen yet" in read(browser)


def test_the_page_of_files_explains_every_table_that_has_a_route(browser: TestClient) -> None:
    """Each `Table` of the room, wherever it is made, and each address of one."""
    rooms = (import_module(f"idp.adoption.{m.name}") for m in iter_modules(idp.adoption.__path__))
    made = {each.path for room in rooms for each in vars(room).values() if isinstance(each, Table)}
    app = cast("FastAPI", browser.app)
    found = {r.path.removesuffix(".csv") for r in app.routes if isinstance(r, Route)}
    explained = {table.path for table in DataPage.tables}
    assert explained == made
    assert explained <= found
