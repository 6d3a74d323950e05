"""A lost database is told, at once after the first time, and the recovery needs nobody."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from idp.demo.postgres import EmbeddedPostgres
from idp.kit.db import make_engine
from idp.kit.errors import Overloaded
from idp.kit.prepared import Prepared
from idp.settings.server import DatabaseSettings
from idp.web import db
from idp.web.db import Breaker, Database, DatabaseUnavailable

SETTINGS = DatabaseSettings(statement_timeout=timedelta(seconds=0.3))


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A server of this file's own, to be frozen."""
    with tempfile.TemporaryDirectory(prefix="idp-test-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), durable=False) as server:
            yield server


@pytest.fixture
def database(server: EmbeddedPostgres) -> Iterator[Database]:
    engine = make_engine(server.url(), pool_size=2, statement_timeout=SETTINGS.statement_timeout)
    yield Database(engine, SETTINGS)
    engine.dispose()


def ask(database: Database, statement: str = "SELECT 1") -> object:
    with database.transaction() as session:
        return session.scalar(text(statement))


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def processes(server: EmbeddedPostgres) -> list[int]:
    """The server's first process and its children."""
    with server.connect() as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        first = parent_of(row[0])
    everyone = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [first, *(pid for pid in everyone if parent_of(pid) == first)]


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """The server does not run, and does not end either, during the block."""
    pids = processes(server)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def until_it_answers(database: Database) -> None:
    for _ in range(100):
        try:
            ask(database)
        except DatabaseUnavailable:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the database is back, but requests are still refused")


def test_a_frozen_server_is_told_and_recovers_by_itself(
    server: EmbeddedPostgres, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(database) == 1
    with frozen(server):
        for _ in range(4):
            with pytest.raises(DatabaseUnavailable):
                ask(database)
        assert database.breaker.is_open
    until_it_answers(database)
    assert not database.breaker.is_open
    assert "Exception during reset" not in caplog.text


def test_a_frozen_server_does_not_hold_a_new_connection_either(
    server: EmbeddedPostgres, database: Database
) -> None:
    with frozen(server), pytest.raises(DatabaseUnavailable):
        ask(database)
    until_it_answers(database)


def test_a_connection_ended_by_the_server_is_replaced(
    server: EmbeddedPostgres, database: Database
) -> None:
    pid = ask(database, "SELECT pg_backend_pid()")
    with server.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(DatabaseUnavailable):
        ask(database)
    until_it_answers(database)


def test_all_connections_that_a_restart_ended_go_at_the_first_failure(
    server: EmbeddedPostgres,
) -> None:
    engine = make_engine(server.url(), pool_size=8)
    database = Database(engine, SETTINGS)
    ask_shortly = Prepared("SELECT 1 AS one", reads=True)
    with ExitStack() as stack:
        for _ in range(8):
            ask_shortly.one(stack.enter_context(database.transaction()), {})
    with server.connect() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
            [engine.url.username],
        )
    refused = 0
    for _ in range(20):
        try:
            with database.transaction() as db:
                ask_shortly.one(db, {})
        except DatabaseUnavailable:
            refused += 1
    engine.dispose()
    assert refused == 1


def test_asking_nothing_says_nothing_of_the_server(database: Database) -> None:
    database.breaker.is_open = True
    with database.transaction():
        pass
    assert database.breaker.is_open
    database.breaker._next_probe = 0.0
    assert ask(database) == 1
    assert not database.breaker.is_open


def test_a_statement_the_server_gave_up_is_an_overload_and_nothing_more(
    database: Database,
) -> None:
    with pytest.raises(Overloaded) as refusal:
        ask(database, "SELECT pg_sleep(5)")
    assert not isinstance(refusal.value, DatabaseUnavailable)
    assert not database.breaker.is_open
    assert ask(database) == 1


@pytest.mark.asvs("16.5.3")
def test_our_own_mistakes_stay_mistakes(database: Database) -> None:
    with pytest.raises(DBAPIError):
        ask(database, "SELECT nonsense")
    assert not database.breaker.is_open


def test_no_server_at_all_is_told() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        ask(Database(engine, SETTINGS))


def test_an_open_breaker_lets_one_probe_through(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 100.0
    monkeypatch.setattr("idp.web.db.time", SimpleNamespace(monotonic=lambda: seconds))
    breaker = Breaker()
    breaker.admit()
    breaker.failed()
    breaker.admit()
    with pytest.raises(DatabaseUnavailable):
        breaker.admit()
    seconds += db.PROBE_EVERY
    breaker.admit()
    breaker.failed()
    with pytest.raises(DatabaseUnavailable):
        breaker.admit()
    breaker.succeeded()
    breaker.admit()
