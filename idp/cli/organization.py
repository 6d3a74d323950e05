"""`idp organization`: businesses and other organizations, as the business register knows them."""

from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from idp.cli.database import unit_of_work
from idp.cli.imports import DryRunOption, FileArgument, import_file
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, Given
from idp.kit.errors import NotFound
from idp.kit.tables.imports import Store, one_by_one
from idp.kit.tables.reader import Table
from idp.mandates.business_register import RegisteredOrganization, business_register
from idp.organizations.files import ORGANIZATIONS, enter
from idp.organizations.tax_codes import normalise
from idp.people.identifiers import mask_number
from idp.settings import Settings

app = typer.Typer(name="organization", help="Organizations with a tax code.", no_args_is_help=True)

TaxCodeArgument = Annotated[str, typer.Argument(help="Tax code: 10 digits, or 13 for a branch.")]


@app.command("import")
def import_organizations(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Add organizations, enterprises before their branches; of known ones follow the register.

    Columns: tax_code,name[,kind,status,place_code]. Kind and status are enterprise and active where
    they are empty; a column left out changes nothing.
    """

    def reading(command: Given, at: datetime) -> tuple[Table, Store]:
        return ORGANIZATIONS, one_by_one(partial(enter, command.db, at=at))

    import_file(file, reading, register="organizations", by=by, dry_run=dry_run, as_json=json)


@app.command("show")
def show_organization(tax_code: TaxCodeArgument, *, json: JsonOption = False) -> None:
    """Show what the register knows of an organization; its representatives' numbers are masked."""
    settings = Settings()
    with unit_of_work(settings) as db:
        registered = get_registered(db, settings, tax_code)
    people = [f"{r.name} {mask_number(r.number)}" for r in registered.representatives]
    show(
        {**vars(registered.entry), "representatives": people if json else ", ".join(people)},
        as_json=json,
    )


def get_registered(db: Session, settings: Settings, tax_code: str) -> RegisteredOrganization:
    """What the business register knows of a tax code; raises NotFound, and InvalidInput."""
    today = settings.country.today
    register = business_register(db, keyring=settings.secrets.keyring(), today=today)
    registered = register.find(tax_code=normalise(tax_code))
    if registered is None:
        raise NotFound(f"The business register has no tax code {normalise(tax_code)}.")
    return registered
