"""Statements of the busiest requests: built and compiled once, run on the driver's cursor.

SQLAlchemy writes the SQL and knows the types. Past that, its execution costs more CPU than the
driver and the round trip together; here a statement goes straight to psycopg, in the transaction
of its session, and what fails is told as SQLAlchemy tells it. Pages of staff and commands have no
use for it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Delete, Dialect, Insert, Select, TextClause, Update, text
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

_Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete | TextClause
_Change = Callable[[Any], Any]
_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]


class Prepared:
    """A statement that stands at the top of its module and is run often.

    Its parameters are given whole, by name: no column default of Python's is filled in. It flushes
    nothing: rows the session has yet to write are not seen.
    """

    def __init__(self, statement: _Statement | str) -> None:
        self._statement = text(statement) if isinstance(statement, str) else statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def one(self, db: Session, values: Mapping[str, Any]) -> Any:
        """The row, its columns by name or place; None when there is none.

        Raises RuntimeError when there are several.
        """
        compiled, cursor = self._run(db, values)
        rows = cursor.fetchall()
        if len(rows) > 1:
            raise RuntimeError("one row was expected")
        return compiled.read(rows[0]) if rows else None

    def run(self, db: Session, values: Mapping[str, Any]) -> int:
        """How many rows it wrote."""
        return self._run(db, values)[1].rowcount

    def _run(
        self, db: Session, values: Mapping[str, Any]
    ) -> "tuple[_Compiled, psycopg.Cursor[Any]]":
        names = tuple(values)
        compiled = self._compiled.get(names)
        if compiled is None:
            compiled = self._compiled[names] = _Compiled(self._statement, names)
        connection = db.connection()
        driver = cast(psycopg.Connection[Any], connection.connection.driver_connection)
        cursor = driver.cursor(row_factory=namedtuple_row)
        try:
            cursor.execute(compiled.sql, compiled.bind(values))
        except psycopg.Error as error:
            raise _as_told_by_sqlalchemy(error, compiled.sql, connection, driver) from error
        return compiled, cursor


class _Compiled:
    """The SQL for parameters of these names, what goes into it and what comes out."""

    def __init__(self, statement: _Statement, names: tuple[str, ...]) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=list(names))
        if compiled.prefetch or compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError(f"This statement is not the same each time: {compiled}")
        self.sql = compiled.string.encode()
        taken = {name: parameter for parameter, name in compiled.bind_names.items()}
        into = _changes(
            ((name, parameter.type) for name, parameter in taken.items()),
            lambda kind: kind.bind_processor(_DIALECT),
        )
        fixed = {n: taken[n].effective_value for n in taken if not taken[n].required}
        self._fixed = {n: into[n](value) if n in into else value for n, value in fixed.items()}
        self._into = [(name, change) for name, change in into.items() if name in names]
        columns = () if isinstance(statement, TextClause) else statement.exported_columns
        told = [column.type for column in columns]
        self._out_of = _changes(enumerate(told), lambda kind: kind.result_processor(_DIALECT, None))

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters as the driver takes them."""
        bound = {**self._fixed, **values}
        for name, change in self._into:
            bound[name] = change(bound[name])
        return bound

    def read(self, row: Any) -> Any:
        """The row with values as their columns' types tell them."""
        if not self._out_of:
            return row
        read = list(row)
        for place, change in self._out_of.items():
            read[place] = change(read[place])
        return row._make(read)


def _changes(
    types: Iterable[tuple[Any, TypeEngine[Any]]],
    processor: Callable[[TypeEngine[Any]], _Change | None],
) -> dict[Any, _Change]:
    """What has to be done to values of these types, where something has."""
    found = {key: processor(kind.dialect_impl(_DIALECT)) for key, kind in types}
    return {key: change for key, change in found.items() if change is not None}


def _as_told_by_sqlalchemy(
    error: psycopg.Error, sql: bytes, connection: Connection, driver: psycopg.Connection[Any]
) -> BaseException:
    """The error `Connection.execute` would raise; a connection that is lost leaves the pool."""
    is_lost = driver.closed or driver.broken
    if is_lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql.decode(), None, error, psycopg.Error, connection_invalidated=is_lost, dialect=_DIALECT
    )
