"""`idp representative`: who may act for an organization, until pages and the register say so."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_services
from idp.cli.database import unit_of_work
from idp.cli.organization import TaxCodeArgument, get_registered
from idp.cli.output import JsonOption, show
from idp.cli.typed import DATES, one_spelling
from idp.cli.who import AsOption, WhoArgument, acting
from idp.journal.record import record
from idp.kit import clock
from idp.kit.errors import InvalidInput, NotFound, OneDoorError
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.models import Mandate
from idp.mandates.representations import Representative, list_representatives
from idp.mandates.roles import OrganizationRole
from idp.organizations.models import Organization, OrganizationStatus
from idp.organizations.register import enter_organization, find_organization
from idp.organizations.tax_codes import normalise
from idp.settings import Settings

app = typer.Typer(
    name="representative", help="People who act for an organization.", no_args_is_help=True
)

RoleOption = Annotated[OrganizationRole, typer.Option(help="As what.")]
LEGAL = OrganizationRole.LEGAL_REPRESENTATIVE


@app.command()
def add(
    tax_code: TaxCodeArgument,
    who: WhoArgument,
    *,
    role: RoleOption = LEGAL,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=DATES, help="First day; today if left out.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=DATES, help="First day without it.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="Procedure code, for a delegate; repeat for several.")
    ] = None,
    reference: Annotated[
        str,
        typer.Option(help="What proves it, as the register names it.", callback=one_spelling),
    ] = "",
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Let a person act for an organization; the same is given once.

    Where the business register does not agree nothing is given, which the journal keeps.
    """
    settings = Settings()
    _demand_register(settings, tax_code, by)
    with acting(settings, by) as command:
        db, at = command.db, clock.now()
        valid_on = since.date() if since else command.today
        entry = get_registered(db, settings, tax_code).entry
        organization = enter_organization(db, entry, at=at)
        mandate = Mandate(
            person_id=command.get_other(settings, who).person_id,
            role=role,
            organization_id=organization.id,
            service_ids=_service_ids(db, service) if service else None,
            valid_on=valid_on,
            ended_on=until.date() if until else None,
            evidence={"source": "operator", **({"reference": reference} if reference else {})},
            created_at=at,
        )
        given = start_mandate(db, mandate)
        is_same = (given.ended_on, given.service_ids) == (mandate.ended_on, mandate.service_ids)
        if not is_same or given.valid_on > valid_on:
            raise InvalidInput(
                "They act for it already, for other days or services: end that first."
            )
    show({"mandate_id": given.id, "person_id": given.person_id, "role": role.value}, as_json=json)


@app.command()
def end(
    tax_code: TaxCodeArgument,
    who: WhoArgument,
    *,
    role: RoleOption = LEGAL,
    on: Annotated[
        datetime | None, typer.Option(formats=DATES, help="First day without; today if left out.")
    ] = None,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """End it, and what was granted under it; tokens given for the organization end with it."""
    settings = Settings()
    with acting(settings, by) as command:
        db, today = command.db, command.today
        organization = _get_organization(db, tax_code)
        person_id = command.get_other(settings, who).person_id
        people = list_representatives(db, organization_id=organization.id, on=today)
        held = next((r for r in people if (r.person_id, r.role) == (person_id, role)), None)
        if held is None:
            raise NotFound("This person does not act for it in this role.")
        ended_on = on.date() if on else today
        changed = end_mandate(db, mandate_id=held.mandate_id, on=ended_on, at=clock.now())
    show({"mandate_id": held.mandate_id, "ended_on": ended_on, "changed": changed}, as_json=json)


@app.command("list")
def list_people(tax_code: TaxCodeArgument, *, json: JsonOption = False) -> None:
    """List who acts for an organization, today or from a later day on."""
    settings = Settings()
    with unit_of_work(settings) as db:
        organization, today = _get_organization(db, tax_code), settings.country.today
        people = list_representatives(db, organization_id=organization.id, on=today)
    show([_row(representative) for representative in people], as_json=json)


def _row(representative: Representative) -> dict[str, object]:
    return {
        "person_id": representative.person_id,
        "name": representative.name,
        "role": representative.role,
        "services": "all"
        if representative.service_ids is None
        else len(representative.service_ids),
        "valid_on": representative.valid_on,
        "ended_on": representative.ended_on,
        "reference": representative.evidence.get("reference", ""),
    }


def _get_organization(db: Session, tax_code: str) -> Organization:
    organization = find_organization(db, tax_code=normalise(tax_code))
    if organization is None:
        raise NotFound(f"There is no organization with the tax code {tax_code}.")
    return organization


def _demand_register(settings: Settings, tax_code: str, by: str) -> None:
    """Refuse what the register has not, or not as active; in a unit of work that stays."""
    refusal: OneDoorError | None = None
    with acting(settings, by) as command:
        known: dict[str, str] = {}
        try:
            entry = get_registered(command.db, settings, tax_code).entry
        except NotFound as error:
            refusal = error
        else:
            known = {"kind": entry.kind.value}
            if entry.status is not OrganizationStatus.ACTIVE:
                refusal = InvalidInput(f"{entry.name} is {entry.status}: nobody may act for it.")
        if refusal is not None:
            told = {"asked_on": str(command.today), **known}
            event, reason = "representation.refused", "register_disagrees"
            record(command.db, event=event, reason=reason, data=told)
    if refusal is not None:
        raise refusal


def _service_ids(db: Session, codes: list[str]) -> list[UUID]:
    services = find_services(db, codes=codes)
    for code in codes:
        if code not in services:
            raise InvalidInput(f"There is no service {code}.")
    return sorted(service.id for service in services.values())
