"""A unit of work for a request, bounded so that a lost database is told within two seconds.

Three things share the work. A *deadline* on every round trip gives up a statement, or a
connection being made, that a stopped or frozen server does not answer, and closes the connection.
A *breaker*, open from the first such failure, answers at once and lets one request through now
and then to try; the first that succeeds closes it. And what the server itself cancels (its
statement and lock timeouts) is an overload too, but says nothing about the server's health.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, cast

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from starlette.requests import HTTPConnection

from idp.journal.means import came_by
from idp.journal.sources import Asker, asked_by
from idp.kit import db, measures
from idp.kit.errors import Overloaded
from idp.settings.server import DatabaseSettings
from idp.web.cookies import CookieNames
from idp.web.means import means_of_request
from idp.web.messages import N_
from idp.web.part import Part, Site
from idp.web.reply import reply_of
from idp.web.trusted_proxy import client_source

PROBE_EVERY = 0.5
"""Seconds between the requests that are let through an open breaker."""
_GRACE = 0.2
"""Seconds the server is given beyond its own statement timeout."""
_CANCELLED = frozenset({"57014", "55P03", "40P01", "40001", "25P03"})
"""SQLSTATEs of work the server gave up: timeouts, lock timeouts, deadlocks."""
_READ_ONLY = "25006"
"""SQLSTATE of what a standby refuses, and a database that is set so."""
_IS_READ_ONLY = text(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
)


_T = TypeVar("_T")


class DatabaseUnavailable(Overloaded):
    """The database does not answer; trying again makes sense.

    Nothing was done, unless it went away while it was told to keep it.
    """


class ReadOnly(DatabaseUnavailable):
    """The database answers, and nothing may be written: a standby, or one that is kept so.

    Others may still read. Connecting anew may lead to the server that took over.
    """


class Breaker:
    """Remembers that the database is away. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_probe = 0.0
        self.is_open = False

    def admit(self) -> None:
        """Let the caller try; DatabaseUnavailable while others' failures make it pointless."""
        if not self.is_open:
            return
        with self._lock:
            if self.is_open and time.monotonic() < self._next_probe:
                raise _unavailable("breaker open")
            self._next_probe = time.monotonic() + PROBE_EVERY

    def succeeded(self) -> None:
        """The database answered."""
        if self.is_open:
            self.is_open = False

    def failed(self) -> None:
        """The database did not answer. The first failure lets one probe follow at once."""
        with self._lock:
            if self.is_open:
                self._next_probe = time.monotonic() + PROBE_EVERY
            self.is_open = True


class Database(Part):
    """An engine whose every wait is bounded, behind a breaker."""

    def __init__(self, engine: Engine, settings: DatabaseSettings) -> None:
        self._engine = engine
        self.breaker = Breaker()
        measures.gauge("database_breaker_open", lambda: float(self.breaker.is_open))
        measures.gauge(
            "database_connections_in_use", lambda: cast(QueuePool, engine.pool).checkedout()
        )
        bound_waits(engine, within=settings.statement_timeout + timedelta(seconds=_GRACE))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work; DatabaseUnavailable, or Overloaded for what the server gave up."""
        self.breaker.admit()
        try:
            with db.transaction(self._engine) as session:
                yield session
        except (DBAPIError, PoolTimeout) as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            if isinstance(refusal, ReadOnly):
                self._engine.dispose()
            elif isinstance(refusal, DatabaseUnavailable):
                if isinstance(error, DBAPIError) and error.connection_invalidated:
                    self._engine.dispose()  # the others of the pool are lost as well
                self.breaker.failed()
            raise refusal from error
        if session.was_asked:
            self.breaker.succeeded()

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database answers and takes what is written."""
        with self.transaction() as session:
            if not session.execute(_IS_READ_ONLY).scalar_one():
                return
        self._engine.dispose()
        raise _read_only()


@contextmanager
def transaction(request: HTTPConnection) -> Iterator[Session]:
    """The `with` block around a route's work with rows: commits at its end, or rolls back.

    Use it inside a plain `def` route, build the response in it, return after it. The journal keeps
    where the request came from. A cookie that was set in it leaves only when its rows are kept.
    """
    reply = reply_of(request)
    before = dict(reply.cookies)
    try:
        with Database.of(request).transaction() as session:
            asked_by(session, Asker(partial(client_source, request), Site.of(request).keyring))
            came_by(session, partial(means_of_request, request))
            yield session
    except BaseException:
        names = CookieNames.of(request)
        of_no_row = {names.browser, names.language}
        reply.cookies = before | {n: c for n, c in reply.cookies.items() if n in of_no_row}
        raise


def bound_waits(engine: Engine, *, within: timedelta) -> None:
    """Bound every round trip of the engine's connections, and the making of one."""
    seconds = within.total_seconds()

    class Connection(psycopg.Connection[Any]):
        """Closes itself when the server leaves it waiting; the caller sees OperationalError."""

        def wait(self, gen: PQGen[_T], interval: float = 0.1, timeout: float | None = None) -> _T:
            started = time.monotonic()
            try:
                return super().wait(gen, interval, seconds if timeout is None else timeout)
            except Exception as error:
                is_answer = getattr(error, "sqlstate", None) is not None
                if is_answer or time.monotonic() - started < seconds:
                    raise
                self.pgconn.finish()
                raise psycopg.OperationalError("the server did not answer in time") from error

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, args: Any, parameters: Any) -> psycopg.Connection[Any]:
        return _connect_within(seconds, Connection, args, parameters)


def _connect_within(
    seconds: float, kind: type[psycopg.Connection[Any]], args: Any, parameters: Any
) -> psycopg.Connection[Any]:
    """Connect on a thread of its own: libpq's own limit is two seconds at least."""
    made: Future[psycopg.Connection[Any]] = Future()

    def connect() -> None:
        try:
            made.set_result(kind.connect(*args, **parameters))
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread
            made.set_exception(error)

    threading.Thread(target=connect, name="connect", daemon=True).start()
    try:
        return made.result(seconds)
    except TimeoutError:
        made.add_done_callback(_close_unwanted)
        raise psycopg.OperationalError("no connection in time") from None


def _close_unwanted(made: Future[psycopg.Connection[Any]]) -> None:
    if made.exception() is None:
        made.result().close()


def _refusal(error: DBAPIError | PoolTimeout) -> Overloaded | None:
    """What a database error means to the caller; None for our own mistakes."""
    if isinstance(error, PoolTimeout):
        return Overloaded(_BUSY, detail="no pooled connection in time")
    state = getattr(error.orig, "sqlstate", None)
    if state == _READ_ONLY:
        return _read_only()
    if state in _CANCELLED:
        return Overloaded(_BUSY, detail=f"given up by the server: {state}")
    is_lost = error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError)
    if (is_lost and state is None) or (state or "").startswith(db.GONE):
        return _unavailable(type(error.orig).__name__)
    return None


_BUSY = N_("Many people are using it right now.")


_AWAY = N_("A part of the service is not reachable. We are working on it.")


def _unavailable(detail: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(_AWAY, retry_after=3, detail=detail)


def _read_only() -> ReadOnly:
    return ReadOnly(_AWAY, retry_after=3, detail="the database is read-only")
