"""`idp population`: the population register that accounts are matched with."""

from datetime import datetime

import typer

from idp.cli.imports import DryRunOption, FileArgument, import_file
from idp.cli.output import JsonOption
from idp.cli.who import AsOption, Given
from idp.kit.tables.imports import Store
from idp.kit.tables.reader import Table
from idp.people.population_file import EnteringResidents, population_table
from idp.settings import Settings

app = typer.Typer(name="population", help="The population register.", no_args_is_help=True)


@app.callback()
def population() -> None:
    """Keep `import` a subcommand of the group."""


@app.command("import")
def import_residents(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add or replace rows of the register, all or none.

    Columns: number,name,birthdate,sex[,residence_code,email,street,commune,province]. A column
    left out changes nothing.
    """
    keyring = Settings().secrets.keyring()

    def reading(command: Given, at: datetime) -> tuple[Table, Store]:
        return population_table(today=command.today), EnteringResidents(command.db, keyring, at)

    import_file(file, reading, register="population", by=by, dry_run=dry_run, as_json=json)
