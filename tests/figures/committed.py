"""A database whose transactions commit, so that a closing can come between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, text

from idp.figures.rollup import roll_up
from idp.figures.rules import CountingRules
from tests.figures.history import RULES, Row, at, clock_at, write


def add(engine: Engine, *rows: Row) -> None:
    with engine.begin() as connection:
        write(connection, *rows)


def close(engine: Engine, last: date, *, rules: CountingRules = RULES) -> list[date]:
    """As a node does a few minutes after midnight."""
    with clock_at(at(last + timedelta(days=1), 0, 5)), engine.begin() as connection:
        return roll_up(connection, rules=rules)


@contextmanager
def still_open(engine: Engine, *rows: Row) -> Iterator[None]:
    """The rows are written before the block and committed after it."""
    with engine.begin() as connection:
        write(connection, *rows)
        yield


def value(
    connection: Connection, day: date, figure: str, window: str, kind: str = "person"
) -> int | None:
    """What stands."""
    newest = text(
        "SELECT value FROM adoption_figure WHERE (day_on, subject_kind, figure, window_name) = "
        "(:day, :kind, :figure, :window) ORDER BY revision DESC LIMIT 1"
    )
    told = {"day": day, "kind": kind, "figure": figure, "window": window}
    found: int | None = connection.scalar(newest, told)
    return found
