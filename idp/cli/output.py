"""How a command answers: a table for people, JSON for programs.

A table has a library's layout, which is read for it alone: `idp serve` carries none for its three
words.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from textwrap import wrap
from typing import Annotated

import typer

from idp.kit.logs import printable

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

Row = Mapping[str, object]

_UNLIMITED = 10_000
"""Columns: wider than any table."""
_LEAST_ROOM = 20
"""Columns of a value, however narrow the terminal is."""


def show(result: Row | Sequence[Row], *, as_json: bool, title: str | None = None) -> None:
    """Print one record, or records with the same fields: as a table where the terminal has room."""
    if as_json:
        typer.echo(printable(json.dumps(result, ensure_ascii=False, default=str, indent=2)))
    elif isinstance(result, Mapping):
        typer.echo(_record(result))
    elif not result:
        typer.echo("None.")
    elif not _show_table(result, title):
        for row in result:
            typer.echo(_record(row) + "\n")


def _show_table(rows: Sequence[Row], title: str | None) -> bool:
    """Whether there was room for it."""
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    table = Table(*(_label(name) for name in rows[0]), title=title)
    for row in rows:
        table.add_row(*(escape(_text(value)) for value in row.values()))
    unlimited = console.options.update(max_width=_UNLIMITED)
    if console.measure(table, options=unlimited).maximum > console.width:
        return False
    console.print(table)
    return True


def _record(row: Row) -> str:
    """One field a line; values too long for the line go on in the next."""
    widest = max((len(name) for name in row), default=0)
    room = max(_LEAST_ROOM, shutil.get_terminal_size().columns - widest - 2)
    lines: list[str] = []
    for name, value in row.items():
        pieces = _fold(_text(value), room)
        labelled = zip_longest([_label(name)], pieces, fillvalue="")
        lines += (f"{label:{widest}}  {piece}".rstrip() for label, piece in labelled)
    return "\n".join(lines)


def _fold(text: str, width: int) -> list[str]:
    return [
        piece for line in text.splitlines() for piece in wrap(line, width, break_on_hyphens=False)
    ]


def _label(name: str) -> str:
    return name.replace("_", " ")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(" ", "seconds")
    return printable(str(value))
