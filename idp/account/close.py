"""Closing the account: what happens, the act, and for a while the one page that takes it back."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.activity import PATH as ACTIVITY
from idp.account.entry import owner_page, restart_session
from idp.account.overview import PATH as OVERVIEW
from idp.account.part import AccountPart
from idp.accounts.closing import begin_closing, find_waiting, undo_closing
from idp.consents.lookup import list_consents
from idp.journal.models import KEPT_YEARS
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.mandates.obligations import Obligation, list_obligations
from idp.relying_parties.lookup import find_party_names
from idp.sessions.lookup import CurrentSession
from idp.web.access import CLOSING
from idp.web.cookies import clear_session
from idp.web.csrf import OwnForm
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/close"
_NAMED = 10
"""So many services, or duties, are named; of more it is said how many."""
_NOT_UNDERSTOOD = Message("Tick that you have read what happens.")


@immutable
class Duty:
    """What has to be handed on first: the role, and the name of the body."""

    role: str
    body: str


@immutable
class ClosePage:
    """What has to be done first; else until when it can be undone, and which services lose it."""

    name: str
    duties: tuple[Duty, ...]
    other_duties: int
    """How many there are besides."""
    closes_at: datetime
    services: tuple[str, ...]
    other_services: int
    errors: Mapping[str, Message]
    kept_years: int = KEPT_YEARS


@immutable
class ClosingPage:
    """Until when the account can be kept; `is_over`: it cannot any more.

    `waits_until`: it is not erased before, as it may be taken back from whoever closed it.
    """

    name: str
    closes_at: datetime
    is_over: bool
    waits_until: datetime | None


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def ask(request: Request, db: Session, session: CurrentSession) -> Response:
    """Say what will happen, or what has to be done first."""
    language, today = language_of(request), Site.of(request).today
    consents = list_consents(db, person_id=session.person_id)
    names = find_party_names(db, party_ids={one.relying_party_id for one in consents})
    duties = list_obligations(db, person_id=session.person_id, on=today)
    services = sorted({party.name(language) for party in names.values()})
    page = ClosePage(
        name=session.name,
        duties=tuple(_duty(one, language) for one in duties[:_NAMED]),
        other_duties=len(duties[_NAMED:]),
        closes_at=clock.now() + AccountPart.of(request).closing.undone_within,
        services=tuple(services[:_NAMED]),
        other_services=len(services[_NAMED:]),
        errors=errors_in(read_left(request, whose=session.sid)),
    )
    return render(request, "account/close.html", page)


@router.post(PATH)
@owner_page(PATH, is_fresh=True)
def close(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """End all access at once, in this browser too."""
    if form.get("understood") != "yes":
        errors = packed_errors({"understood": _NOT_UNDERSTOOD})
        return leave(request, PATH, errors, whose=session.sid)
    at, site = clock.now(), Site.of(request)
    closes_at = at + AccountPart.of(request).closing.undone_within
    if not begin_closing(db, session=session, closes_at=closes_at, today=site.today, at=at):
        return RedirectResponse(PATH, status_code=303)
    clear_session(request)
    return go_and_tell(
        request,
        "/",
        Message("Your account is closed, and you are signed out everywhere."),
        meaning=Message(
            "It will be erased in %(num)s day. Until then, signing in shows you how to keep it.",
            "It will be erased in %(num)s days. Until then, signing in shows you how to keep it.",
            num=AccountPart.of(request).closing.undone_within.days,
        ),
        onward=(Message("Sign in, and keep it"), CLOSING),
    )


@router.get(CLOSING)
@owner_page(CLOSING, may_be_closing=True)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The way back, which is all that is open; whose account stays goes to it."""
    if session.closes_at is None:
        return RedirectResponse(OVERVIEW, status_code=303)
    at = clock.now()
    is_over = session.closes_at <= at
    waits_until = find_waiting(db, person_id=session.person_id, at=at) if is_over else None
    page = ClosingPage(session.name, session.closes_at, is_over, waits_until)
    return render(request, "account/closing.html", page)


@router.post(CLOSING)
@owner_page(CLOSING, may_be_closing=True)
def keep(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """Have it stay, with everything in it."""
    epoch = undo_closing(db, session=session, at=clock.now())
    if epoch is None:
        return RedirectResponse(CLOSING, status_code=303)
    restart_session(request, db, session, epoch=epoch)
    return go_and_tell(
        request,
        OVERVIEW,
        Message("Your account stays."),
        meaning=Message("Everything is as it was. Services ask you to sign in again."),
        onward=(Message("My sign-ins: was it somebody else who closed it?"), ACTIVITY),
    )


def _duty(obligation: Obligation, language: str) -> Duty:
    return Duty(obligation.role, obligation.name(language))
