"""How a command answers: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from idp.kit.logs import printable

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

Row = Mapping[str, object]

_UNLIMITED = 10_000
"""Columns: wider than any table."""


def show(result: Row | Sequence[Row], *, as_json: bool, title: str | None = None) -> None:
    """Print one record, or records with the same fields: as a table where the terminal has room."""
    if as_json:
        typer.echo(printable(json.dumps(result, ensure_ascii=False, default=str, indent=2)))
        return
    console = Console()
    if isinstance(result, Mapping):
        console.print(_record(result))
        return
    if not result:
        console.print("None.")
        return
    table = Table(*(_label(name) for name in result[0]), title=title)
    for row in result:
        table.add_row(*(_text(value) for value in row.values()))
    unlimited = console.options.update(max_width=_UNLIMITED)
    if console.measure(table, options=unlimited).maximum <= console.width:
        console.print(table)
        return
    for row in result:
        console.print(_record(row), "")


def _record(row: Row) -> Table:
    """One field a line; values too long for the line go on in the next."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in row.items():
        grid.add_row(_label(name), _text(value))
    return grid


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
    return escape(printable(str(value)))
