"""Today's rows are read once: what was read is kept, and pages go on from there."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from idp.figures import storage
from idp.figures.closings import find_last_closing
from idp.figures.recount import verify
from idp.figures.rollup import roll_up
from idp.figures.today import TodaySoFar, count_today, follow
from idp.kit.db import make_engine
from tests.figures.committed import add, close, still_open
from tests.figures.history import (
    RULES,
    Row,
    at,
    clock_at,
    organization_registered,
    proofed,
    registered,
    represents,
    signed_in,
    status,
)
from tests.support.postgres import Database

YESTERDAY = date(2026, 3, 31)
TODAY = YESTERDAY + timedelta(days=1)
NOON = at(TODAY, 12)


@pytest.fixture
def engine(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Yesterday is closed: 1 to 20 have accounts, all used a central service; all is kept."""
    monkeypatch.setattr(storage, "KEPT_FROM", 1)
    engine = make_engine(database.owner_url)
    add(engine, *(registered(n, YESTERDAY, proofing=2) for n in range(1, 21)))
    add(engine, *(signed_in(n, YESTERDAY, "central") for n in range(1, 21)))
    close(engine, YESTERDAY)
    yield engine
    engine.dispose()


def keep(engine: Engine, when: datetime = NOON) -> None:
    """As a node does every minute."""
    with clock_at(when), engine.begin() as connection:
        assert roll_up(connection, rules=RULES) == []


def now(engine: Engine, when: datetime = NOON) -> TodaySoFar:
    with clock_at(when), engine.connect() as connection:
        return count_today(connection, rules=RULES)


def rows_to_read(engine: Engine) -> int:
    with engine.connect() as connection:
        closed = find_last_closing(connection)
        assert closed
        return follow(connection, closed, rules=RULES)[1]


def counts(today: TodaySoFar) -> tuple[object, object]:
    return today.values, today.morning


def without_what_is_kept(engine: Engine, when: datetime = NOON) -> tuple[object, object]:
    with clock_at(when), engine.connect() as connection:
        connection.execute(text("DELETE FROM adoption_today"))
        return counts(count_today(connection, rules=RULES))


def test_a_page_reads_only_what_came_after_the_last_reading(engine: Engine) -> None:
    """D8: 425,000 rows were read again, and sorted by a column the page does not use."""
    add(engine, *(signed_in(n, TODAY, "province") for n in range(1, 11)))
    assert rows_to_read(engine) == 10
    keep(engine)
    assert rows_to_read(engine) == 0
    add(engine, signed_in(11, TODAY, "province"))
    assert rows_to_read(engine) == 1
    today = now(engine)
    assert (today.values["person", "UNI_USED"], today.gained("person", "UNI_USED")) == (11, 11)
    assert counts(today) == without_what_is_kept(engine)


def test_few_rows_are_not_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """D8: a quiet minute writes nothing."""
    monkeypatch.setattr(storage, "KEPT_FROM", 2)
    add(engine, signed_in(1, TODAY, "province"))
    keep(engine)
    assert rows_to_read(engine) == 1


def test_pages_read_no_services(engine: Engine) -> None:
    """D8: which made PostgreSQL sort every row of the day."""
    add(engine, signed_in(1, TODAY, "province"))
    told: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: told.append(args[2]))
    now(engine)
    assert any("journal_entry" in statement for statement in told)
    assert not any("service_id" in statement for statement in told)


def test_what_commits_while_it_is_read_is_not_lost(engine: Engine) -> None:
    """D8 with D3: dated before the reading, committed after it."""
    add(engine, signed_in(1, TODAY, "province"))
    with still_open(engine, signed_in(2, at(TODAY, 8), "province")):
        keep(engine)
        assert now(engine).values["person", "UNI_USED"] == 1
    assert now(engine).values["person", "UNI_USED"] == 2
    keep(engine)
    assert now(engine).values["person", "UNI_USED"] == 2
    assert rows_to_read(engine) == 0


def test_after_midnight_yesterday_goes_on_from_what_was_kept(engine: Engine) -> None:
    """D8: in the minute before it is closed, the whole day was read by every page."""
    add(engine, *(signed_in(n, TODAY, "province") for n in range(1, 11)))
    keep(engine, at(TODAY, 23, 59))
    tomorrow = TODAY + timedelta(days=1)
    after = at(tomorrow, 0) + timedelta(seconds=30)
    add(engine, signed_in(11, at(tomorrow, 0), "province"), registered(30, TODAY))
    keep(engine, after)
    assert rows_to_read(engine) == 2
    today = now(engine, after)
    assert today.morning["person", "UNI_USED"] == 10
    assert today.gained("person", "UNI_USED") == 1
    assert (today.values["person", "REG"], today.gained("person", "REG")) == (21, 0)
    assert counts(today) == without_what_is_kept(engine, after)
    close(engine, TODAY)
    assert rows_to_read(engine) == 1
    assert counts(now(engine, after)) == counts(today)


def anything(chance: random.Random) -> Row:
    person = chance.randrange(1, 40)
    when = at(TODAY, chance.randrange(24), chance.randrange(60))
    kind = chance.randrange(8)
    if kind == 0:
        return registered(person, TODAY, proofing=chance.randrange(3))
    if kind == 1:
        return proofed(person, TODAY, chance.randrange(3))
    if kind == 2:
        return status(person, TODAY, chance.choice(["closed", "active"]))
    if kind == 3:
        return organization_registered(chance.randrange(1, 5), TODAY)
    if kind == 4:
        day = TODAY + timedelta(days=chance.randrange(3))
        return represents(person, chance.randrange(1, 5), TODAY, valid_on=day)
    return signed_in(
        person,
        when,
        chance.choice(["central", "province", None]),
        chance.choice(["LoA1", "LoA2"]),
        organization_number=chance.choice([None, 1, 2]),
    )


@pytest.mark.parametrize("seed", range(3))
def test_kept_or_not_today_is_the_same_and_closes_the_same(engine: Engine, seed: int) -> None:
    """D8: whatever comes, in whatever portions it is read."""
    chance = random.Random(seed)
    rows = sorted((anything(chance) for _ in range(120)), key=lambda row: row["at"])
    for begin in range(0, 120, 12):
        add(engine, *rows[begin : begin + 12])
        if chance.random() < 0.6:
            keep(engine, at(TODAY, 23, 59))
        assert counts(now(engine, at(TODAY, 23, 59))) == without_what_is_kept(
            engine, at(TODAY, 23, 59)
        )
    close(engine, TODAY)
    with Session(engine) as db:
        assert verify(db).differences == ()
