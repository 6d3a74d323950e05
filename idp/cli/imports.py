"""How a command reads a file into a register: all lines or none, and what they did."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from idp.cli.output import show
from idp.cli.spoken import say
from idp.cli.who import Given, acting
from idp.journal.record import record
from idp.kit.db import wait_for_lock
from idp.kit.logs import printable
from idp.kit.tables.imports import Changed, Report, Store, import_rows
from idp.kit.tables.reader import Table, read_rows
from idp.kit.tables.source import Source, opened
from idp.settings import Settings

FileArgument = Annotated[
    Path,
    typer.Argument(help="CSV with a header, as Excel saves it: “CSV UTF-8” or “Unicode Text”."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would be added, changed and refused.")
]
_LONG = 1_000_000
"""Bytes of a file whose progress is shown."""


def import_file(
    file: Path,
    table: Table,
    store: Callable[[Given], Store],
    *,
    register: str,
    by: str,
    dry_run: bool,
    as_json: bool,
    told: Mapping[str, str] | None = None,
) -> None:
    """Import a file in one transaction, print what it did, and journal it with `told`.

    One at a time: of two that add the same row the second would fail at its end. Raises FileRefused
    where a line is refused, after printing it as JSON where that is asked for.
    """
    with opened(file) as source, acting(Settings(), by) as command, _shown(source) as progress:
        wait_for_lock(command.db.connection(), "import")
        tried = command.db.begin_nested()
        report = import_rows(read_rows(source, table), store(command), progress=progress)
        if report.refused:
            if as_json:
                _print(report, dry_run=dry_run, as_json=True)
            raise report.refusal
        if dry_run:
            tried.rollback()
        else:
            counts = {name: getattr(report, name) for name in ("added", "changed", "unchanged")}
            data = {"register": register, "sha256": source.digest, "lines": report.read, **counts}
            record(
                command.db, event="register.imported", counted=False, data={**data, **(told or {})}
            )
    _print(report, dry_run=dry_run, as_json=as_json)


def _print(report: Report, *, dry_run: bool, as_json: bool) -> None:
    result = {**report.counts, "dry_run": dry_run}
    if as_json:
        changes = [_change(change) for change in report.changes]
        faults = [fault.say(say) for fault in report.faults]
        show({**result, "changes": changes, "faults": faults}, as_json=True)
        return
    for change in report.changes:
        typer.echo(f"{change.line}: {printable(change.key)}")
        for name, values in change.differences.items():
            told = f": {values[0]} → {values[1]}" if values else ""
            typer.echo(printable(f"  {name}{told}"))
    if report.changed > len(report.changes):
        typer.echo(f"  … {report.changed - len(report.changes)} more")
    show(result, as_json=False)


def _change(change: Changed) -> dict[str, Any]:
    fields = {name: values and list(values) for name, values in change.differences.items()}
    return {"line": change.line, "key": change.key, "fields": fields}


@contextmanager
def _shown(source: Source) -> Iterator[Callable[[], None]]:
    """Progress on standard error while a long file is read."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=source.size < _LONG) as progress:
        task = progress.add_task(Path(source.name).name, total=source.size)
        yield lambda: progress.update(task, completed=source.read_bytes)
