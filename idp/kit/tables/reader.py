"""Rows of a table from a file: the header is found, whatever separates it, and every value read."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from itertools import chain
from typing import Any, TextIO

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_, Message
from idp.kit.tables.faults import Fault, FileRefused, masked, sentence_of, shown
from idp.kit.tables.seen import Lines, Seen
from idp.kit.tables.source import WORKBOOK, Source
from idp.kit.tables.values import fold, tidy

_DELIMITERS = {",": ",", ";": ";", "\t": "Tab"}
"""What may stand between values, and how it is named."""
_FOR_PEOPLE = {"stt", "tt", "no", "so_thu_tu", "ghi_chu", "note", "notes", "remarks"}
"""Columns that people keep for themselves: running numbers and remarks. They are passed over."""
_HINT = re.compile(r"\([^()]*\)$")
"""What a heading says of how its values are written: `Ngày sinh (dd/mm/yyyy)`."""
_QUOTED = re.compile(r'"[^"]*"')
_MOST_HEADER_LINES = 50
"""Lines that a header may have, whose headings are wrapped."""
_SWALLOWED = N_(
    "Lines below stand within a value that begins here: a quotation mark is not closed, or there "
    "is one too many."
)
_UNHEADED = "#"
"""What a value under no name is said to stand under."""


@immutable
class Column:
    """A column of a table.

    One that is `required` must be there, with a value in every row. Another may be left out, which
    leaves what is stored as it is, or be empty, which means `default`. `is_private`: its values are
    repeated masked.
    """

    name: str
    read: Callable[[str], Any] = str
    required: bool = True
    default: Any = None
    also: tuple[str, ...] = ()
    """Other headings of it, in any case, with or without diacritics."""
    is_private: bool = False


@immutable
class Table:
    """The columns of a register's file; by the `key` a row is known, once in a file."""

    columns: tuple[Column, ...]
    key: str
    seen: Callable[[], Seen] = Lines
    together: tuple[str, ...] = ()
    """Columns of which a row says all, or none."""

    @property
    def heading(self) -> str:
        """The header as help has it: what may be left out stands in brackets."""
        needed = ",".join(column.name for column in self.columns if column.required)
        return needed + "[," + ",".join(c.name for c in self.columns if not c.required) + "]"


@immutable
class Row:
    """One row: what its columns say, of those that the file has, or why they cannot be read."""

    line: int
    key: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    faults: tuple[Fault, ...] = ()


def read_rows(source: Source, table: Table) -> Iterator[Row]:
    """The rows of the file one by one, those that cannot be read with their faults.

    Empty lines are passed over. FileRefused, at once, where the header has not the columns or what
    follows a line cannot be told apart.
    """
    if source.is_workbook:
        raise FileRefused([Fault(WORKBOOK)])
    delimiter, records = _records(source.lines)
    _, header = next(records, (0, []))
    columns = _columns_of(header, table, delimiter)
    seen, key = table.seen(), next(c for c in table.columns if c.name == table.key)
    for line, cells in records:
        if not _is_said(cells, columns):
            continue
        if _has_swallowed(cells, delimiter, least=len(header) - 1):
            yield Row(line, "", faults=(Fault(_SWALLOWED, line),))
            continue
        row = _row_of(line, cells, columns, width=len(header), key=key)
        if not row.faults and (lacking := _lacking(row, table)):
            row = Row(line, row.key, faults=(lacking,))
        if not row.faults:
            first = seen.first_line(row.values[key.name], line)
            if first is not None:
                row = Row(line, row.key, faults=(_twice(row, key, first),))
        yield row


_Records = Iterator[tuple[int, list[str]]]
"""Records that are not empty, each with the line it begins on."""


def _records(lines: TextIO) -> tuple[str, _Records]:
    """What separates values, told by the first line that is not empty; and all from there on."""
    passed, head = 0, ""
    for head in lines:
        passed += 1
        if head.strip(" \t\r\n,;"):
            break
    delimiter = ""
    if head[:4].casefold() == "sep=" and head[4:5] in _DELIMITERS:
        delimiter, head = head[4], next(lines, "")
        passed += 1
    heads = _whole_header(head, lines)
    plain = _QUOTED.sub("", "".join(heads))
    delimiter = delimiter or max(_DELIMITERS, key=plain.count)
    return delimiter, _read(chain(heads, lines), delimiter, passed=passed - 1)


def _read(lines: Iterable[str], delimiter: str, *, passed: int) -> _Records:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = passed + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            sentence = N_("A quotation mark is not closed, or not doubled within quotation marks.")
            raise FileRefused([Fault(sentence, line)]) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _has_swallowed(cells: Sequence[str], delimiter: str, *, least: int) -> bool:
    """Whether other lines of the table stand within a value: a stray quotation mark.

    They separate as many values as the header does, `least`.
    """
    return any(
        cell.count(delimiter) >= least > 0 and len(cell.strip().splitlines()) > 1 for cell in cells
    )


