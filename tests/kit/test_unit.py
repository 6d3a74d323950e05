"""What is sent by itself and what SQLAlchemy sends are one transaction, in the order asked."""

import time
from collections import ChainMap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import Engine, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.orm import Session

from idp.journal.models import ErrorReport
from idp.kit import clock
from idp.kit.db import make_engine, table_of, transaction
from idp.kit.prepared import Prepared, writing, writing_one
from idp.kit.unit import Unit, find_posted, take_posted
from idp.kit.unit import post as post_to
from idp.kit.wire import Command, Wire
from idp.web.db import bound_waits

_reports = table_of(ErrorReport)
MAKE = Prepared(insert(_reports))
COUNT = Prepared(select(func.count().label("all")).select_from(_reports), reads=True)
OF_ERROR = _reports.c.error_id == bindparam("sought")


@pytest.fixture(autouse=True)
def nothing_kept(engine: Engine) -> Iterator[None]:
    yield
    with transaction(engine) as db:
        db.execute(_reports.delete())


def row(error_id: str) -> dict[str, Any]:
    return {"error_id": error_id, "at": clock.now(), "kind": "page", "detail": ""}


def kept(engine: Engine) -> int:
    with transaction(engine) as db:
        return int(COUNT.one(db, {}).all)


def post(engine: Engine, *error_ids: str, is_mixed: bool = False) -> None:
    """Each in its turn, in one unit; beside something of SQLAlchemy's."""
    with transaction(engine) as db:
        if is_mixed:
            db.execute(insert(_reports).values(row("mixed")))
        for error_id in error_ids:
            MAKE.post(db, row(error_id))


def fail_at_work(engine: Engine, *, is_mixed: bool) -> None:
    with transaction(engine) as db:
        MAKE.run(db, row("one"))
        if is_mixed:
            db.execute(insert(_reports).values(row("two")))
        MAKE.post(db, row("three"))
        raise KeyError


@contextmanager
def round_trips() -> Iterator[list[list[bytes]]]:
    """What is exchanged meanwhile, one list each."""
    seen: list[list[bytes]] = []
    exchange = Wire.exchange

    def note(wire: Wire, commands: Sequence[Command]) -> Any:
        seen.append([command.sql.split()[0] for command in commands])
        return exchange(wire, commands)

    with patch.object(Wire, "exchange", note):
        yield seen


def test_what_is_posted_goes_with_what_comes_next(engine: Engine) -> None:
    with round_trips() as seen, transaction(engine) as db:
        MAKE.post(db, row("one"))
        MAKE.post(db, row("two"))
        assert COUNT.one(db, {}).all == 2
        MAKE.post(db, row("three"))
    assert seen == [[b"BEGIN", b"INSERT", b"INSERT", b"SELECT"], [b"INSERT", b"COMMIT"]]
    assert kept(engine) == 3


def test_what_is_only_posted_is_one_round_trip_and_one_transaction(engine: Engine) -> None:
    with round_trips() as seen:
        post(engine, "one", "two")
    assert seen == [[b"INSERT", b"INSERT"]]
    assert kept(engine) == 2
    with pytest.raises(IntegrityError):
        post(engine, "three", "one")
    assert kept(engine) == 2


