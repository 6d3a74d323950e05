"""Who may try an application of the sandbox, besides the team itself."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.people.identifiers import mask_number, normalise_number
from idp.portal.entry import Frame, StaffVisit, for_staff, get_own_sandbox
from idp.portal.form_page import application_path
from idp.testers.invitations import (
    MOST,
    Answer,
    Invited,
    invite_tester,
    list_testers,
    remove_tester,
)
from idp.web.csrf import OwnForm
from idp.web.forms import Query, id_in
from idp.web.kept import leave, packed, read_left, unpacked
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.paging import Leaf, cut
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_LONGEST = 64
_LISTED = 5
"""Testers on a page."""

_REFUSED: dict[Answer, str] = {
    "known": N_("This number is among the testers already."),
    "full": N_("There are as many testers as an application may have. Remove one first."),
    "often": N_("Your agency has invited as many people as it may in 30 days. Invite more later."),
}


@immutable
class TestersPage:
    """Those invited, and the form to invite one more."""

    frame: Frame
    client_id: str
    name: str
    leaf: Leaf[Invited]
    most: int
    typed: str
    errors: Mapping[str, Message]


@router.get("/portal/applications/{client_id}/testers")
@for_staff
def show_testers(visit: StaffVisit, client_id: str, query: Query) -> Response:
    """The list; the numbers are masked."""
    record = get_own_sandbox(visit, client_id)
    party, keyring = record.party, Site.of(visit.request).keyring
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    invited = list_testers(visit.db, keyring=keyring, relying_party_id=party.id)
    page = TestersPage(
        frame=visit.visitor.frame,
        client_id=party.client_id,
        name=party.name(language_of(visit.request)),
        leaf=cut(invited, query, most=_LISTED),
        most=MOST,
        typed=left.get("typed", ""),
        errors={"number": unpacked(left["refusal"])} if left else {},
    )
    return render(visit.request, "portal/testers.html", page)


@router.post("/portal/applications/{client_id}/testers")
@for_staff
def invite(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Invite the holder of a citizen number."""
    record, typed = get_own_sandbox(visit, client_id), fields.get("number", "")
    try:
        number = normalise_number(typed, today=Site.of(visit.request).today)
    except InvalidInput as error:
        return _refuse(visit, typed, error.public)
    answer = invite_tester(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        relying_party_id=record.party.id,
        number=number,
        at=clock.now(),
    )
    if answer in _REFUSED:
        return _refuse(visit, typed, _REFUSED[answer])
    return go_and_tell(
        visit.request,
        _path(client_id),
        Message("%(number)s may now try the application.", number=mask_number(number)),
        meaning=Message("Tell the person: nobody else does. They sign in as usual."),
    )


@router.post("/portal/applications/{client_id}/testers/remove")
@for_staff
def remove(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Take an invitation back; sent twice, it is taken back once."""
    record = get_own_sandbox(visit, client_id)
    tester_id = id_in(fields, "tester")
    is_removed = tester_id is not None and remove_tester(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        relying_party_id=record.party.id,
        tester_id=tester_id,
        at=clock.now(),
    )
    if not is_removed:
        return RedirectResponse(_path(client_id), status_code=303)
    return go_and_tell(
        visit.request,
        _path(client_id),
        Message("The invitation is taken back."),
        meaning=Message("The person can no longer sign in to the application."),
    )


def _refuse(visit: StaffVisit, typed: str, refusal: str) -> Response:
    path = visit.request.url.path
    left = {"typed": typed[:_LONGEST], "refusal": packed(Message(refusal))}
    return leave(visit.request, path, left, whose=visit.visitor.session.sid)


def _path(client_id: str) -> str:
    return f"{application_path(client_id)}/testers"
