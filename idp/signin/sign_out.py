"""Signing out: asked once, done at once, and said plainly what may still be open."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.interactions.progress import remember_session
from idp.journal.record import record
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.relying_parties.lookup import PartyName, find_party_names
from idp.sessions.end import end_session
from idp.sessions.lookup import CurrentSession, find_just_ended
from idp.signin.part import SignInPart
from idp.signin.visit import Going, find_party, going_to, idempotent_page, interaction_page
from idp.tokens.end import end_session_grants
from idp.tokens.logout import list_front_channels, list_session_parties
from idp.web.cookies import clear_session
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.headers import allow_frame
from idp.web.language import language_of
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.satisfaction import TOO_LATE, Asked, asked_of, take_answer
from idp.web.templates import render
from idp.web.told import go_and_tell
from idp.web.who import signed_in

router = Router()
_STILL_THERE = timedelta(minutes=2)
"""So long after signing out, whoever looks at the page is taken to be who did."""
_FAULTS = {
    "address": N_("The address that the service asked us to return to is not registered for it."),
    "client": N_("The service that sent you here is not registered, or not in operation."),
    "nobody": N_("The service that sent you here did not say which one it is."),
    "hint": N_("What the service sent us does not show that it may sign you out."),
}
"""By the word that the endpoint hands over."""


@immutable
class Fault:
    """What is wrong with what the service sent, so that nobody is taken back to it."""

    sentence: str
    error_id: str


@immutable
class SignOutPage:
    """The question."""

    going: Going
    name: str
    fault: Fault | None
    asked: Asked | None
    """How the last sign-in went: the page is there anyway."""


@immutable
class StillOpen:
    """A service that may have a sign-in of its own."""

    name: str
    agency: str
    uri: str
    is_test: bool


@immutable
class SignedOutPage:
    """Signed out here; what may still be open, and the way back to who asked.

    `frames` are addresses that sign people out of other services when they are opened. The page
    goes on by itself when nothing else is left to say.
    """

    going: Going
    still_open: tuple[StillOpen, ...]
    onward: str
    frames: tuple[str, ...]
    goes_on: bool
    fault: Fault | None
    asked: Asked | None


@router.get("/sign-out/{interaction_id}")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction, query: Query) -> Response:
    """Ask; whoever is not signed in has nothing to confirm."""
    session = signed_in(request, db)
    if session is None:
        return _go_on(request, db, interaction, query=request.url.query)
    page = SignOutPage(
        going=going_to(request, interaction),
        name=session.name,
        fault=_read_fault(query),
        asked=_asked(request, db, interaction, (session.person_id, session.subject_number)),
    )
    return render(request, "signin/sign_out.html", page)


@router.post("/sign-out/{interaction_id}")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, _form: OwnForm) -> Response:
    """End the session of this browser and the online tokens that came from it."""
    session = signed_in(request, db)
    if session is not None:
        _end(db, interaction, session)
    clear_session(request)
    return _go_on(request, db, interaction)


@router.get("/sign-out/{interaction_id}/done")
@interaction_page
def show_done(request: Request, db: Session, interaction: Interaction, query: Query) -> Response:
    """Say that it is done, what may still be open, and where to go on."""
    language = language_of(request)
    front = _front_channels(request, db, interaction)
    for uri in front.values():
        allow_frame(request, uri)
    still_open = _still_open(request, db, interaction, told=front)
    onward = interaction.post_logout_uri
    goes_on = bool(onward) and bool(front) and not still_open
    owner = None if goes_on else _who_left(request, db, interaction)
    page = SignedOutPage(
        going=going_to(request, interaction),
        still_open=tuple(
            StillOpen(
                name=party.name(language),
                agency=party.agency_name(language),
                uri=party.client_uri,
                is_test=party.is_test,
            )
            for party in still_open
        ),
        onward=onward,
        frames=tuple(front.values()),
        goes_on=goes_on,
        fault=_read_fault(query),
        asked=_asked(request, db, interaction, owner) if owner else None,
    )
    return render(request, "signin/signed_out.html", page)


@router.post("/sign-out/{interaction_id}/satisfaction")
@idempotent_page
def submit_answer(
    request: Request, db: Session, interaction: Interaction, form: OwnForm
) -> Response:
    """Count how the sign-in went, once, before signing out or just after it.

    Whoever signed in after that was not asked here, and whoever comes later to a page that was left
    open is not the person it asked.
    """
    path = f"/sign-out/{interaction.id}"
    if interaction.sid is None:
        session = signed_in(request, db)
        if session is None:
            return RedirectResponse(f"{path}/done", status_code=303)
        return take_answer(request, db, form, person_id=session.person_id, back=path)
    owner = _who_left(request, db, interaction)
    if owner is None:
        return go_and_tell(request, f"{path}/done", TOO_LATE, is_done=False)
    return take_answer(request, db, form, person_id=owner[0], back=f"{path}/done")


def _who_left(request: Request, db: Session, interaction: Interaction) -> tuple[UUID, int] | None:
    """Who signed out on this page a moment ago, where nobody has signed in here since."""
    if interaction.sid is None or signed_in(request, db) is not None:
        return None
    return find_just_ended(db, sid=interaction.sid, since=clock.now() - _STILL_THERE)


def _asked(
    request: Request, db: Session, interaction: Interaction, whose: tuple[UUID, int]
) -> Asked | None:
    person_id, number = whose
    path = f"/sign-out/{interaction.id}/satisfaction"
    return asked_of(request, db, person_id=person_id, subject_number=number, path=path)


def _end(db: Session, interaction: Interaction, session: CurrentSession) -> None:
    if end_session(db, sid=session.sid):
        record(
            db,
            event="session.ended",
            reason="sign_out",
            sign_in_id=interaction.id,
            subject_number=session.subject_number,
            relying_party_id=interaction.relying_party_id,
            counted=False,
        )
    end_session_grants(db, sid=session.sid)
    remember_session(
        db, interaction_id=interaction.id, person_id=session.person_id, sid=session.sid
    )
    interaction.sid = session.sid


def _read_fault(query: Mapping[str, str]) -> Fault | None:
    sentence = _FAULTS.get(query.get("fault", ""))
    return Fault(sentence, query.get("error", "")[:9]) if sentence else None


def _go_on(request: Request, db: Session, interaction: Interaction, *, query: str = "") -> Response:
    """Straight back to the service that asked when no other is to be told of, else to the page."""
    onward = interaction.post_logout_uri
    front = _front_channels(request, db, interaction)
    if onward and not front and not _still_open(request, db, interaction, told=front):
        return RedirectResponse(onward, status_code=303)
    path = f"/sign-out/{interaction.id}/done"
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303)


def _front_channels(request: Request, db: Session, interaction: Interaction) -> dict[UUID, str]:
    """Where a frame signs out each service of the ended session that can be told so, by party."""
    if interaction.sid is None:
        return {}
    site = Site.of(request)
    return list_front_channels(
        db,
        sid=interaction.sid,
        issuer=site.issuer.url,
        parties=SignInPart.of(request).relying_parties,
        keyring=site.keyring,
    )


def _still_open(
    request: Request, db: Session, interaction: Interaction, *, told: Collection[UUID]
) -> list[PartyName]:
    """Services of the ended session that nobody tells, but for the one that asked."""
    if interaction.sid is None:
        return []
    asking = find_party(request, interaction)
    used = list_session_parties(db, sid=interaction.sid)
    known = {*told, asking.id} if asking is not None else {*told}
    others = [party_id for party_id in used if party_id not in known]
    return list(find_party_names(db, party_ids=others).values())
