"""A frozen month stays; what is found since is a revision beside it, and each can be recounted."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from idp.figures.frozen import FrozenMonth
from idp.figures.month_recount import rebuild_months, revise, verify_months
from idp.figures.slices import by_place, list_freezes, national, read_month
from idp.journal.record import entry
from idp.kit.db import make_engine
from idp.kit.errors import InvalidInput
from idp.places.load import load_places
from tests.figures.committed import add, close, still_open
from tests.figures.history import RULES, Row, at, registered, signed_in, status
from tests.support.postgres import Database

JULY, AUGUST = date(2025, 7, 31), date(2025, 8, 31)
DAY = date(2025, 7, 10)
YEAR = "months_12"
PUBLISHED = ("adoption_month", "adoption_slice", "place_denominator", "adoption_action")


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    with Session(engine) as db, db.begin():
        load_places(db)
    yield engine
    engine.dispose()


@pytest.fixture
def app(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


def lives(person: int, place: str) -> Row:
    row = registered(person, DAY)
    row["data"]["place"] = place
    return row


def both(person: int, day: date) -> list[Row]:
    return [signed_in(person, day, tier) for tier in ("central", "commune")]


@pytest.fixture
def frozen(owner: Engine) -> Engine:
    """July is frozen: 1, of Hà Nội, uses both tiers; 2 does not."""
    add(owner, lives(1, "01"), lives(2, "01"), *both(1, DAY))
    close(owner, JULY)
    return owner


def month(db: Session, day: date, revision: int | None = None) -> FrozenMonth:
    found = read_month(db, day, revision=revision)
    assert found is not None
    return found


def uni(engine: Engine, day: date, revision: int | None = None) -> int:
    with Session(engine) as db:
        figures = national(db, month(db, day, revision))
        return figures.get(("person", "UNI_USED", YEAR), 0)


def publish(engine: Engine, last: date, reason: str = "found late") -> Any:
    with Session(engine) as db, db.begin():
        return revise(db, last, reason=reason)


def verified(engine: Engine, last: date | None = None) -> tuple[int, int, int]:
    with Session(engine) as db:
        found = verify_months(db, last)
    return found.freezes, len(found.differences), len(found.altered)


def test_a_late_fact_changes_nothing_until_a_revision_says_why(owner: Engine) -> None:
    add(owner, lives(1, "01"), lives(2, "01"), *both(1, DAY))
    with still_open(owner, *both(2, DAY)):
        close(owner, JULY)
    assert uni(owner, JULY) == 1
    assert verified(owner) == (1, 0, 0)
    number, changed = publish(owner, JULY)
    assert number == 2
    assert {(c.figure, c.window, c.published, c.counted) for c in changed} >= {
        ("UNI_USED", YEAR, 1, 2)
    }
    assert [uni(owner, JULY, revision) for revision in (0, 1, None)] == [1, 2, 2]
    assert verified(owner, JULY) == (2, 0, 0)


def test_the_next_month_takes_in_what_came_late(owner: Engine) -> None:
    add(owner, lives(1, "01"), lives(2, "01"), *both(1, DAY))
    with still_open(owner, *both(2, DAY)):
        close(owner, JULY)
    close(owner, AUGUST)
    assert (uni(owner, JULY), uni(owner, AUGUST)) == (1, 2)
    assert verified(owner) == (2, 0, 0)


def test_a_revision_loses_no_late_fact_for_the_month_after(owner: Engine) -> None:
    add(owner, lives(1, "01"), lives(2, "01"), *both(1, DAY))
    with still_open(owner, *both(2, DAY)):
        close(owner, JULY)
    publish(owner, JULY)
    close(owner, AUGUST)
    assert uni(owner, AUGUST) == 2


def test_july_stays_when_people_come_back_in_august(frozen: Engine) -> None:
    add(frozen, *both(1, date(2025, 8, 5)), *both(2, date(2025, 8, 5)))
    close(frozen, AUGUST)
    assert (uni(frozen, JULY), uni(frozen, AUGUST)) == (1, 2)
    assert publish(frozen, JULY)[0] is None


def test_a_corrected_place_revises_the_month_it_concerns(frozen: Engine) -> None:
    data = {"place": "79", "valid_on": DAY.isoformat(), "reason": "entered wrongly"}
    corrected = entry(
        event="person.place_changed", at=at(date(2025, 8, 20)), subject_number=1, data=data
    )
    add(frozen, corrected)
    close(frozen, AUGUST)
    assert publish(frozen, JULY, "corrected place")[0] == 3

    def homes(revision: int) -> set[str]:
        with Session(frozen) as db:
            places = by_place(db, month(db, JULY, revision))
        return {code for code, found in places.items() if found.get(("person", "UNI_USED", YEAR))}

    assert [homes(0), homes(1)] == [{"01"}, {"79"}]
    assert verified(frozen) == (3, 0, 0)


def test_a_merge_found_late_revises_the_months_since_it_holds(frozen: Engine) -> None:
    merged = status(2, date(2025, 8, 20), "merged")
    merged["data"] |= {"survivor": 1, "valid_on": DAY.isoformat()}
    add(frozen, merged)
    close(frozen, AUGUST)
    publish(frozen, JULY, "two accounts of one person")
    with Session(frozen) as db:
        people = [
            national(db, month(db, JULY, revision))["person", "REG", "at_day"]
            for revision in (0, 1)
        ]
    assert people == [2, 1]


def test_a_revision_needs_its_reason_and_a_frozen_month(frozen: Engine) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        publish(frozen, JULY, " ")
    with pytest.raises(InvalidInput, match="not frozen"):
        publish(frozen, AUGUST)


def test_rebuilding_tells_what_differs_and_publishes_it_with_a_reason_only(owner: Engine) -> None:
    add(owner, lives(1, "01"), lives(2, "01"), *both(1, DAY))
    with still_open(owner, *both(2, DAY)):
        close(owner, JULY)

    def rebuilt(reason: str = "") -> tuple[bool, list[date]]:
        with Session(owner) as db, db.begin():
            found = rebuild_months(db, rules=RULES, reason=reason)
        return bool(found.differences), list(found.revised)

    assert rebuilt() == (True, [])
    assert uni(owner, JULY) == 1
    assert rebuilt("found late") == (True, [JULY])
    assert uni(owner, JULY) == 2
    assert rebuilt() == (False, [])
    close(owner, AUGUST)
    assert uni(owner, AUGUST) == 2


def test_rebuilding_freezes_closed_months_that_never_were(frozen: Engine) -> None:
    with frozen.begin() as connection:
        for table in ("adoption_action", "adoption_slice", "adoption_month"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
            connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER append_only"))
    with Session(frozen) as db, db.begin():
        assert rebuild_months(db, rules=RULES).added == (JULY,)
    assert uni(frozen, JULY) == 1
    assert verified(frozen) == (1, 0, 0)


def test_what_was_altered_is_told_by_row_and_by_hash(frozen: Engine) -> None:
    with frozen.begin() as connection:
        connection.execute(text("ALTER TABLE adoption_slice DISABLE TRIGGER append_only"))
        connection.execute(
            text("UPDATE adoption_slice SET value = 9 WHERE (figure, dimension, window_name) = "
                 "('UNI_USED', 'country', :year)"),
            {"year": YEAR},
        )  # fmt: skip
    with Session(frozen) as db:
        found = verify_months(db, JULY)
    (difference,) = found.differences
    assert (difference.figure, difference.published, difference.counted) == ("UNI_USED", 9, 1)
    assert found.altered == ("2025-07 (0)",)


@pytest.mark.parametrize("table", PUBLISHED)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET value = 1", "TRUNCATE {}"])
def test_nobody_rewrites_a_frozen_month(
    frozen: Engine, app: Engine, table: str, statement: str
) -> None:
    spoken = statement.format(table)
    if table == "adoption_month":
        spoken = spoken.replace("value", "revision")
    for engine in (app, frozen):
        with pytest.raises(ProgrammingError), engine.begin() as connection:
            connection.execute(text(spoken + (" CASCADE" if "TRUNC" in spoken else "")))
    with app.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM adoption_month"))


def test_the_journal_knows_every_freeze_and_its_hash(frozen: Engine) -> None:
    add(frozen, lives(3, "01"))
    publish(frozen, JULY)
    with Session(frozen) as db:
        freezes = {f.number: f.rows_hash.hex() for f in list_freezes(db)}
        entries = db.execute(
            text("SELECT data->>'freeze', data->>'sha256' FROM journal_entry "
                 "WHERE event = 'month.frozen'")
        )  # fmt: skip
        assert {int(number): digest for number, digest in entries} == freezes
    assert len(freezes) == 2


def test_the_serving_role_freezes_a_month(app: Engine, owner: Engine) -> None:
    add(owner, lives(1, "01"), *both(1, DAY))
    assert close(app, JULY + timedelta(days=0))
    assert uni(app, JULY) == 1
