"""Published figures stay; what the journal gives otherwise is told, and published with a reason."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from idp.figures.board import read_board
from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.figures.ladder import Step
from idp.figures.published import list_revisions
from idp.figures.recount import Difference, rebuild, verify
from idp.journal.models import JournalEntry
from idp.kit.db import make_engine
from idp.settings.people import Target
from tests.figures.committed import add, close, value
from tests.figures.history import RULES, registered, signed_in
from tests.support.postgres import Database

DAY = date(2026, 3, 31)
NEXT = DAY + timedelta(days=1)
PUBLISHED = ("adoption_day", "adoption_figure", "adoption_revision", "denominator")


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def app(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def closed(owner: Engine) -> Engine:
    """Two days closed one by one: 1 and 2 are UNI-used, 2 at LoA2."""
    add(owner, registered(1, DAY), *(signed_in(1, DAY, t, "LoA3") for t in ("central", "commune")))
    close(owner, DAY)
    add(owner, registered(2, NEXT), *(signed_in(2, NEXT, t) for t in ("central", "commune")))
    close(owner, NEXT)
    return owner


def everything(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3")).all()
            for table in ("adoption_day", "adoption_figure", "adoption_revision")
        ]


@pytest.mark.parametrize("table", PUBLISHED)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {}"])
@pytest.mark.usefixtures("closed")
def test_what_is_published_cannot_be_rewritten(
    owner: Engine, app: Engine, table: str, statement: str
) -> None:
    """D5: the serving role could set last month's figure to anything; nor does the owner."""
    columns = {"adoption_day": "closed_at = now()", "adoption_revision": "reason = 'x'"}
    for engine in (app, owner):
        written = text(statement.format(table, columns.get(table, "value = 1")))
        refused = pytest.raises(ProgrammingError, match=r"permission denied|append-only")
        with engine.begin() as connection, refused:
            connection.execute(written)


def test_the_serving_role_closes_days_and_counts_them_again(closed: Engine, app: Engine) -> None:
    """D5, the control: it has every right that its own work needs."""
    add(closed, registered(3, NEXT + timedelta(days=1)))
    assert close(app, NEXT + timedelta(days=1)) == [NEXT + timedelta(days=1)]
    with Session(app) as db, db.begin():
        assert rebuild(db).differences == ()


FORGED = {"day_on": DAY, "subject_kind": "person", "figure": "UNI_USED"}


def forge(engine: Engine, revision: int = 1, **more: Any) -> None:
    insert = text(
        "INSERT INTO adoption_figure (day_on, subject_kind, figure, window_name, value, revision) "
        "VALUES (:day_on, :subject_kind, :figure, :window_name, :value, :revision)"
    )
    told = FORGED | {"window_name": "rolling_365", "value": 77, "revision": revision} | more
    with engine.begin() as connection:
        number = "INSERT INTO adoption_revision (number, reason) VALUES (1, '')"
        connection.execute(text(number + " ON CONFLICT DO NOTHING"))
        connection.execute(insert, told)


def test_a_figure_that_the_journal_does_not_give_is_found(closed: Engine, app: Engine) -> None:
    """D5: of a day that was closed, of one that never was, a denominator, a revision."""
    with Session(app) as db:
        assert (verify(db).differences, verify(db).unexplained) == ((), ())
    forge(app)
    forge(app, day_on=date(2031, 1, 31), window_name="months_12")
    with app.begin() as connection:
        connection.execute(
            text("INSERT INTO denominator VALUES ('residents', :day, 5, 'x', false, 1, NULL, 0)"),
            {"day": DAY},
        )
    with Session(app) as db:
        found = verify(db)
    assert found.differences == (
        Difference(DAY, "person", "UNI_USED", "rolling_365", 77, 1),
        Difference(date(2031, 1, 31), "person", "UNI_USED", "months_12", 77, None),
    )
    assert found.unexplained == ("revision 1", "denominator residents 2026-03-31 5")
    assert (found.days, found.not_comparable) == (2, len(Step) * 2)


def test_what_the_owner_changed_past_the_trigger_is_found(closed: Engine) -> None:
    """D5: a figure taken away, and one overwritten; who owns the tables can do both."""
    with closed.begin() as connection:
        connection.execute(text("ALTER TABLE adoption_figure DISABLE TRIGGER append_only"))
        which = "WHERE day_on = :day AND subject_kind = 'person' AND figure = "
        gone = f"DELETE FROM adoption_figure {which} 'REG'"
        raised = f"UPDATE adoption_figure SET value = 4 {which} 'ACT' AND window_name = 'months_12'"
        for statement in (gone, raised):
            connection.execute(text(statement), {"day": DAY})
    with Session(closed) as db:
        assert verify(db).differences == (
            Difference(DAY, "person", "ACT", "months_12", 4, 1),
            Difference(DAY, "person", "REG", "at_day", None, 1),
        )


