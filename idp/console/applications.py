"""The page of one application, and the decisions about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import find_services
from idp.catalogue.models import PublicService
from idp.console.entry import Operator, OperatorVisit, for_decisions, for_operators
from idp.console.queue import Line, line_of
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.mandates.posts import may_decide
from idp.relying_parties.checks import Check, list_checks
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import ClientField
from idp.relying_parties.hosts import (
    check_former_hosts,
    check_hosts,
    find_neighbours,
    version_of_hosts,
)
from idp.relying_parties.lifecycle import Step, may_take, take_step
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.review import Decision, approve, request_changes, version_of
from idp.relying_parties.waiting import proposed_metadata, waits_for_operator
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

_MAX_REASON = 1000


@dataclass(frozen=True)
class ReviewPage:
    """One application, and what may be decided.

    `current` is what is registered, `after` what would be: every field in which they differ is
    shown, and every one of `current` that is not as usual.
    """

    operator: Operator
    fields: Mapping[str, ClientField]
    line: Line
    agency_code: str
    after: ClientMetadata
    current: ClientMetadata
    services: Mapping[str, PublicService]
    checks: tuple[Check, ...]
    is_waiting: bool
    refusal: str
    """Why another operator decides: `agency`, `own`; empty: this one may."""
    may_suspend: bool
    may_resume: bool
    version: str
    hosts: str
    """Of who else is at its hosts, as the operator saw it."""
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
@for_decisions
def approve_application(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Make what the operator saw live."""
    record = _get(visit, client_id)
    if not _may_decide(visit, record):
        return _after(visit, record, "agency")
    decision = approve(
        visit.db,
        relying_party_id=record.party.id,
        seen=fields.get("version", ""),
        seen_hosts=fields.get("hosts", ""),
        at=clock.now(),
        by=visit.visitor.session.person_id,
    )
    return _after(visit, record, decision)


@router.post("/console/applications/{client_id}/changes")
@for_decisions
def ask_for_changes(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Send it back, with a reason that the agency's staff read."""
    record = _get(visit, client_id)
    reason = fields.get("reason", "").strip()
    if not 0 < len(reason) <= _MAX_REASON:
        error = N_("Say what has to change, in 1000 characters at most.")
        return _review(visit, record, reason=reason, errors={"reason": error})
    if not _may_decide(visit, record):
        return _after(visit, record, "agency")
    seen, at = fields.get("version", ""), clock.now()
    decision = request_changes(
        visit.db, relying_party_id=record.party.id, seen=seen, reason=reason, at=at
    )
    return _after(visit, record, decision)


@router.post("/console/applications/{client_id}/suspend")
@for_decisions
def suspend(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Stop every sign-in through it at once."""
    return _step(visit, client_id, "suspend", reason=fields.get("suspend_reason", ""))


@router.post("/console/applications/{client_id}/resume")
@for_decisions
def resume(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Let people sign in through it again."""
    return _step(visit, client_id, "resume", reason=fields.get("suspend_reason", ""))


def _step(visit: OperatorVisit, client_id: str, step: Step, *, reason: str) -> Response:
    record = _get(visit, client_id)
    if not _may_decide(visit, record):
        return _after(visit, record, "agency")
    reason, at = reason.strip()[:_MAX_REASON], clock.now()
    is_done = take_step(visit.db, relying_party_id=record.party.id, step=step, at=at, reason=reason)
    return _after(visit, record, Decision.DONE if is_done else Decision.OVERTAKEN)


def _may_decide(visit: OperatorVisit, record: PartyRecord) -> bool:
    return may_decide(
        visit.db,
        person_id=visit.visitor.session.person_id,
        agency_id=record.agency.id,
        on=Site.of(visit.request).today,
    )


def _after(visit: OperatorVisit, record: PartyRecord, decision: str) -> Response:
    """The application's page again; it says so when nothing was decided, and why."""
    if decision == Decision.DONE:
        return RedirectResponse(f"/console/applications/{record.party.client_id}", status_code=303)
    visit.db.expire_all()
    return _review(visit, _get(visit, record.party.client_id), outcome=decision)


def _once_approved(record: PartyRecord) -> ClientMetadata:
    """What would be registered after an approval."""
    current, waits = record.metadata, waits_for_operator(record.party)
    return (proposed_metadata(record.party, current=current) if waits else None) or current


def _review(
    visit: OperatorVisit,
    record: PartyRecord,
    *,
    reason: str = "",
    outcome: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    party, language = record.party, language_of(visit.request)
    current, after, decides = record.metadata, _once_approved(record), _may_decide(visit, record)
    neighbours = find_neighbours(visit.db, system_id=party.system_id, metadata=after)
    is_own = visit.visitor.session.person_id in party.authored_by_ids
    page = ReviewPage(
        operator=visit.visitor,
        fields=FIELDS,
        line=line_of(record, language),
        agency_code=record.agency.code,
        after=after,
        current=current,
        services=find_services(visit.db, codes={*after.service, *current.service}),
        checks=(
            *list_checks(visit.db, record, metadata=after),
            check_hosts(neighbours),
            check_former_hosts(neighbours, time_zone=Site.of(visit.request).country.time_zone),
        ),
        is_waiting=waits_for_operator(party),
        refusal="own" if is_own else "" if decides else "agency",
        may_suspend=decides and may_take("suspend", party.state),
        may_resume=decides and may_take("resume", party.state),
        version=version_of(party, current=current),
        hosts=version_of_hosts(neighbours),
        review_note=party.review_note,
        reason=reason,
        outcome=outcome,
        errors=errors or {},
    )
    return render(visit.request, "console/application.html", page, status=_status(outcome, errors))


def _status(outcome: str, errors: Mapping[str, str] | None) -> int:
    if errors:
        return 422
    if not outcome:
        return 200
    return 403 if outcome in ("agency", Decision.OWN) else 409


def _get(visit: OperatorVisit, client_id: str) -> PartyRecord:
    record = find_party(visit.db, client_id=client_id)
    if record is None:
        raise NotFound(N_("There is no page at this address."))
    return record
