"""Who may come in: the person whose account it is, signed in with every factor they have."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Concatenate

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.accounts import enrolment
from idp.assurance.evidence import authentication_of
from idp.factors.credentials import Held, read_credentials
from idp.factors.kinds import strongest_authentication, usable
from idp.interactions.models import Needs
from idp.kit import clock
from idp.sessions.evidence import with_shown
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import raise_session, start_session
from idp.web.access import as_route, filled_in, require_session, to_sign_in
from idp.web.cookies import set_session
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.refusals import RequestRefused
from idp.web.repeats import answer_again, keep
from idp.web.trusted_proxy import client_ip

_UNCONFIRMED = N_(
    "The second step you signed in with is not confirmed yet. Sign out, then sign in with one that "
    "is, or wait until this one is."
)
Page = Callable[Concatenate[Request, Session, CurrentSession, ...], Response]
"""What follows the session are the route's parameters: FastAPI fills them in."""


def owner_page(
    return_path: str,
    *,
    is_fresh: bool = False,
    unless: Callable[[Session, CurrentSession], bool] | None = None,
    may_be_closing: bool = False,
) -> Callable[[Page], Callable[..., Response]]:
    """A page or form of the account's owner, in one transaction; others are sent to sign in.

    `is_fresh`: the owner must have signed in just now, `unless` what they began then is open in
    this session. `return_path` may name parameters of the
    route. `may_be_closing`: it is open, too, to who has asked that the account be erased.
    """
    require = partial(require_fresh_owner, unless=unless) if is_fresh else require_owner
    if may_be_closing:
        require = partial(require_owner, may_be_closing=True)

    def decorate(page: Page) -> Callable[..., Response]:
        def answer(request: Request, db: Session, **parameters: Any) -> Response:
            again = answer_again(request, db)
            if again is not None:
                return again
            session = require(request, db, return_path=filled_in(return_path, parameters))
            if isinstance(session, Response):
                return keep(request, db, session)
            response = page(request, db, session, **parameters)
            return keep(request, db, response, whose=session.person_id)

        return as_route(page, answer, given=3)

    return decorate


def require_owner(
    request: Request, db: Session, *, return_path: str, may_be_closing: bool = False
) -> CurrentSession | Response:
    """The session, or the way to the sign-in pages.

    A password alone opens services that ask for no more. It never opens the account of someone who
    has a second factor: history, sessions and consents are theirs to see and to end. A second
    factor that does not carry their proofing shuts nobody out: whoever knew the password may have
    added it.
    """
    session = require_session(request, db, return_path=return_path, may_be_closing=may_be_closing)
    if (
        isinstance(session, Response)
        or session.confirmed_authentication >= strongest_authentication()
    ):
        return session
    own, at = read_credentials(db, person_id=session.person_id), clock.now()
    rules = AccountPart.of(request).assurance
    taken = usable(own.confirmed(at=at), rules, proofing=own.proofing)
    needed = authentication_of({*session.kinds, *taken})
    if session.authentication >= needed:
        return session
    return to_sign_in(request, db, return_path=return_path, needs=Needs(authentication=needed))


def require_fresh_owner(
    request: Request,
    db: Session,
    *,
    return_path: str,
    unless: Callable[[Session, CurrentSession], bool] | None = None,
) -> CurrentSession | Response:
    """The session of an owner who has just signed in, or the way to do so again.

    Raises RequestRefused for who showed enough with a factor that is not confirmed: the way there
    would lead back at once, and again.
    """
    session = require_owner(request, db, return_path=return_path)
    if isinstance(session, Response):
        return session
    own, at = read_credentials(db, person_id=session.person_id), clock.now()
    rules = AccountPart.of(request).assurance
    if enrolment.is_fresh(session, own, settings=rules, at=at):
        return session
    if unless is not None and unless(db, session):
        return session
    needs = enrolment.find_lacking(session, own, settings=rules, at=at)
    if needs is None:
        raise RequestRefused(403, _UNCONFIRMED)
    return to_sign_in(request, db, return_path=return_path, needs=needs)


def restart_session(request: Request, db: Session, session: CurrentSession, *, epoch: int) -> None:
    """Begin a session in this browser that rests on the same, for whom every other one ended."""
    started = start_session(
        db,
        keyring=Site.of(request).keyring,
        settings=Site.of(request).sessions,
        person_id=session.person_id,
        credentials_epoch=epoch,
        evidence=session.evidence,
        at=session.authenticated_at,
        source_address=client_ip(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    set_session(request, started.token, sid=started.sid)


def raise_session_with(
    request: Request, db: Session, session: CurrentSession, added: Held, *, at: datetime
) -> None:
    """Have the session, with a new cookie value, count what was just added in it as shown."""
    token = raise_session(
        db,
        keyring=Site.of(request).keyring,
        settings=Site.of(request).sessions,
        sid=session.sid,
        person_id=session.person_id,
        evidence=with_shown(
            session.evidence, added.kind, trust=added.trust, factor_id=added.id, at=at
        ),
        at=at,
    )
    if token is not None:
        set_session(request, token, sid=session.sid)
