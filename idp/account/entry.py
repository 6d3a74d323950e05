"""Who may come in: the person whose account it is, signed in with every factor they have."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Concatenate

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.assurance.evidence import authentication_of
from idp.factors.credentials import held_kinds
from idp.factors.kinds import strongest_authentication
from idp.interactions.opening import Needs
from idp.kit import clock
from idp.sessions.lookup import CurrentSession
from idp.web.access import as_route, require_session, to_sign_in

FRESH = timedelta(minutes=5)
"""A factor or a password changes only so soon after the person proved themselves with all they
have."""

Page = Callable[Concatenate[Request, Session, CurrentSession, ...], Response]
"""What follows the session are the route's parameters: FastAPI fills them in."""


def owner_page(
    return_path: str, *, is_fresh: bool = False
) -> Callable[[Page], Callable[..., Response]]:
    """A page or form of the account's owner, in one transaction; others are sent to sign in.

    `is_fresh`: the owner must have signed in just now.
    """
    require = require_fresh_owner if is_fresh else require_owner

    def decorate(page: Page) -> Callable[..., Response]:
        def answer(request: Request, db: Session, **parameters: Any) -> Response:
            session = require(request, db, return_path=return_path)
            if isinstance(session, Response):
                return session
            return page(request, db, session, **parameters)

        return as_route(page, answer, given=3)

    return decorate


def require_owner(request: Request, db: Session, *, return_path: str) -> CurrentSession | Response:
    """The session, or the way to the sign-in pages.

    A password alone opens services that ask for no more. It never opens the account of someone who
    has a second factor: history, sessions and consents are theirs to see and to end.
    """
    session = require_session(request, db, return_path=return_path)
    if isinstance(session, Response) or session.authentication >= strongest_authentication():
        return session
    held = held_kinds(db, person_id=session.person_id)
    needed = authentication_of({*session.kinds, *held})
    if session.authentication >= needed:
        return session
    return to_sign_in(request, db, return_path=return_path, needs=Needs(authentication=needed))


def require_fresh_owner(
    request: Request, db: Session, *, return_path: str
) -> CurrentSession | Response:
    """The session of an owner who has just signed in, or the way to do so again."""
    session = require_owner(request, db, return_path=return_path)
    limit = clock.now() - FRESH
    if isinstance(session, Response) or session.authenticated_at >= limit:
        return session
    needs = Needs(authentication=session.authentication, authenticate_after=limit)
    return to_sign_in(request, db, return_path=return_path, needs=needs)
