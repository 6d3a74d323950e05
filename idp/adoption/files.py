"""Tables as files: CSV, JSON and a workbook, with the columns that the data dictionary explains."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import kept_answer
from idp.figures.frozen import FrozenMonth
from idp.kit.comma_separated import as_csv
from idp.kit.immutable import immutable
from idp.kit.workbook import MEDIA_TYPE, workbook
from idp.web.messages import N_

Row = Mapping[str, Any]
SUPPRESSED = {
    "suppressed": N_("yes: fewer than 10 people, or all but so few; the cell is then empty")
}
"""With which each row of a frozen month ends; it begins with OF_MONTH."""


def of_month(month: FrozenMonth) -> Row:
    """What stands in the columns of OF_MONTH."""
    return {"month": month.name, "version": month.revision + 1, "freeze": month.number}


@immutable
class Table:
    """A table that pages show and files hold; `columns`: name → what it means, in English."""

    path: str
    """Of its page; the files have the same with an ending."""
    title: str
    columns: Mapping[str, str]

    @property
    def name(self) -> str:
        """Of a file, without its ending."""
        return self.path.strip("/").replace("/", "-")


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


def file_of(request: Request, table: Table, rows: Sequence[Row], *, as_of: str = "") -> Response:
    """The file whose kind the address ends with, or 304; its name says the month it is of."""
    kind = request.url.path.rpartition(".")[2]
    body, media_type = as_file(kind, rows, table.columns)
    name = f"{table.name}-{as_of}.{kind}" if as_of else f"{table.name}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if kind != "json" else {}
    return kept_answer(request, body, media_type, **headers)


def as_file(kind: str, rows: Sequence[Row], columns: Mapping[str, str]) -> tuple[bytes, str]:
    """The content of a file with that ending, and its media type."""
    write, media_type = _KINDS[kind]
    return write(rows, columns), media_type


def media_type_of(kind: str) -> str:
    """Of files with that ending."""
    return _KINDS[kind][1]
