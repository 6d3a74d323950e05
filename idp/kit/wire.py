"""A connection's own way to statements that are sent often, past cursors and one by one.

Each is parsed by the server once for a connection, and several go there and back in one round trip
(libpq's pipeline). The server infers a parameter's type from the statement: where it cannot, the
statement has a cast. What fails is told as SQLAlchemy tells it.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.exc import DBAPIError

DIALECT: Dialect = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
"""Writes the SQL that goes over the wire: its parameters are `$1`, `$2`, …."""
_OUTDATED = frozenset({"0A000", "26000"})
"""SQLSTATEs of a prepared statement that a migration changed, or that the server has dropped."""


class Command(NamedTuple):
    """A statement, and its parameters by place."""

    sql: bytes
    values: Sequence[Any] = ()
    reads: bool = False
    """Whether it neither writes nor locks: it may come before its transaction begins."""
    refusals: Mapping[str, Callable[[], Exception]] = MappingProxyType({})
    """What is raised when it fails with that SQLSTATE; else it is DBAPIError."""


class Told(NamedTuple):
    """What a statement gave back."""

    rows: list[Any]
    """Their columns by name or place."""
    affected: int
    """How many there were, or it wrote."""


class Wire:
    """A psycopg connection that nobody else uses meanwhile."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self.driver = driver
        self._statements: dict[bytes, _Statement] = {}
        self._numbers = count()

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be sent any more."""
        return self.driver.pgconn.status != ConnStatus.OK

    @property
    def has_failed(self) -> bool:
        """Whether something in the transaction failed: PostgreSQL will keep nothing of it."""
        return self.driver.pgconn.transaction_status == TransactionStatus.INERROR

    @property
    def is_idle(self) -> bool:
        """Whether no transaction has begun."""
        return self.driver.pgconn.transaction_status == TransactionStatus.IDLE

    def exchange(self, commands: Sequence[Command]) -> list[Told]:
        """Send them in this order and wait for all answers: one round trip.

        Raises DBAPIError for the first that fails; those behind it are not done. Where the server
        has parsed one for a table that is another since, and all of them are all there is of their
        transaction, nothing has been done: they are parsed anew, and sent once more.
        """
        is_all = self.is_idle
        try:
            return self._exchange(commands)
        except DBAPIError as error:
            if not is_all or getattr(error.orig, "sqlstate", None) not in _OUTDATED:
                raise
        self.driver.rollback()
        return self._exchange(commands)

    def _exchange(self, commands: Sequence[Command]) -> list[Told]:
        ready = [self._ready(command) for command in commands]

        def send(pgconn: PGconn) -> None:
            for statement, given in ready:
                pgconn.send_query_prepared(statement.name, given)
                pgconn.send_flush_request()

        try:
            results = self._round_trip(send)
        except psycopg.Error as error:
            raise self._told(error, commands[0]) from error
        for n, result in enumerate(results):
            if result.status == ExecStatus.FATAL_ERROR:
                failure = error_from_result(result)
                raise self._told(failure, commands[min(n, len(commands) - 1)]) from failure
        try:
            return [s.told(result) for (s, _), result in zip(ready, results, strict=True)]
        except psycopg.Error as error:
            raise self._told(error, commands[0]) from error

    def _ready(self, command: Command) -> "tuple[_Statement, Sequence[Any]]":
        """The statement, which the server has parsed, and what it is given."""
        try:
            statement = self._statements.get(command.sql)
            if statement is None:
                statement = self._statements[command.sql] = self._prepared(command.sql)
            return statement, statement.dumped(command.values)
        except psycopg.Error as error:
            raise self._told(error, command) from error

    def _prepared(self, sql: bytes) -> "_Statement":
        name = b"idp_%d" % next(self._numbers)
        (result,) = self._round_trip(lambda pgconn: pgconn.send_prepare(name, sql))
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
        return _Statement(name, self.driver)

    def _told(self, error: psycopg.Error, command: Command) -> BaseException:
        if error.sqlstate in _OUTDATED:
            self._statements.clear()
        if refusal := command.refusals.get(error.sqlstate or ""):
            return refusal()
        return DBAPIError.instance(
            command.sql.decode(),
            None,
            error,
            psycopg.Error,
            connection_invalidated=self.is_lost,
            dialect=DIALECT,
        )

    def _round_trip(self, send: Callable[[PGconn], None]) -> list[PGresult]:
        """What is answered to each; the limit of a wait holds for each by itself."""
        pgconn = self.driver.pgconn
        pgconn.enter_pipeline_mode()
        send(pgconn)
        pgconn.pipeline_sync()
        if pgconn.flush():
            self.driver.wait(_sent(pgconn))
        results: list[PGresult] = []
        try:
            while (result := self._next()) is not None:
                results.append(result)
        except psycopg.Error:
            if any(result.status == ExecStatus.FATAL_ERROR for result in results):
                return results  # the server said why before it closed
            raise
        except BaseException:  # an interrupt: what is still to come would be the next one's
            pgconn.finish()
            raise
        pgconn.exit_pipeline_mode()
        return results

    def _next(self) -> PGresult | None:
        """The next result, waited for if it has yet to come; None at the end of the pipeline."""
        pgconn = self.driver.pgconn
        while True:
            if pgconn.is_busy():
                self.driver.wait(_arrival(pgconn))
            result = pgconn.get_result()
            if result is not None:
                return None if result.status == ExecStatus.PIPELINE_SYNC else result
            if pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection is lost")


class _Statement:
    """A statement the server has parsed; how its values travel is found once."""

    def __init__(self, name: bytes, driver: psycopg.Connection[Any]) -> None:
        self.name = name
        self._transformer = Transformer(driver)
        self._row: Callable[[Sequence[Any]], Any] | None = None

    def dumped(self, values: Sequence[Any]) -> Sequence[Any]:
        """The parameters as the server reads them."""
        return [
            write(v) if (write := _WRITERS.get(type(v))) else self._by_driver(v) for v in values
        ]

    def _by_driver(self, value: Any) -> Any:
        """What is rarer than `_WRITERS`."""
        plain = _array(value) if type(value) is list else value
        return self._transformer.dump_sequence([plain], [PyFormat.TEXT])[0]

    def told(self, result: PGresult) -> Told:
        """The rows as Python has them."""
        transformer, rows = self._transformer, result.ntuples
        if not rows:
            return Told([], result.command_tuples or 0)
        transformer.set_pgresult(result, set_loaders=self._row is None)
        if self._row is None:
            names = [(result.fname(n) or b"").decode() for n in range(result.nfields)]
            self._row = namedtuple("Row", names, rename=True)._make  # type: ignore[attr-defined]
        return Told(transformer.load_rows(0, rows, self._row), rows)


def _array(values: list[Any]) -> Any:
    """A list of texts as an array is written; any other as it is."""
    if not values or not all(type(value) is str for value in values):
        return values
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}'


def _text(value: str) -> bytes:
    if "\0" in value:  # as the driver says it; libpq would end the text there
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


_WRITERS: Mapping[type, Callable[[Any], bytes | None]] = {
    str: _text,
    int: b"%d".__mod__,
    bool: lambda value: b"t" if value else b"f",
    bytes: lambda value: b"\\x" + value.hex().encode(),
    UUID: lambda value: value.hex.encode(),
    datetime: lambda value: str(value).encode(),
    type(None): lambda _: None,
}
"""What the driver takes twice as long for: it looks at each value for its type."""


def _sent(pgconn: PGconn) -> PQGen[None]:
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()


def _arrival(pgconn: PGconn) -> PQGen[None]:
    while pgconn.is_busy():
        yield Wait.R
        pgconn.consume_input()
