"""Changing an application, and asking for production.

A sandbox application changes at once. A production one is submitted for review; while it is live it
works on unchanged until an operator has agreed.
"""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.kit import clock
from idp.kit.errors import NotFound
from idp.portal.entry import Visitor, admit, get_own_party
from idp.portal.form import form_of
from idp.portal.form_page import Purpose, render_form, take_form, to_application
from idp.relying_parties.lookup import PartyRecord, find_production_twin
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.review import (
    change_party,
    may_change,
    proposed_metadata,
    request_production,
)
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import N_

router = APIRouter()


@router.get("/portal/applications/{client_id}/edit")
def show_edit(request: Request, client_id: str) -> Response:
    """The form with what is registered, or with the change that waits."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal")
        if isinstance(visitor, Response):
            return visitor
        record = get_own_party(db, visitor=visitor, client_id=client_id)
        if not may_change(record.party):
            return to_application(client_id)
        current = record.metadata
        form = form_of(proposed_metadata(record.party, current=current) or current)
        purpose = _purpose(record.party)
        return render_form(request, db, visitor=visitor, form=form, purpose=purpose, record=record)


@router.post("/portal/applications/{client_id}/edit")
def edit(request: Request, client_id: str, fields: OwnForm) -> Response:
    """Change it, submit it, or propose the change, as its environment and state demand."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal")
        if isinstance(visitor, Response):
            return visitor
        record = get_own_party(db, visitor=visitor, client_id=client_id)
        metadata = take_form(
            request,
            db,
            visitor=visitor,
            fields=fields,
            purpose=_purpose(record.party),
            record=record,
        )
        if isinstance(metadata, Response):
            return metadata
        change_party(db, party=record.party, metadata=metadata, at=clock.now(), by=visitor.number)
        return to_application(client_id)


@router.get("/portal/applications/{client_id}/production")
def show_production(request: Request, client_id: str) -> Response:
    """The form for a production application, filled in from the sandbox one."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal")
        if isinstance(visitor, Response):
            return visitor
        record = _get_sandbox(db, visitor, client_id)
        twin = find_production_twin(db, sandbox_id=record.party.id)
        if twin is not None:
            return to_application(twin.client_id)
        form = form_of(record.metadata)
        return render_form(
            request, db, visitor=visitor, form=form, purpose="production", record=record
        )


@router.post("/portal/applications/{client_id}/production")
def ask_for_production(request: Request, client_id: str, fields: OwnForm) -> Response:
    """Submit the production application for review; one sandbox application has one."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal")
        if isinstance(visitor, Response):
            return visitor
        record = _get_sandbox(db, visitor, client_id)
        metadata = take_form(
            request, db, visitor=visitor, fields=fields, purpose="production", record=record
        )
        if isinstance(metadata, Response):
            return metadata
        party = request_production(
            db,
            sandbox=record.party,
            metadata=metadata,
            at=clock.now(),
            by=visitor.number,
            person_id=visitor.session.person_id,
        )
        return to_application(party.client_id if party else client_id)


def _purpose(party: RelyingParty) -> Purpose:
    if party.environment is Environment.SANDBOX:
        return "edit"
    return "change" if party.state is RelyingPartyState.LIVE else "resubmit"


def _get_sandbox(db: Session, visitor: Visitor, client_id: str) -> PartyRecord:
    record = get_own_party(db, visitor=visitor, client_id=client_id)
    if record.party.environment is not Environment.SANDBOX:
        raise NotFound(N_("There is no page at this address."))
    return record
