"""Today so far moves with each person, on top of the last closed day."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from idp.figures.rollup import roll_up
from idp.figures.today import count_today
from tests.figures.history import RULES, Row, at, clock_at, registered, signed_in, write

TODAY = date(2026, 3, 10)
LONG_AGO = TODAY - timedelta(days=300)
WINDOW_FIRST = TODAY - timedelta(days=364)


@pytest.fixture
def closed(connection: Connection) -> Connection:
    """Yesterday is closed: person 1 used both tiers; person 2 central; 3 both, a year ago."""
    write(
        connection,
        *(registered(person, LONG_AGO - timedelta(days=200)) for person in (1, 2, 3)),
        signed_in(1, LONG_AGO, "central"),
        signed_in(1, LONG_AGO, "province"),
        signed_in(2, LONG_AGO, "central"),
        signed_in(3, WINDOW_FIRST - timedelta(days=1), "central"),
        signed_in(3, WINDOW_FIRST, "province"),
    )
    with clock_at(at(TODAY, 0, 30)):
        roll_up(connection, rules=RULES)
    return connection


def uni_used(connection: Connection) -> tuple[int, int]:
    """UNI-used now, and what today has brought."""
    with clock_at(at(TODAY, 18)):
        today = count_today(connection, rules=RULES)
    return today.values["person", "UNI_USED"], today.gained("person", "UNI_USED")


def test_new_person_at_both_tiers_adds_exactly_one(closed: Connection) -> None:
    assert uni_used(closed) == (1, 0)
    write(closed, registered(9, TODAY), signed_in(9, TODAY, "central"))
    assert uni_used(closed) == (1, 0)
    write(closed, signed_in(9, TODAY, "province"), signed_in(9, TODAY, "commune"))
    assert uni_used(closed) == (2, 1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (signed_in(2, TODAY, "province"), (2, 1)),
        (signed_in(2, TODAY, "province", "LoA1"), (1, 0)),
        (signed_in(2, TODAY, "province", counted=False), (1, 0)),
        (signed_in(1, TODAY, "province"), (1, 0)),
        (signed_in(3, TODAY, "central"), (2, 1)),
    ],
    ids=["second tier", "LoA1", "not counted", "counted already", "window of 365 days with today"],
)
def test_what_today_adds(closed: Connection, row: Row, expected: tuple[int, int]) -> None:
    write(closed, row)
    assert uni_used(closed) == expected


def test_today_is_the_same_before_and_after_yesterday_is_closed(connection: Connection) -> None:
    write(
        connection,
        registered(1, LONG_AGO),
        signed_in(1, LONG_AGO, "central"),
    )
    with clock_at(at(TODAY - timedelta(days=1), 1)):
        roll_up(connection, rules=RULES)
    write(connection, signed_in(1, TODAY - timedelta(days=1), "province"))
    before = uni_used(connection)[0]
    with clock_at(at(TODAY, 1)):
        roll_up(connection, rules=RULES)
    assert (before, uni_used(connection)[0]) == (1, 1)
