"""`idp population`: the population register that accounts are matched with."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.csv_lines import digested, note_import
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, acting
from idp.kit import clock
from idp.people.population import import_population, read_entries
from idp.settings import Settings

app = typer.Typer(name="population", help="The population register.", no_args_is_help=True)


@app.callback()
def population() -> None:
    """Keep `import` a subcommand of the group."""


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV: number,name,birthdate,sex,residence_code,email.")
    ],
    *,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add or replace rows of the register, all or none."""
    settings = Settings()
    keyring = settings.secrets.keyring()
    with digested(file) as source, acting(settings, by) as command:
        at = clock.now()
        entries = read_entries(source.lines, at=at)
        imported = import_population(command.db, entries, keyring=keyring, at=at)
        told = {"imported_at": at.isoformat(), **asdict(imported)}
        note_import(command.db, source, register="population", **told)
    show({"imported": imported.lines}, as_json=json)
