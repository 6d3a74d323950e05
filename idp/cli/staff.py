"""`idp staff`: who works for which agency, in which role. The first operator begins here."""

from datetime import date
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_agency
from idp.cli.database import unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, WhoArgument, acting, get_profile
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.models import Mandate
from idp.mandates.posts import Post, find_posts, find_waiting_posts
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
    """Give a person a post from today on; the same post is given once.

    One that needs two operators works once they have confirmed it in the console. Before there were
    two, it works at once.
    """
    settings = Settings()
    with acting(settings, by) as command:
        person_id, today = command.get_other(settings, who).person_id, command.today
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
        post = start_mandate(command.db, post)
        if post.waits_since is not None:
            typer.echo("It works once two operators have confirmed it in the console.", err=True)
        told = {"person_id": person_id, "post_id": post.id, "role": role.value}
    show(told, as_json=json)


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
    with acting(settings, by) as command:
        person_id, today = command.get_other(settings, who).person_id, command.today
        posts = _find_all(command.db, person_id, today)
        held = next((p for p in posts if (p.role, p.agency_code) == (role, agency)), None)
        if held is None:
            raise NotFound("This person does not hold this post.")
        end_mandate(command.db, mandate_id=held.id, on=today, at=clock.now())
    show({"person_id": person_id, "post_id": held.id, "role": role.value}, as_json=json)


@app.command("list")
def list_posts(who: WhoArgument, *, json: JsonOption = False) -> None:
    """List the posts of a person today; one that `waits` allows nothing yet."""
    settings = Settings()
    with unit_of_work(settings) as db:
        person_id, today = get_profile(db, settings, who).person_id, settings.country.today
        working = find_posts(db, person_id=person_id, on=today)
        posts = _find_all(db, person_id, today)
    rows = [
        {
            "role": p.role.value,
            "agency": p.agency_code,
            "name": p.agency_name_vi,
            "waits": p not in working,
        }
        for p in posts
    ]
    show(rows, as_json=json)


def _find_all(db: Session, person_id: UUID, on: date) -> list[Post]:
    """Those that work, and those that wait."""
    return [
        *find_posts(db, person_id=person_id, on=on),
        *find_waiting_posts(db, person_id=person_id, on=on),
    ]
