"""`idp registry`: agencies, their systems, public services, and desks, from CSV files.

The files begin with a header; a column may be left out where it may be empty. What is known by its
code already takes over what the file says, so a file can be given again, corrected or longer.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import typer

from idp.catalogue.files import AGENCIES, SERVICES, SYSTEMS, Entering
from idp.cli.imports import DryRunOption, FileArgument, Reading, import_file
from idp.cli.output import JsonOption
from idp.cli.who import AsOption, Given
from idp.desks.files import DESKS
from idp.desks.files import Entering as EnteringDesks
from idp.kit.tables.imports import Differences, Store, one_by_one
from idp.kit.tables.reader import Table
from idp.places.load import load_places
from idp.settings import Settings

app = typer.Typer(
    name="registry",
    help="Agencies, information systems, public services, desks.",
    no_args_is_help=True,
)


@app.command()
def agencies(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add or correct agencies, parents first; all lines or none.

    Columns: code,tier,name_vi,valid_on[,name_en,parent,place_code].
    """
    reading = _reading(AGENCIES, Entering.agency)
    import_file(file, reading, register="agencies", by=by, dry_run=dry_run, as_json=json)


@app.command()
def systems(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add or correct information systems, all lines or none.

    Columns: code,agency,name_vi[,name_en,login_state].
    """
    reading = _reading(SYSTEMS, Entering.system)
    import_file(file, reading, register="systems", by=by, dry_run=dry_run, as_json=json)


@app.command()
def services(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add or correct public services, all lines or none.

    Columns: code,agency,name_vi,level,level_valid_on,required_acr[,name_en,system].
    """
    reading = _reading(SERVICES, Entering.service)
    import_file(file, reading, register="services", by=by, dry_run=dry_run, as_json=json)


@app.command()
def desks(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add or correct desks, where people are helped face to face; all lines or none.

    The provinces of the country are entered with the first of them.

    Columns: code,name_vi,address,commune_code,commune,province_code,hours_vi
    [,telephone,bring_vi,former_names,name_en,hours_en,bring_en,closed_on].
    """

    def reading(command: Given, _at: datetime) -> tuple[Table, Store]:
        load_places(command.db)
        return DESKS, one_by_one(EnteringDesks(command.db, command.today).desk)

    import_file(file, reading, register="desks", by=by, dry_run=dry_run, as_json=json)


def _reading(
    table: Table, enter: Callable[[Entering, Mapping[str, Any]], Differences | None]
) -> Reading:
    levels = tuple(level.acr for level in Settings().assurance.levels)

    def reading(command: Given, _at: datetime) -> tuple[Table, Store]:
        entering = Entering(command.db, command.today, levels, guard=command.refuse_own_agency)
        return table, one_by_one(partial(enter, entering))

    return reading
