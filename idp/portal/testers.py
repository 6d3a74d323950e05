"""Who may try an application of the sandbox, besides the team itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.messages import N_
from idp.people.identifiers import normalise_number
from idp.portal.entry import Frame, StaffVisit, for_staff, get_own_sandbox
from idp.portal.form_page import application_path
from idp.relying_parties.lookup import PartyRecord
from idp.testers.invitations import (
    MOST,
    Answer,
    Invited,
    invite_tester,
    list_testers,
    remove_tester,
)
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

_REFUSED: dict[Answer, str] = {
    "known": N_("This number is among the testers already."),
    "full": N_("There are as many testers as an application may have. Remove one first."),
    "often": N_("Your agency has invited as many people as it may in 30 days. Invite more later."),
}


@dataclass(frozen=True)
class TestersPage:
    """Those invited, and the form to invite one more."""

    frame: Frame
    client_id: str
    name: str
    testers: list[Invited]
    most: int
    typed: str
    errors: Mapping[str, Message]


@router.get("/portal/applications/{client_id}/testers")
@for_staff
def show_testers(visit: StaffVisit, client_id: str) -> Response:
    """The list; the numbers are masked."""
    return _page(visit, get_own_sandbox(visit, client_id))


@router.post("/portal/applications/{client_id}/testers")
@for_staff
def invite(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Invite the holder of a citizen number."""
    record, typed = get_own_sandbox(visit, client_id), fields.get("number", "")
    try:
        number = normalise_number(typed, today=Site.of(visit.request).today)
    except InvalidInput as error:
        return _page(visit, record, typed=typed, refusal=error.public)
    answer = invite_tester(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        relying_party_id=record.party.id,
        number=number,
        at=clock.now(),
    )
    if answer in _REFUSED:
        return _page(visit, record, typed=typed, refusal=_REFUSED[answer])
    return _to_testers(client_id)


@router.post("/portal/applications/{client_id}/testers/remove")
@for_staff
def remove(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Take an invitation back; sent twice, it is taken back once."""
    record = get_own_sandbox(visit, client_id)
    if (tester_id := _read_id(fields.get("tester", ""))) is not None:
        remove_tester(
            visit.db,
            keyring=Site.of(visit.request).keyring,
            relying_party_id=record.party.id,
            tester_id=tester_id,
            at=clock.now(),
        )
    return _to_testers(client_id)


def _page(
    visit: StaffVisit, record: PartyRecord, *, typed: str = "", refusal: str = ""
) -> Response:
    party, keyring = record.party, Site.of(visit.request).keyring
    page = TestersPage(
        frame=visit.visitor.frame,
        client_id=party.client_id,
        name=party.name(language_of(visit.request)),
        testers=list_testers(visit.db, keyring=keyring, relying_party_id=party.id),
        most=MOST,
        typed=typed,
        errors={"number": Message(refusal)} if refusal else {},
    )
    return render(visit.request, "portal/testers.html", page, status=422 if refusal else 200)


def _to_testers(client_id: str) -> Response:
    return RedirectResponse(f"{application_path(client_id)}/testers", status_code=303)


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
