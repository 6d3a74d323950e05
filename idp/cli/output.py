"""How a command answers: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

Row = Mapping[str, object]


def show(result: Row | Sequence[Row], *, as_json: bool, title: str | None = None) -> None:
    """Print one record, or a list of records with the same fields."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, default=str, indent=2))
        return
    console = Console()
    if isinstance(result, Mapping):
        grid = Table.grid(padding=(0, 2))
        for name, value in result.items():
            grid.add_row(_label(name), _text(value))
        console.print(grid)
        return
    if not result:
        console.print("None.")
        return
    table = Table(title=title)
    for position, name in enumerate(result[0]):
        table.add_column(_label(name), no_wrap=position == 0, overflow="fold")
    for row in result:
        table.add_row(*(_text(value) for value in row.values()))
    console.print(table)


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
    return escape(str(value))
