"""How a command reads a file into a register: all lines or none, and what they did."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from idp.cli.output import show
from idp.cli.progress import progress
from idp.cli.spoken import say
from idp.cli.who import Given, acting
from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import try_lock
from idp.kit.errors import InvalidInput
from idp.kit.logs import printable
from idp.kit.tables.imports import Changed, Report, Store, import_rows
from idp.kit.tables.reader import Table, read_rows
from idp.kit.tables.source import opened
from idp.settings import Settings

FileArgument = Annotated[
    Path,
    typer.Argument(help="CSV with a header, as Excel saves it: “CSV UTF-8” or “Unicode Text”."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would be added, changed and refused.")
]
Reading: TypeAlias = Callable[[Given, datetime], tuple[Table, Store]]
"""The columns of a file, and how its rows are stored by that command as of that instant."""
_LONG = 1_000_000
"""Bytes of a file whose progress is shown."""


def import_file(
    file: Path,
    reading: Reading,
    *,
    register: str,
    by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a file in one transaction, print what it did, and journal it.

    Raises FileRefused where a line is refused, after printing it as JSON where that is asked for;
    and InvalidInput while another file goes into the register: each would miss the other's rows.
    """
    with (
        opened(file) as source,
        acting(Settings(), by) as command,
        progress(file.name, quiet=source.size < _LONG) as tell,
    ):
        if not try_lock(command.db.connection(), f"import.{register}"):
            raise InvalidInput("Another file is being imported into this register: try again.")
        at, tried = clock.now(), command.db.begin_nested()
        table, store = reading(command, at)
        rows = read_rows(source, table)
        report = import_rows(rows, store, progress=lambda: tell(file.name, source.share))
        if report.refused:
            if as_json:
                _print(report, dry_run=dry_run, as_json=True)
            raise report.refusal
        if dry_run:
            tried.rollback()
        else:
            counts = {name: getattr(report, name) for name in ("added", "changed", "unchanged")}
            of_file = {"register": register, "sha256": source.digest, "lines": report.read}
            data = {**of_file, **counts, "imported_at": at.isoformat()}
            record(command.db, event="register.imported", counted=False, data=data)
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