class Several:
    """Reports that leave in one statement."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def command(self) -> Command:
        rows = [{f"{name}_{n}": v for name, v in r.items()} for n, r in enumerate(self.rows)]
        new = [
            {name: bindparam(f"{name}_{n}", type_=_reports.c[name].type) for name in r}
            for n, r in enumerate(self.rows)
        ]
        return Prepared(insert(_reports).values(new)).command(dict(ChainMap(*rows)))


def add(db: Session, error_id: str) -> None:
    several = take_posted(db, Several) or Several()
    several.rows.append(row(error_id))
    post_to(db, several)


def test_what_was_posted_is_told_more_until_it_leaves(engine: Engine) -> None:
    with round_trips() as seen, transaction(engine) as db:
        add(db, "one")
        MAKE.post(db, row("two"))
        waiting = find_posted(db, Several)
        add(db, "three")
        assert waiting is find_posted(db, Several)
        assert COUNT.one(db, {}).all == 3
        assert find_posted(db, Several) is None
        add(db, "four")
    assert [len(trip) for trip in seen] == [4, 2]
    assert kept(engine) == 4


def test_what_has_come_of_a_round_trip_needs_no_wait(engine: Engine) -> None:
    """All of five answers come with the first, where the server has had the time to send them."""
    waits: list[object] = []
    wait = psycopg.Connection.wait

    def late(self: psycopg.Connection[Any], awaited: Any, *args: Any, **values: Any) -> Any:
        waits.append(awaited)
        time.sleep(0.3)
        return wait(self, awaited, *args, **values)

    with transaction(engine) as db:
        MAKE.run(db, row("zero"))
        assert COUNT.one(db, {}).all == 1  # now all are parsed, and the transaction has begun
        for error_id in ("one", "two", "three", "four"):
            MAKE.post(db, row(error_id))
        with patch.object(psycopg.Connection, "wait", late):
            assert COUNT.one(db, {}).all == 5
    assert len(waits) == 1
    assert kept(engine) == 5


@pytest.mark.parametrize("is_mixed", [True, False])
def test_nothing_waits_in_a_transaction_of_sqlalchemys(engine: Engine, is_mixed: bool) -> None:
    with transaction(engine) as unit, Session(engine) as session:
        db = unit if is_mixed else session
        db.execute(insert(_reports).values(row("one")))
        add(db, "two")
        assert find_posted(db, Several) is take_posted(db, Several) is None
        assert COUNT.one(db, {}).all == 2


def test_looking_begins_no_transaction(engine: Engine) -> None:
    with round_trips() as seen, transaction(engine) as db:
        COUNT.one(db, {})
        COUNT.one(db, {})
    assert seen == [[b"SELECT"], [b"SELECT"]]


def test_what_is_asked_ahead_leaves_what_was_posted_where_it_is(engine: Engine) -> None:
    """It sees nothing of that, and it is still one round trip and one transaction."""
    with round_trips() as trips, transaction(engine) as db:
        MAKE.post(db, row("one"))
        assert COUNT.one(db, {}, ahead=True).all == 0
        MAKE.post(db, row("two"))
    assert trips == [[b"SELECT"], [b"INSERT", b"INSERT"]]
    assert kept(engine) == 2


@pytest.mark.parametrize("is_mixed", [True, False])
def test_what_is_asked_ahead_in_a_transaction_is_in_it(engine: Engine, is_mixed: bool) -> None:
    with transaction(engine) as db:
        if is_mixed:
            db.execute(insert(_reports).values(row("one")))
        else:
            MAKE.run(db, row("one"))
        assert COUNT.one(db, {}, ahead=True).all == 1
    assert kept(engine) == 1


def test_sqlalchemy_sees_what_was_posted_and_is_seen(engine: Engine) -> None:
    with transaction(engine) as db:
        MAKE.post(db, row("one"))
        assert db.scalar(select(func.count()).select_from(_reports)) == 1
        db.execute(insert(_reports).values(row("two")))
        assert COUNT.one(db, {}).all == 2
        MAKE.post(db, row("three"))
        with db.begin_nested() as savepoint:
            MAKE.post(db, row("four"))
            savepoint.rollback()
        db.add(ErrorReport(**row("five")))
    assert kept(engine) == 4


@pytest.mark.parametrize("is_mixed", [False, True])
def test_nothing_is_kept_of_a_unit_that_fails(engine: Engine, is_mixed: bool) -> None:
    with pytest.raises(KeyError):
        fail_at_work(engine, is_mixed=is_mixed)
    with pytest.raises(IntegrityError):
        post(engine, "one", "one", is_mixed=is_mixed)
    assert kept(engine) == 0


def test_a_unit_that_was_rolled_back_goes_on_anew(engine: Engine) -> None:
    for is_mixed in (False, True):
        with transaction(engine) as db:
            MAKE.run(db, row("one"))
            MAKE.post(db, row("two"))
            if is_mixed:
                db.execute(insert(_reports).values(row("three")))
            db.rollback()
            MAKE.post(db, row(f"after {is_mixed}"))
    assert kept(engine) == 2


def test_what_must_write_fails_as_it_says_and_undoes_the_rest(engine: Engine) -> None:
    class Gone(Exception):
        pass

    touch = writing_one(update(_reports).where(OF_ERROR).values(detail="touched"), Gone)

    def make_and_touch(sought: str) -> None:
        with transaction(engine) as db:
            MAKE.post(db, row("one"))
            touch.post(db, {"sought": sought})

    with pytest.raises(Gone):
        make_and_touch("another")
    assert kept(engine) == 0
    make_and_touch("one")
    assert kept(engine) == 1


def test_what_must_write_several_and_writes_fewer_fails_as_it_says(engine: Engine) -> None:
    class Fewer(Exception):
        pass

    own, others = update(_reports).where(OF_ERROR), update(_reports).where(~OF_ERROR)
    both = writing([(others.values(detail="touched"), 2), (own.values(kind="other"), 1)], Fewer)
    post(engine, "one", "two")
    for more, refused in ((), True), (("three",), False), (("four",), True):
        post(engine, *more)
        told = pytest.raises(Fewer) if refused else nullcontext()
        with told, transaction(engine) as db:
            both.post(db, {"sought": "one"})
    with pytest.raises(Fewer), transaction(engine) as db:
        both.post(db, {"sought": "another"})


def test_what_was_written_is_kept_though_sqlalchemy_was_asked_nothing(engine: Engine) -> None:
    with transaction(engine) as db:
        MAKE.run(db, row("one"))
        MAKE.post(db, row("two"))
        with db.begin_nested():
            pass
    assert kept(engine) == 2


def test_a_failure_that_somebody_hides_is_told_in_the_end(engine: Engine) -> None:
    def hide() -> None:
        with transaction(engine) as db:
            MAKE.run(db, row("one"))
            with suppress(DBAPIError):
                MAKE.run(db, row("one"))

    with pytest.raises(PendingRollbackError):
        hide()
    assert kept(engine) == 0


def test_what_python_cannot_read_is_told_as_a_failure(engine: Engine) -> None:
    forever = Prepared("SELECT CAST('infinity' AS timestamptz) AS at", reads=True)
    with pytest.raises(DBAPIError), transaction(engine) as db:
        forever.one(db, {})


def test_each_statement_has_the_time_that_one_has(engine: Engine) -> None:
    """Several slow ones in one round trip are no server that does not answer."""
    slow = Prepared("SELECT pg_sleep(0.4)")
    bounded = make_engine(engine.url.render_as_string(hide_password=False))
    bound_waits(bounded, within=timedelta(seconds=0.7))
    with transaction(bounded) as db:
        for _ in range(3):
            slow.post(db, {})
    bounded.dispose()


FIND = Prepared(select(_reports.c.kind).where(OF_ERROR), reads=True)


@pytest.fixture
def migrated(engine: Engine, owner: Engine) -> Iterator[None]:
    """A column has another type than when the connection's statements were parsed."""
    with transaction(engine) as db:
        MAKE.post(db, row("before"))
        assert FIND.one(db, {"sought": "before"}).kind == "page"
    change = "ALTER TABLE error_report ALTER kind TYPE {}"
    with transaction(owner) as db:
        db.execute(text(change.format("varchar(20)")))
    yield
    with transaction(owner) as db:
        db.execute(text(change.format("text")))


