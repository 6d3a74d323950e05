"""Registering a sandbox application: live at once, its secret shown once."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.catalogue.lookup import list_systems
from idp.catalogue.models import InformationSystem
from idp.kit import clock
from idp.portal.entry import Visitor, admit, get_own_party
from idp.portal.form import blank_form
from idp.portal.form_page import render_form, take_form, to_application
from idp.portal.secret import show_secret
from idp.relying_parties.field_kinds import Fault
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import find_sent_before, register_party
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.language import language_of

router = APIRouter()


@router.get("/portal/new")
def show_new(request: Request, query: Query) -> Response:
    """An empty form."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal/new")
        if isinstance(visitor, Response):
            return visitor
        systems = list_systems(db, agency_ids=visitor.agency_ids)
        only = systems[0].code if len(systems) == 1 else ""
        return render_form(
            request,
            db,
            visitor=visitor,
            form=blank_form(),
            purpose="new",
            systems=_choices(request, systems),
            system=query.get("system", only),
            party_id=str(uuid4()),
        )


@router.post("/portal/new")
def register(request: Request, fields: OwnForm) -> Response:
    """Register it. The form carries the row's id, so that sending it twice registers once."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal/new")
        if isinstance(visitor, Response):
            return visitor
        party_id = _party_id(fields)
        existing = find_sent_before(db, party_id=party_id)
        if existing is not None:
            get_own_party(db, visitor=visitor, client_id=existing.client_id)
            return to_application(existing.client_id)
        return _register(request, db, visitor, fields, party_id)


def _register(
    request: Request, db: Session, visitor: Visitor, fields: Mapping[str, str], party_id: UUID
) -> Response:
    systems = list_systems(db, agency_ids=visitor.agency_ids)
    known, code = {system.code: system for system in systems}, fields.get("system", "")
    missing = Fault("system", "Choose the system that people sign in to.")
    metadata = take_form(
        request,
        db,
        visitor=visitor,
        fields=fields,
        purpose="new",
        found=() if code in known else (missing,),
        systems=_choices(request, systems),
        system=code if code in known else "",
        party_id=str(party_id),
    )
    if isinstance(metadata, Response):
        return metadata
    registered = register_party(
        db,
        system_id=known[code].id,
        environment=Environment.SANDBOX,
        state=RelyingPartyState.LIVE,
        metadata=metadata,
        party_id=party_id,
        at=clock.now(),
        by=visitor.number,
        person_id=visitor.session.person_id,
    )
    party, secret = registered.party, registered.client_secret
    if secret is None:
        return to_application(party.client_id)
    return show_secret(
        request, visitor, party=party, metadata=metadata, secret=secret, is_first=True
    )


def _choices(request: Request, systems: list[InformationSystem]) -> tuple[tuple[str, str], ...]:
    language = language_of(request)
    return tuple((system.code, system.name(language)) for system in systems)


def _party_id(fields: Mapping[str, str]) -> UUID:
    try:
        return UUID(fields.get("party_id", ""))
    except ValueError:
        return uuid4()
