"""Statements of the busiest requests: built and compiled once, sent without a cursor.

SQLAlchemy writes the SQL and knows the types. Past that, its execution costs more CPU than the
driver and the round trip together; here a statement goes over the wire as it stands, in the
transaction of its session. Pages of staff and commands have no use for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Delete,
    Insert,
    Integer,
    Label,
    Select,
    TextClause,
    Update,
    and_,
    cast,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from idp.kit.unit import ask, post
from idp.kit.wire import DIALECT, Command

_Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete | TextClause
_Change = Callable[[Any], Any]
_DIVISION_BY_ZERO = "22012"
_ONE: Label[Any] = literal_column("1").label("one")


class Prepared:
    """A statement that stands at the top of its module and is run often.

    Its parameters are given whole, by name: no column default of Python's is filled in. It flushes
    nothing: rows the session has yet to write are not seen. `reads`: it neither writes nor locks,
    as every SELECT without FOR UPDATE, and so may come before its transaction begins.
    `refusals`: what is raised when it fails with that SQLSTATE.
    """

    def __init__(
        self,
        statement: _Statement | str,
        *,
        reads: bool = False,
        refusals: Mapping[str, Callable[[], Exception]] | None = None,
    ) -> None:
        self._statement = text(statement) if isinstance(statement, str) else statement
        self._reads, self._refusals = reads, refusals or {}
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def one(self, db: Session, values: Mapping[str, Any], *, ahead: bool = False) -> Any:
        """The row, its columns by name or place; None when there is none.

        `ahead`: before what was posted, which need not have been done for it, and so may still be
        all of its transaction. Raises RuntimeError when there are several.
        """
        compiled, command = self._bound(values)
        rows = ask(db, command, ahead=ahead).rows
        if len(rows) > 1:
            raise RuntimeError("one row was expected")
        return compiled.read(rows[0]) if rows else None

    def run(self, db: Session, values: Mapping[str, Any]) -> int:
        """How many rows it wrote."""
        return ask(db, self.command(values)).affected

    def post(self, db: Session, values: Mapping[str, Any]) -> None:
        """Have it done by the end of the transaction, where nobody waits for what it says.

        What it cannot do is told by what is asked next, or by COMMIT: then nothing has been done.
        """
        post(db, self.command(values))

    def command(self, values: Mapping[str, Any]) -> Command:
        """It with these parameters, for what is posted and told more (`kit.unit.Posted`)."""
        return self._bound(values)[1]

    def _bound(self, values: Mapping[str, Any]) -> "tuple[_Compiled, Command]":
        names = tuple(values)
        compiled = self._compiled.get(names)
        if compiled is None:
            compiled = self._compiled[names] = _Compiled(self._statement, names)
        return compiled, Command(compiled.sql, compiled.bind(values), self._reads, self._refusals)


def writing_one(statement: Insert | Update, refusal: Callable[[], Exception]) -> Prepared:
    """The statement; unless it writes a row, what it is part of fails with that exception.

    So it can be posted, though its outcome matters.
    """
    return writing([(statement, 1)], refusal)


def writing(
    statements: Sequence[tuple[Insert | Update, int]], refusal: Callable[[], Exception]
) -> Prepared:
    """The same of several in one, and of how many rows each has to write."""
    kept = [
        select(func.count())
        .select_from(statement.returning(_ONE).cte(f"written_{n}"))
        .scalar_subquery()
        == literal_column(str(rows))
        for n, (statement, rows) in enumerate(statements)
    ]
    counted: Select[int] = select(literal_column("1", Integer) // cast(and_(*kept), Integer))
    return Prepared(counted, refusals={_DIVISION_BY_ZERO: refusal})


class _Compiled:
    """The SQL for parameters of these names, what goes into it and what comes out."""

    def __init__(self, statement: _Statement, names: tuple[str, ...]) -> None:
        compiled = statement.compile(dialect=DIALECT, column_keys=list(names))
        if compiled.prefetch or compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError(f"This statement is not the same each time: {compiled}")
        self.sql = compiled.string.encode()
        taken = {name: parameter for parameter, name in compiled.bind_names.items()}
        self._names = list(compiled.positiontup or ())
        into = _changes(
            ((name, parameter.type) for name, parameter in taken.items()),
            lambda kind: kind.bind_processor(DIALECT),
        )
        fixed = {n: taken[n].effective_value for n in taken if not taken[n].required}
        self._fixed = {n: into[n](value) if n in into else value for n, value in fixed.items()}
        self._into = [(name, change) for name, change in into.items() if name in names]
        columns = () if isinstance(statement, TextClause) else statement.exported_columns
        told = [column.type for column in columns]
        self._out_of = _changes(enumerate(told), lambda kind: kind.result_processor(DIALECT, None))

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters as the driver takes them, by place. Raises KeyError for one not given."""
        bound = {**self._fixed, **values}
        for name, change in self._into:
            bound[name] = change(bound[name])
        return [bound[name] for name in self._names]

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
    found = {key: processor(kind.dialect_impl(DIALECT)) for key, kind in types}
    return {key: change for key, change in found.items() if change is not None}
