"""The page of one application, and the decisions about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import find_services
from idp.console.entry import Operator, admit
from idp.console.queue import Line, line_of
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.kit.languages import name_in
from idp.relying_parties.lifecycle import Step, may_take, take_step
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.metadata import ClientMetadata
from idp.relying_parties.review import (
    Check,
    approve,
    list_checks,
    proposed_metadata,
    request_changes,
)
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.forms import read_instant
from idp.web.language import language_of
from idp.web.messages import N_
from idp.web.templates import render

router = APIRouter()

_MAX_REASON = 1000


@dataclass(frozen=True)
class ServiceFact:
    """A service the application may name."""

    code: str
    name: str
    level: int
    required_acr: str


@dataclass(frozen=True)
class ReviewPage:
    """One application, and what may be decided. `metadata` is what would be live afterwards."""

    operator: Operator
    line: Line
    agency_code: str
    metadata: ClientMetadata
    current: ClientMetadata
    services: tuple[ServiceFact, ...]
    checks: tuple[Check, ...]
    is_waiting: bool
    may_suspend: bool
    may_resume: bool
    seen_at: str
    review_note: str
    reason: str
    outcome: str
    errors: Mapping[str, str]


@router.get("/console/applications/{client_id}")
def show_application(request: Request, client_id: str) -> Response:
    """Everything an operator decides by, and the buttons."""
    with transaction(request) as db:
        operator = admit(request, db, return_path="/console")
        if isinstance(operator, Response):
            return operator
        return _review(request, db, operator, _get(db, client_id))


@router.post("/console/applications/{client_id}/approve")
def approve_application(request: Request, client_id: str, fields: OwnForm) -> Response:
    """Make what the operator saw live."""
    with transaction(request) as db:
        operator = admit(request, db, return_path="/console")
        if isinstance(operator, Response):
            return operator
        record, seen_at = _get(db, client_id), read_instant(fields.get("seen_at", ""))
        is_done = seen_at is not None and approve(
            db,
            relying_party_id=record.party.id,
            seen_at=seen_at,
            at=clock.now(),
            by=operator.number,
        )
        if not is_done:
            return _overtaken(request, db, operator, record)
        return _to(client_id)


@router.post("/console/applications/{client_id}/changes")
def ask_for_changes(request: Request, client_id: str, fields: OwnForm) -> Response:
    """Send it back, with a reason that the agency's staff read."""
    with transaction(request) as db:
        operator = admit(request, db, return_path="/console")
        if isinstance(operator, Response):
            return operator
        record, seen_at = _get(db, client_id), read_instant(fields.get("seen_at", ""))
        reason = fields.get("reason", "").strip()
        if not 0 < len(reason) <= _MAX_REASON:
            error = N_("Say what has to change, in 1000 characters at most.")
            return _review(request, db, operator, record, reason=reason, errors={"reason": error})
        is_done = seen_at is not None and request_changes(
            db,
            relying_party_id=record.party.id,
            seen_at=seen_at,
            reason=reason,
            at=clock.now(),
            by=operator.number,
        )
        if not is_done:
            return _overtaken(request, db, operator, record)
        return _to(client_id)


@router.post("/console/applications/{client_id}/suspend")
def suspend(request: Request, client_id: str, fields: OwnForm) -> Response:
    """Stop every sign-in through it at once."""
    return _step(request, client_id, "suspend", reason=fields.get("suspend_reason", ""))


@router.post("/console/applications/{client_id}/resume")
def resume(request: Request, client_id: str, fields: OwnForm) -> Response:
    """Let people sign in through it again."""
    return _step(request, client_id, "resume", reason=fields.get("suspend_reason", ""))


def _step(request: Request, client_id: str, step: Step, *, reason: str) -> Response:
    with transaction(request) as db:
        operator = admit(request, db, return_path="/console")
        if isinstance(operator, Response):
            return operator
        record = _get(db, client_id)
        is_done = take_step(
            db,
            relying_party_id=record.party.id,
            step=step,
            at=clock.now(),
            by=operator.number,
            reason=reason.strip()[:_MAX_REASON],
        )
        if not is_done:
            return _overtaken(request, db, operator, record)
        return _to(client_id)


def _overtaken(request: Request, db: Session, operator: Operator, record: PartyRecord) -> Response:
    db.refresh(record.party)
    return _review(request, db, operator, record, outcome="overtaken")


def _review(
    request: Request,
    db: Session,
    operator: Operator,
    record: PartyRecord,
    *,
    reason: str = "",
    outcome: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    party, language = record.party, language_of(request)
    current = record.metadata
    metadata = proposed_metadata(party, current=current) or current
    line = line_of(record, language)
    page = ReviewPage(
        operator=operator,
        line=line,
        agency_code=record.agency.code,
        metadata=metadata,
        current=current,
        services=_services(db, metadata, language),
        checks=list_checks(record, metadata=metadata),
        is_waiting=line.has_proposal or line.state == "submitted",
        may_suspend=may_take("suspend", party.state),
        may_resume=may_take("resume", party.state),
        seen_at=party.submitted_at.isoformat() if party.submitted_at else "",
        review_note=party.review_note,
        reason=reason,
        outcome=outcome,
        errors=errors or {},
    )
    status = 422 if errors else 409 if outcome else 200
    return render(request, "console/application.html", page, status=status)


def _services(db: Session, metadata: ClientMetadata, language: str) -> tuple[ServiceFact, ...]:
    services = find_services(db, codes=metadata.service)
    return tuple(
        ServiceFact(
            code=code,
            name=name_in(language, vietnamese=service.name_vi, english=service.name_en),
            level=service.level,
            required_acr=service.required_acr,
        )
        for code, service in sorted(services.items())
    )


def _get(db: Session, client_id: str) -> PartyRecord:
    record = find_party(db, client_id=client_id)
    if record is None:
        raise NotFound(N_("There is no page at this address."))
    return record


def _to(client_id: str) -> RedirectResponse:
    return RedirectResponse(f"/console/applications/{client_id}", status_code=303)
