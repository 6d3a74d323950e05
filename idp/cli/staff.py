"""`idp staff`: who works for which agency, in which role. The first operator begins here."""

from typing import Annotated

import typer

from idp.catalogue.lookup import find_agency
from idp.cli.database import unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, WhoArgument, acting, get_profile
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.models import Mandate
from idp.mandates.posts import find_posts
from idp.mandates.roles import StaffRole
from idp.settings import Settings

app = typer.Typer(name="staff", help="Posts of agency and operator staff.", no_args_is_help=True)

RoleArgument = Annotated[StaffRole, typer.Argument(help="The role.")]
AgencyOption = Annotated[str, typer.Option(help="The agency's code; operators have none.")]


@app.command()
def appoint(
    who: WhoArgument,
    role: RoleArgument,
    *,
    agency: AgencyOption = "",
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Give a person a post from today on; the same post is given once."""
    settings = Settings()
    today = settings.country.today
    with acting(settings, by) as command:
        person_id = command.get_other(settings, who).person_id
        employer = find_agency(command.db, code=agency, on=today) if agency else None
        if agency and employer is None:
            raise NotFound(f"There is no agency with the code {agency}.")
        post = Mandate(
            person_id=person_id,
            role=role,
            agency_id=employer.id if employer else None,
            valid_on=today,
            evidence={"source": "operator"},
            created_at=clock.now(),
        )
        post_id = start_mandate(command.db, post).id
    show({"person_id": person_id, "post_id": post_id, "role": role.value}, as_json=json)


@app.command()
def dismiss(
    who: WhoArgument,
    role: RoleArgument,
    *,
    agency: AgencyOption = "",
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """End a post today; the person keeps the account."""
    settings = Settings()
    today = settings.country.today
    with acting(settings, by) as command:
        person_id = command.get_other(settings, who).person_id
        posts = find_posts(command.db, person_id=person_id, on=today)
        held = next((p for p in posts if (p.role, p.agency_code) == (role, agency)), None)
        if held is None:
            raise NotFound("This person does not hold this post.")
        end_mandate(command.db, mandate_id=held.id, on=today, at=clock.now())
    show({"person_id": person_id, "post_id": held.id, "role": role.value}, as_json=json)


@app.command("list")
def list_posts(who: WhoArgument, *, json: JsonOption = False) -> None:
    """List the posts a person holds today."""
    settings = Settings()
    today = settings.country.today
    with unit_of_work(settings) as db:
        person_id = get_profile(db, settings, who).person_id
        posts = find_posts(db, person_id=person_id, on=today)
    rows = [
        {"role": p.role.value, "agency": p.agency_code, "name": p.agency_name_vi} for p in posts
    ]
    show(rows, as_json=json)