def _whole_header(head: str, lines: Iterator[str]) -> list[str]:
    """The lines of a header whose headings are wrapped within their quotation marks."""
    heads = [head]
    while "".join(heads).count('"') % 2 and len(heads) < _MOST_HEADER_LINES:
        line = next(lines, "")
        if not line:
            break
        heads.append(line)
    return heads


def _columns_of(header: Sequence[str], table: Table, delimiter: str) -> list[Column | None]:
    """The column each cell of a row belongs to; None for one that people keep for themselves."""
    known = {fold(name): column for column in table.columns for name in (column.name, *column.also)}
    names = list(map(_named, header))
    while names and not names[-1]:
        names.pop()
    columns = [known.get(fold(name)) or known.get(fold(_HINT.sub("", name))) for name in names]
    lacking = [c.name for c in table.columns if c.required and c not in columns]
    faults = []
    if lacking:
        sentence = Message(
            "The file lacks columns: %(lacking)s. Its first line, separated by “%(delimiter)s”, "
            "has: %(names)s.",
            lacking=", ".join(lacking),
            delimiter=_DELIMITERS[delimiter],
            names=", ".join(map(shown, names)) or "–",
        )
        faults.append(Fault(sentence))
    for number, (name, column) in enumerate(zip(names, columns, strict=True)):
        if column is None and fold(name) not in _FOR_PEOPLE and not lacking:
            faults.append(Fault(_unknown(name, table)))
        elif column is not None and column in columns[:number]:
            twice = Message("The column %(name)s stands there twice.", name=column.name)
            faults.append(Fault(twice))
    if faults:
        raise FileRefused(faults)
    return columns


def _named(raw: str) -> str:
    try:
        return tidy(raw)
    except InvalidInput as error:
        raise FileRefused([Fault(sentence_of(error))]) from None


def _unknown(name: str, table: Table) -> Message:
    names = [column.name for column in table.columns]
    near = get_close_matches(fold(name), names, n=1)
    return Message(
        "The column “%(name)s” is unknown: name it as one of %(names)s, or take it out.",
        name=shown(name),
        names=", ".join(near or names),
    )


def _is_said(cells: list[str], columns: list[Column | None]) -> bool:
    """Whether anything stands in the row but what people keep for themselves."""
    return any(
        cell.strip() for n, cell in enumerate(cells) if n >= len(columns) or columns[n] is not None
    )


def _row_of(
    line: int, cells: list[str], columns: list[Column | None], *, width: int, key: Column
) -> Row:
    """The row; only where the header ends in empty cells too, to its `width`, may the row."""
    if len(cells) == width and not any(map(str.strip, cells[len(columns) :])):
        cells = cells[: len(columns)]
    if len(cells) != len(columns):
        return Row(line, "", faults=(_misfit(line, cells, columns),))
    values, faults, name = {}, [], ""
    for column, cell in zip(columns, cells, strict=True):
        if column is None:
            continue
        try:
            text = tidy(cell)
            name = text if column is key else name
            values[column.name] = _value(column, text)
        except InvalidInput as error:
            faults.append(Fault(sentence_of(error), line, column.name, _found(column, cell)))
    return Row(line, masked(name) if key.is_private else name, values, tuple(faults))


def _lacking(row: Row, table: Table) -> Fault | None:
    """What the row does not say of columns that belong together, where it says one of them."""
    without = [name for name in table.together if not row.values.get(name)]
    if not without or len(without) == len(table.together):
        return None
    names = ", ".join(table.together)
    sentence = Message("%(names)s belong together: a row says all of them, or none.", names=names)
    return Fault(sentence, row.line, without[0])


def _value(column: Column, text: str) -> Any:
    if text:
        return column.read(text)
    if column.required:
        raise InvalidInput("A value is missing here.")
    return column.default


def _found(column: Column, cell: str) -> str:
    return masked(cell) if column.is_private else shown(cell)


def _misfit(line: int, cells: list[str], columns: list[Column | None]) -> Fault:
    """A row of too few or too many values, in which nobody knows what belongs where."""
    values = {"num": len(cells), "columns": len(columns)}
    if len(cells) < len(columns):
        first = columns[len(cells)]
        sentence = Message(
            "The line has %(num)s value, the header %(columns)s: values are missing from here on.",
            "The line has %(num)s values, the header %(columns)s: values are missing from here on.",
            **values,
        )
        return Fault(sentence, line, first.name if first else _UNHEADED)
    sentence = Message(
        "The line has %(num)s value, the header %(columns)s: a value that holds the separator "
        "stands in quotation marks.",
        "The line has %(num)s values, the header %(columns)s: a value that holds the separator "
        "stands in quotation marks.",
        **values,
    )
    last = columns[-1]
    surplus = cells[len(columns) :]
    is_private = any(column and column.is_private for column in columns)
    found = [masked(cell) if is_private else shown(cell) for cell in surplus if cell.strip()]
    return Fault(sentence, line, last.name if last else _UNHEADED, ", ".join(found))


def _twice(row: Row, key: Column, first: int) -> Fault:
    before = Message("It stands on line %(first)s already.", first=first)
    sentence = before if first else N_("It stands on a line above already.")
    return Fault(sentence, row.line, key.name, row.key)