@pytest.mark.usefixtures("migrated")
def test_whoever_asks_first_after_a_migration_gets_an_answer(engine: Engine) -> None:
    """What the server had parsed for the table as it was is parsed anew, and sent once more."""
    with transaction(engine) as db:
        assert FIND.one(db, {"sought": "before"}).kind == "page"


@pytest.mark.usefixtures("migrated")
def test_what_comes_with_it_is_done_once(engine: Engine) -> None:
    with transaction(engine) as db:
        MAKE.post(db, row("with it"))
        assert FIND.one(db, {"sought": "before"}).kind == "page"
    assert kept(engine) == 2


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("is_mixed", [False, True])
def test_what_was_written_before_a_migration_showed_fails_with_it(
    engine: Engine, is_mixed: bool
) -> None:
    """Repeating the last alone would lose the rest; the next unit has parsed anew."""

    def write_and_find() -> None:
        with transaction(engine) as db:
            if is_mixed:
                db.execute(insert(_reports).values(row("mixed")))
            else:
                MAKE.run(db, row("one"))
            FIND.one(db, {"sought": "before"})

    with pytest.raises(DBAPIError, match="cached plan"):
        write_and_find()
    assert kept(engine) == 1
    write_and_find()
    assert kept(engine) == 2


def test_another_failure_is_not_repeated(engine: Engine) -> None:
    """Whatever is no matter of what the server had parsed."""
    divide = Prepared("SELECT 1 / (:no)::int AS it")
    with round_trips() as seen, pytest.raises(DBAPIError), transaction(engine) as db:
        divide.one(db, {"no": 0})
    assert len(seen) == 1


