"""The page of one application, and the decisions about it."""

from collections.abc import Mapping

from starlette.responses import Response

from idp.catalogue.lookup import find_services
from idp.catalogue.models import PublicService
from idp.console.entry import Operator, OperatorVisit, for_decisions, for_operators
from idp.console.queue import Line, application_path, line_of
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.mandates.posts import may_decide
from idp.people.profile import find_names
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
from idp.relying_parties.lookup import PartyRecord, find_party, list_awaiting_review
from idp.relying_parties.review import Decision, approve, request_changes, version_of
from idp.relying_parties.waiting import proposed_metadata, waits_for_operator
from idp.web.csrf import OwnForm
from idp.web.kept import leave_if_it_fits, read_left
from idp.web.language import language_of
from idp.web.messages import N_, Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()

_MAX_REASON = 1000
_NO_REASON = Message("Say what has to change, in 1000 characters at most.")
_BACK = (Message("Back to what waits"), "/console")
_DONE = {
    "approve": (
        Message("%(name)s is approved."),
        Message("It works as shown below from now on. Its agency sees that in the portal."),
    ),
    "changes": (
        Message("%(name)s is sent back."),
        Message("Its agency reads your reason in the portal, and submits it again."),
    ),
    "suspend": (
        Message("%(name)s is suspended."),
        Message("Nobody can sign in through it. It goes on when an operator says so, below."),
    ),
    "resume": (
        Message("%(name)s goes on."),
        Message("People can sign in through it again. It has to ask for new tokens."),
    ),
}
"""What was done, and what it means."""
_NOTHING = Message("Nothing was decided")
_WHY = {
    Decision.OVERTAKEN: Message("Somebody else has decided, or it has changed. Look again below."),
    Decision.STOPPED: Message("Its sandbox application is suspended: resume that first."),
    Decision.OWN: Message("You had a part in what waits here. Another operator decides."),
    "agency": Message(
        "You hold a post at this agency, above or below it. Another operator decides."
    ),
}


@immutable
class ReviewPage:
    """One application, and what may be decided.

    `current` is what is registered, `after` what would be: every field in which they differ is
    shown, and every one of `current` that is not as usual.
    """

    operator: Operator
    fields: Mapping[str, ClientField]
    line: Line
    agency_code: str
    authors: tuple[str, ...]
    """Who wrote and submitted what waits, in that order."""
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
    errors: Mapping[str, Message]


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
        return _after(visit, record, "agency", "")
    decision = approve(
        visit.db,
        relying_party_id=record.party.id,
        seen=fields.get("version", ""),
        seen_hosts=fields.get("hosts", ""),
        at=clock.now(),
        by=visit.visitor.session.person_id,
    )
    return _after(visit, record, decision, "approve")


@router.post("/console/applications/{client_id}/changes")
@for_decisions
def ask_for_changes(visit: OperatorVisit, client_id: str, fields: OwnForm) -> Response:
    """Send it back, with a reason that the agency's staff read."""
    record = _get(visit, client_id)
    reason = fields.get("reason", "").strip()
    if not 0 < len(reason) <= _MAX_REASON:
        path, left = application_path(client_id), {"reason": reason[: 2 * _MAX_REASON]}
        back = leave_if_it_fits(visit.request, path, left, whose=visit.visitor.session.sid)
        return back or _review(visit, record, left)
    if not _may_decide(visit, record):
        return _after(visit, record, "agency", "")
    seen, at = fields.get("version", ""), clock.now()
    decision = request_changes(
        visit.db, relying_party_id=record.party.id, seen=seen, reason=reason, at=at
    )
    return _after(visit, record, decision, "changes")


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
        return _after(visit, record, "agency", "")
    reason, at = reason.strip()[:_MAX_REASON], clock.now()
    is_done = take_step(visit.db, relying_party_id=record.party.id, step=step, at=at, reason=reason)
    return _after(visit, record, Decision.DONE if is_done else Decision.OVERTAKEN, step)


def _may_decide(visit: OperatorVisit, record: PartyRecord) -> bool:
    return may_decide(
        visit.db,
        person_id=visit.visitor.session.person_id,
        agency_id=record.agency.id,
        on=Site.of(visit.request).today,
    )


def _after(visit: OperatorVisit, record: PartyRecord, decision: str, act: str) -> Response:
    """The application's page again, which says what was done, or why nothing was."""
    request, path = visit.request, application_path(record.party.client_id)
    if decision != Decision.DONE:
        return go_and_tell(request, path, _NOTHING, meaning=_WHY[decision], is_done=False)
    what, meaning = _DONE[act]
    named = Message(*what.forms, name=record.party.name(language_of(request)))
    return go_and_tell(request, path, named, meaning=meaning, onward=_next(visit))


def _next(visit: OperatorVisit) -> tuple[Message, str]:
    """What waits longest by now, else the queue."""
    for waiting in list_awaiting_review(visit.db):
        name = waiting.party.name(language_of(visit.request))
        return Message("Next: %(name)s", name=name), application_path(waiting.party.client_id)
    return _BACK


def _once_approved(record: PartyRecord) -> ClientMetadata:
    """What would be registered after an approval."""
    current, waits = record.metadata, waits_for_operator(record.party)
    return (proposed_metadata(record.party, current=current) if waits else None) or current


def _review(
    visit: OperatorVisit, record: PartyRecord, left: Mapping[str, str] | None = None
) -> Response:
    """The page; `left` is what was sent and could not be taken, else what the browser brings."""
    left = left or read_left(visit.request, whose=visit.visitor.session.sid)
    party, language = record.party, language_of(visit.request)
    current, after, decides = record.metadata, _once_approved(record), _may_decide(visit, record)
    neighbours = find_neighbours(visit.db, system_id=party.system_id, metadata=after)
    names = find_names(visit.db, person_ids=party.authored_by_ids)
    is_own = visit.visitor.session.person_id in party.authored_by_ids
    page = ReviewPage(
        operator=visit.visitor,
        fields=FIELDS,
        line=line_of(record, language),
        agency_code=record.agency.code,
        authors=tuple(names[person] for person in party.authored_by_ids if person in names),
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
        reason=left.get("reason", ""),
        errors={"reason": _NO_REASON} if left else {},
    )
    return render(visit.request, "console/application.html", page)


def _get(visit: OperatorVisit, client_id: str) -> PartyRecord:
    record = find_party(visit.db, client_id=client_id)
    if record is None:
        raise NotFound(N_("There is no page at this address."))
    return record
