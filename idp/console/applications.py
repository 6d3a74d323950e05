"""The page of one application, and the decisions about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import find_services
from idp.catalogue.models import PublicService
from idp.console.entry import Operator, OperatorVisit, for_operators
from idp.console.queue import Line, line_of
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import ClientField
from idp.relying_parties.hosts import check_hosts
from idp.relying_parties.lifecycle import Step, may_take, take_step
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.review import (
    Check,
    approve,
    list_checks,
    proposed_metadata,
    request_changes,
)
from idp.web.csrf import OwnForm
from idp.web.forms import read_instant
from idp.web.language import language_of
from idp.web.messages import N_
from idp.web.templates import render

router = APIRouter()

_MAX_REASON = 1000


@dataclass(frozen=True)
class ReviewPage:
    """One application, and what may be decided. `metadata` is what would be live afterwards."""

    operator: Operator
    fields: Mapping[str, ClientField]
    line: Line
    agency_code: str
    metadata: ClientMetadata
    current: ClientMetadata
    services: Mapping[str, PublicService]
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
@for_operators
def show_application(visit: OperatorVisit, client_id: str) -> Response:
    """Everything an operator decides by, and the buttons."""
    return _review(visit, _get(visit, client_id))


@router.post("/console/applications/{client_id}/approve")
@for_operators
def approve_application(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Make what the operator saw live."""
    record, seen_at = _get(visit, client_id), read_instant(fields.get("seen_at", ""))
    is_done = seen_at is not None and approve(
        visit.db,
        relying_party_id=record.party.id,
        seen_at=seen_at,
        at=clock.now(),
        by=visit.visitor.number,
    )
    return _after(visit, record, is_done=is_done)


@router.post("/console/applications/{client_id}/changes")
@for_operators
def ask_for_changes(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Send it back, with a reason that the agency's staff read."""
    record, seen_at = _get(visit, client_id), read_instant(fields.get("seen_at", ""))
    reason = fields.get("reason", "").strip()
    if not 0 < len(reason) <= _MAX_REASON:
        error = N_("Say what has to change, in 1000 characters at most.")
        return _review(visit, record, reason=reason, errors={"reason": error})
    is_done = seen_at is not None and request_changes(
        visit.db,
        relying_party_id=record.party.id,
        seen_at=seen_at,
        reason=reason,
        at=clock.now(),
        by=visit.visitor.number,
    )
    return _after(visit, record, is_done=is_done)


@router.post("/console/applications/{client_id}/suspend")
@for_operators
def suspend(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Stop every sign-in through it at once."""
    return _step(visit, client_id, "suspend", reason=fields.get("suspend_reason", ""))


@router.post("/console/applications/{client_id}/resume")
@for_operators
def resume(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Let people sign in through it again."""
    return _step(visit, client_id, "resume", reason=fields.get("suspend_reason", ""))


def _step(visit: OperatorVisit, client_id: str, step: Step, *, reason: str) -> Response:
    record = _get(visit, client_id)
    is_done = take_step(
        visit.db,
        relying_party_id=record.party.id,
        step=step,
        at=clock.now(),
        by=visit.visitor.number,
        reason=reason.strip()[:_MAX_REASON],
    )
    return _after(visit, record, is_done=is_done)


def _after(visit: OperatorVisit, record: PartyRecord, *, is_done: bool) -> Response:
    """The application's page again; it says so when somebody else has decided meanwhile."""
    if is_done:
        return RedirectResponse(f"/console/applications/{record.party.client_id}", status_code=303)
    visit.db.refresh(record.party)
    return _review(visit, record, outcome="overtaken")


def _review(
    visit: OperatorVisit,
    record: PartyRecord,
    *,
    reason: str = "",
    outcome: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    party, language = record.party, language_of(visit.request)
    current = record.metadata
    metadata = proposed_metadata(party, current=current) or current
    line = line_of(record, language)
    page = ReviewPage(
        operator=visit.visitor,
        fields=FIELDS,
        line=line,
        agency_code=record.agency.code,
        metadata=metadata,
        current=current,
        services=find_services(visit.db, codes=metadata.service),
        checks=(
            *list_checks(record, metadata=metadata),
            check_hosts(visit.db, record, metadata=metadata),
        ),
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
    return render(visit.request, "console/application.html", page, status=status)


def _get(visit: OperatorVisit, client_id: str) -> PartyRecord:
    record = find_party(visit.db, client_id=client_id)
    if record is None:
        raise NotFound(N_("There is no page at this address."))
    return record
