"""The page and the exports show what the aggregates hold, and say what is not known."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.days import local_day
from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.figures.rollup import roll_up
from idp.kit import clock
from idp.kit.db import make_engine
from idp.settings import Settings
from idp.web.routes import room_router
from tests.figures.history import RULES, registered, signed_in, write
from tests.support.app import room_app

CLOSED_DAY = local_day(clock.now(), RULES.time_zone) - timedelta(days=2)


@pytest.fixture
def owner(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings.database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def browser(owner: Engine, settings: Settings) -> Iterator[TestClient]:
    app = room_app(settings, room_router("idp.adoption"))
    with TestClient(app, headers={"Accept-Language": "en"}) as client:
        yield client
    app.state.runtime.engine.dispose()


@pytest.fixture
def closed(owner: Engine) -> Engine:
    """Three people, two of them UNI-used, of 40 residents; enterprises uncounted."""
    with owner.begin() as connection:
        write(
            connection,
            *(registered(n, CLOSED_DAY) for n in (1, 2, 3)),
            *(signed_in(n, CLOSED_DAY, tier) for n in (1, 2) for tier in ("central", "province")),
            signed_in(3, CLOSED_DAY, "central"),
        )
        roll_up(connection, rules=RULES)
    return owner


@pytest.fixture
def counted(closed: Engine) -> None:
    with Session(closed) as db, db.begin():
        census = Population(DenominatorKind.RESIDENTS, CLOSED_DAY, 40, "Village <census>")
        set_denominator(db, census)


def read(browser: TestClient) -> str:
    response = browser.get("/adoption")
    assert response.status_code == 200
    assert len(response.content) < 60_000
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.usefixtures("counted")
def test_page_answers_first(browser: TestClient) -> None:
    text = read(browser)
    assert "Not yet 5.0% of residents" in text
    assert "Still missing 6 people" in text
    assert "2 / 40 · Village &lt;census&gt;" in text
    assert "at most 66.7%" in text
    assert "Too early to say" in text


@pytest.mark.usefixtures("counted")
def test_page_rises_by_one_today(browser: TestClient, owner: Engine) -> None:
    def today() -> str:
        found = re.search(r'id="today-uni-used">(\d+)<', browser.get("/adoption").text)
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
    assert "Not known" in text
    assert "0.0%" not in text


def test_empty_database_shows_only_today(browser: TestClient) -> None:
    text = read(browser)
    assert "No day has been closed yet" in text
    assert "Today so far" in text
    assert browser.get("/adoption.json").json() == []


@pytest.mark.asvs("3.2.1", "5.4.1")
def test_the_export_is_a_download_whose_name_nobody_chooses(browser: TestClient) -> None:
    headers = browser.get("/adoption.csv?name=evil.html&filename=evil.html").headers
    assert headers["content-disposition"] == 'attachment; filename="adoption.csv"'
    assert headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.usefixtures("counted")
def test_csv_holds_the_same_numbers(browser: TestClient) -> None:
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
