"""Registering a sandbox application, changing an application, and asking for production.

A sandbox application is live and changes at once; its secret is shown once, to who signed in just
now: whoever filled in the form for longer makes a new one instead. A production one is
submitted for review by an owner of the agency, who may have written it, too; while it is live it
works on unchanged until an operator has agreed.
"""

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import list_systems
from idp.catalogue.models import InformationSystem
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.portal.entry import Frame, StaffVisit, for_staff, get_own_party, get_own_sandbox
from idp.portal.form_checks import take_form
from idp.portal.form_page import (
    Place,
    Purpose,
    application_path,
    keep_form,
    show_form,
    shown_metadata,
    to_application,
)
from idp.portal.form_parts import PARTS, part_of
from idp.portal.secret import form_secret, once_of, to_new_secret, to_secret
from idp.relying_parties.lookup import PartyRecord, find_production_twin
from idp.relying_parties.metadata import find_production_faults
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.register import find_sent_before, register_party
from idp.relying_parties.review import (
    Decision,
    change_party,
    is_stopped,
    may_change,
    request_production,
    submit,
)
from idp.relying_parties.secrets import may_show_again
from idp.web.access import is_recent
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.messages import N_, Message
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_SAVED = (Message("Saved."), Message("The application works like this from now on."))
_SUBMITTED = (
    Message("Submitted to the operator."),
    Message("You will see the decision here. Until then nothing changes for people who sign in."),
)
_HANDED_OVER = (
    Message("Handed over to an owner of your agency."),
    Message("An owner reads it here and submits it to the operator. Nothing changes until then."),
)
_NOT_SUBMITTED = (
    Message("Nothing was submitted: it is not as you saw it any more."),
    Message("Somebody has changed, submitted or decided it meanwhile. Look again below."),
)


_NO_SYSTEM = Message("Choose the system that people sign in to.")


@immutable
class SystemsPage:
    """Asks for which system an application is: code and name of each."""

    frame: Frame
    systems: tuple[tuple[str, str], ...]


@router.get("/portal/new")
@for_staff
def show_new(visit: StaffVisit, query: Query) -> Response:
    """An empty form for an application of that system, or first the question which one."""
    systems = list_systems(visit.db, agency_ids=visit.visitor.agency_ids)
    code = query.get("system", systems[0].code if len(systems) == 1 else "")
    system = next((each for each in systems if each.code == code), None)
    if system is None:
        page = SystemsPage(visit.visitor.frame, tuple(_choice(visit, each) for each in systems))
        return render(visit.request, "portal/systems.html", page)
    return show_form(visit, Place("new", system=_choice(visit, system)))


@router.post("/portal/new")
@for_staff
def register(visit: StaffVisit, fields: OwnForm) -> Response:
    """Register it. The form carries the row's id, so that sending it twice registers once."""
    party_id = _party_id(fields)
    existing = find_sent_before(visit.db, party_id=party_id)
    if existing is None:
        return _register(visit, fields, party_id)
    record, made_of = get_own_party(visit, existing.client_id), once_of(fields)
    secret = form_secret(visit, made_of, party_id=party_id)
    is_its_own = may_show_again(record.party, secret, at=clock.now())
    return _registered(visit, record.party, made_of if is_its_own else "")


def _register(visit: StaffVisit, fields: Mapping[str, str], party_id: UUID) -> Response:
    systems = list_systems(visit.db, agency_ids=visit.visitor.agency_ids)
    system = next((each for each in systems if each.code == fields.get("system", "")), None)
    if system is None:
        return go_and_tell(visit.request, visit.request.url.path, _NO_SYSTEM, is_done=False)
    place = Place("new", system=_choice(visit, system))
    agency_ids = {system.agency_id}
    metadata = take_form(visit, place, fields, agency_ids=agency_ids, party_id=str(party_id))
    if isinstance(metadata, Response):
        return metadata
    made_of = once_of(fields)
    registered = register_party(
        visit.db,
        system_id=system.id,
        environment=Environment.SANDBOX,
        state=RelyingPartyState.LIVE,
        metadata=metadata,
        party_id=party_id,
        client_secret=form_secret(visit, made_of, party_id=party_id),
        at=clock.now(),
        by=visit.visitor.session.person_id,
    )
    return _registered(visit, registered.party, made_of if registered.client_secret else "")


def _registered(visit: StaffVisit, party: RelyingParty, made_of: str) -> Response:
    """To its secret, which is made of that; to its page, where it has none to show."""
    if not made_of:
        return to_application(party.client_id)
    if not is_recent(visit.request, visit.visitor.session):
        return to_new_secret(party.client_id)
    return to_secret(visit, party.client_id, made_of, is_first=True)