UNREADABLE = Prepared("SELECT nothing FROM nowhere", reads=True)
END_CONNECTION = Prepared("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("failing", [UNREADABLE, END_CONNECTION])
@pytest.mark.parametrize("write", [MAKE.post, MAKE.run])
def test_what_was_posted_or_written_is_never_lost_unsaid(
    engine: Engine, failing: Prepared, write: Any
) -> None:
    """Somebody hides that it did not leave, or that its connection was lost."""

    def hide() -> None:
        with transaction(engine) as db:
            write(db, row("one"))
            with suppress(DBAPIError):
                failing.one(db, {})

    with pytest.raises((PendingRollbackError, DBAPIError)):
        hide()
    assert kept(engine) == 0


def test_a_failure_with_nothing_to_lose_may_be_hidden(engine: Engine) -> None:
    """And a unit that was rolled back is as new."""
    with transaction(engine) as db:
        with suppress(DBAPIError):
            UNREADABLE.one(db, {})
        MAKE.post(db, row("one"))
    with transaction(engine) as db:
        MAKE.post(db, row("lost"))
        with suppress(DBAPIError):
            UNREADABLE.one(db, {})
        db.rollback()
        MAKE.post(db, row("two"))
    assert kept(engine) == 2


def test_a_session_that_commits_each_by_itself_is_given_nothing_to_write(engine: Engine) -> None:
    """Its transaction would begin and never end; what only looks is answered, the control."""
    each_by_itself = engine.execution_options(isolation_level="AUTOCOMMIT")

    def write_and_look(db: Session, write: Any) -> None:
        write(db, row("one"))
        COUNT.one(db, {})

    for make in (lambda: Session(each_by_itself), lambda: Unit(each_by_itself)):
        for write in (MAKE.post, MAKE.run):
            with make() as db:
                assert COUNT.one(db, {}).all == 0
                with pytest.raises(RuntimeError, match="AUTOCOMMIT"):
                    write_and_look(db, write)
    assert kept(engine) == 0


def test_a_connection_is_given_back_whatever_happened(engine: Engine) -> None:
    for _ in range(engine.pool.size() + 1):  # type: ignore[attr-defined]
        unit = Unit(engine)
        MAKE.run(unit, row("one"))
        unit.close()
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert kept(engine) == 0