def test_a_rebuild_tells_what_differs_and_changes_nothing_published(
    closed: Engine, app: Engine
) -> None:
    """D4: figures, the ladder's last day and the times of closing were rewritten, silently."""
    forge(closed)
    before = everything(closed)
    with Session(app) as db, db.begin():
        told = rebuild(db)
    assert told.days == (DAY, NEXT)
    assert told.differences == (Difference(DAY, "person", "UNI_USED", "rolling_365", 77, 1),)
    assert told.revision is None
    assert everything(closed) == before


def test_a_revision_stands_beside_what_it_replaces_and_says_why(
    closed: Engine, app: Engine
) -> None:
    """D4: with a reason it is published: in the journal, in the list, on page and files."""
    forge(closed)
    forge(closed, day_on=date(2031, 1, 31))
    before = everything(closed)
    with Session(app) as db, db.begin():
        told = rebuild(db, reason=" A figure was forged. ")
    assert told.revision == 2
    with Session(app) as db:
        assert verify(db).differences == ()
        newest, _ = list_revisions(db)
        assert (newest.number, newest.reason) == (2, "A figure was forged.")
        assert (newest.first_on, newest.last_on) == (DAY, date(2031, 1, 31))
        entries = db.query(JournalEntry).filter_by(event="figures.revised").all()
        assert [entry.data["revision"] for entry in entries] == [2]
        board = read_board(db, target=Target(percent=20))
        assert board is not None
        assert board.months[DAY]["person", "UNI_USED", "rolling_365"] == 1
        assert [*board.revised.values()] == [2]
        assert [r.number for r in board.revisions] == [2, 1]
    with closed.connect() as connection:
        assert value(connection, DAY, "UNI_USED", "rolling_365") == 1
        assert value(connection, date(2031, 1, 31), "UNI_USED", "rolling_365") is None
    after = everything(closed)
    assert after[0] == before[0]
    assert set(before[1]) < set(after[1])


def test_a_rebuild_makes_the_sets_again(closed: Engine, app: Engine) -> None:
    """D4, the control: what it is for. Lost sets would be missing in every window to come."""
    with app.begin() as connection:
        sets = text("SELECT * FROM adoption_bitmap ORDER BY 1, 2, 3")
        before = connection.execute(sets).all()
        connection.execute(text("DELETE FROM adoption_bitmap"))
    with Session(app) as db, db.begin():
        rebuild(db)
    with app.connect() as connection:
        assert connection.execute(sets).all() == before


def test_a_recount_takes_the_levels_that_counted_on_the_day(owner: Engine) -> None:
    """D14: a level that stops counting today rewrote five years."""
    service = UUID(int=5)
    add(owner, registered(1, DAY))
    add(owner, *(signed_in(1, DAY, t, service_id=service) for t in ("central", "province")))
    close(owner, DAY)
    stricter = replace(RULES, strong_acrs=frozenset({"LoA3"}))
    add(owner, registered(2, NEXT))
    add(owner, *(signed_in(2, NEXT, t) for t in ("central", "province")))
    close(owner, NEXT, rules=stricter)
    with Session(owner) as db:
        assert verify(db).differences == ()
    with owner.connect() as connection:
        used = [value(connection, day, "UNI_USED", "rolling_365") for day in (DAY, NEXT)]
    assert used == [1, 1], "2 signed in at what no longer counts"


def test_a_change_of_time_zone_loses_no_hour_and_counts_none_twice(owner: Engine) -> None:
    """D14: days begin where the day before ended, and each keeps its own clock."""
    add(owner, registered(1, DAY))
    close(owner, DAY)
    midnight = text("SELECT :day ::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'")
    with owner.connect() as connection:
        ended = connection.scalar(midnight, {"day": NEXT.isoformat()})
    add(owner, signed_in(1, ended, "central"), signed_in(1, ended, "province"))
    close(owner, NEXT + timedelta(days=1), rules=replace(RULES, time_zone="Europe/London"))
    with owner.connect() as connection:
        used = [value(connection, day, "UNI_USED", "rolling_365") for day in (DAY, NEXT)]
    assert used == [0, 1], "in London it was still the day before"
    with Session(owner) as db:
        assert verify(db).differences == ()


def test_counts_stay_as_they_are_when_a_denominator_changes(closed: Engine) -> None:
    """D2 with D4: a rebuild over a denominator change changes neither."""
    with Session(closed) as db, db.begin():
        for counted in (100, 50):
            set_denominator(db, Population(DenominatorKind.RESIDENTS, DAY, counted, "Census"))
        assert rebuild(db).differences == ()
        board = read_board(db, target=Target(percent=20))
        assert board is not None
        assert board.everyone[0].rate.denominator == 100