@router.get("/portal/applications/{client_id}/edit/{part}")
@for_staff
def show_edit(visit: StaffVisit, client_id: str, part: str) -> Response:
    """A part of the form with what is registered, or with the change that waits."""
    record, place = _part_of_own(visit, client_id, part)
    if not may_change(record.party) or is_stopped(visit.db, record.party):
        return to_application(client_id)
    return show_form(visit, place)


@router.post("/portal/applications/{client_id}/edit/{part}")
@for_staff
def edit(visit: StaffVisit, client_id: str, part: str, fields: OwnForm) -> Response:
    """Change it, submit it, or propose the change, as its environment and state demand."""
    record, place = _part_of_own(visit, client_id, part)
    metadata = take_form(visit, place, fields)
    if isinstance(metadata, Response):
        return metadata
    is_done = change_party(
        visit.db,
        party=record.party,
        metadata=metadata,
        at=clock.now(),
        by=visit.visitor.session.person_id,
        is_submitted=visit.visitor.may_submit(record),
    )
    if not is_done:
        return keep_form(visit, place, fields)
    if place.purpose == "edit":
        what, meaning = _SAVED
    else:
        what, meaning = _SUBMITTED if visit.visitor.may_submit(record) else _HANDED_OVER
    return go_and_tell(visit.request, application_path(client_id), what, meaning=meaning)


@router.post("/portal/applications/{client_id}/submit")
@for_staff
def submit_to_operator(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Hand on what a developer wrote, as the owner saw it; else the page shows it as it is now.

    What lacks something that production needs goes to the form, which asks for it.
    """
    record = get_own_party(visit, client_id)
    if not visit.visitor.may_submit(record):
        raise NotFound(N_("There is no page at this address."))
    purpose = _purpose(record.party)
    lacking = [*find_production_faults(shown_metadata(record, purpose))]
    if purpose != "edit" and lacking:
        part = part_of(lacking[0].field)
        return RedirectResponse(f"{application_path(client_id)}/edit/{part}", status_code=303)
    decision = submit(
        visit.db,
        relying_party_id=record.party.id,
        seen=fields.get("version", ""),
        at=clock.now(),
        by=visit.visitor.session.person_id,
    )
    is_done = decision is Decision.DONE
    what, meaning = _SUBMITTED if is_done else _NOT_SUBMITTED
    path = application_path(client_id)
    return go_and_tell(visit.request, path, what, meaning=meaning, is_done=is_done)


@router.get("/portal/applications/{client_id}/production")
@for_staff
def show_production(visit: StaffVisit, client_id: str) -> Response:
    """The form for a production application, filled in from the sandbox one."""
    record = get_own_sandbox(visit, client_id)
    twin = find_production_twin(visit.db, sandbox_id=record.party.id)
    if twin is not None:
        return to_application(twin.client_id)
    if record.party.state is not RelyingPartyState.LIVE:
        return to_application(client_id)
    return show_form(visit, Place("production", record))


@router.post("/portal/applications/{client_id}/production")
@for_staff
def ask_for_production(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Make the production application, submitted by an owner; one sandbox application has one."""
    record = get_own_sandbox(visit, client_id)
    place = Place("production", record)
    metadata = take_form(visit, place, fields)
    if isinstance(metadata, Response):
        return metadata
    party = request_production(
        visit.db,
        sandbox=record.party,
        metadata=metadata,
        at=clock.now(),
        by=visit.visitor.session.person_id,
        is_submitted=visit.visitor.may_submit(record),
    )
    if party is None:
        party = find_production_twin(visit.db, sandbox_id=record.party.id)
    if party is None:
        return keep_form(visit, place, fields)
    what, meaning = _SUBMITTED if visit.visitor.may_submit(record) else _HANDED_OVER
    return go_and_tell(visit.request, application_path(party.client_id), what, meaning=meaning)


def _part_of_own(visit: StaffVisit, client_id: str, part: str) -> tuple[PartyRecord, Place]:
    """The relying party, and that part of the form about it; raises NotFound for none."""
    record = get_own_party(visit, client_id)
    if part not in PARTS:
        raise NotFound(N_("There is no page at this address."))
    return record, Place(_purpose(record.party), record, part)


def _purpose(party: RelyingParty) -> Purpose:
    if party.environment is Environment.SANDBOX:
        return "edit"
    return "change" if party.state is RelyingPartyState.LIVE else "resubmit"


def _choice(visit: StaffVisit, system: InformationSystem) -> tuple[str, str]:
    return system.code, system.name(language_of(visit.request))


def _party_id(fields: Mapping[str, str]) -> UUID:
    try:
        return UUID(fields.get("party_id", ""))
    except ValueError:
        return uuid4()
