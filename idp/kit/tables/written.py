"""Tables as files: CSV, JSON and a workbook of one sheet, of rows by name of column."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from idp.kit.comma_separated import as_csv
from idp.kit.workbook import MEDIA_TYPE, workbook

Row = Mapping[str, Any]


def as_json(rows: Sequence[Row], columns: Mapping[str, str]) -> bytes:
    """A list of objects; what is not known is null."""
    return json.dumps(
        [{n: row.get(n) for n in columns} for row in rows], ensure_ascii=False
    ).encode()


def as_xlsx(rows: Sequence[Row], columns: Mapping[str, str]) -> bytes:
    """One sheet, its first row the names of the columns."""
    return workbook("data", _lines(rows, columns))


def _lines(rows: Sequence[Row], columns: Mapping[str, str]) -> Iterator[Sequence[object]]:
    yield [*columns]
    for row in rows:
        yield [row.get(name) for name in columns]


_KINDS: Mapping[str, tuple[Callable[[Sequence[Row], Mapping[str, str]], bytes], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
    "xlsx": (as_xlsx, MEDIA_TYPE),
}
KINDS = tuple(_KINDS)
"""The endings that files of tables have."""


def as_file(kind: str, rows: Sequence[Row], columns: Mapping[str, str]) -> tuple[bytes, str]:
    """The content of a file with that ending, and its media type."""
    write, media_type = _KINDS[kind]
    return write(rows, columns), media_type


def media_type_of(kind: str) -> str:
    """Of files with that ending."""
    return _KINDS[kind][1]
