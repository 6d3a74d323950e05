"""The door of every page that is for signed-in people only, and what staff's doors ask of them."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, Concatenate, Generic, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.assurance.evidence import STAFF_AUTHENTICATION, STAFF_PROOFING
from idp.interactions.models import Needs
from idp.interactions.opening import Opening, open_interaction
from idp.journal.actors import Actor, Capacity, acted_by
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.secrets import token_hash
from idp.sessions.evidence import authentication_in, shown_since
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import touch_session
from idp.web.browser import browser_id
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.refusals import RequestRefused
from idp.web.share import take_share
from idp.web.who import signed_in

CLOSING = "/account/closing"
"""The one page that is open to who has asked that their account be erased."""


class Admitted(Protocol):
    """Whoever a door let in."""

    @property
    def session(self) -> CurrentSession: ...


V = TypeVar("V", bound=Admitted)


@immutable
class Visit(Generic[V]):
    """A request of somebody who was admitted, in its unit of work."""

    request: Request
    db: Session
    visitor: V


Page = Callable[Concatenate[Visit[V], ...], Response]
"""The parameters after the visit are the route's: FastAPI fills them in."""


def page_for(
    admit: Callable[[Request, Session], V | Response], *, signs_in_for: str = ""
) -> Callable[[Page[V]], Callable[..., Response]]:
    """Routes for visitors, in one transaction; others get the response that `admit` returns.

    `signs_in_for` is given for what cannot be undone: it needs a recent sign-in of staff, and leads
    whoever has none there through one to that page, a path with the route's parameters.
    """

    def decorate(page: Page[V]) -> Callable[..., Response]:
        def answer(request: Request, db: Session, **parameters: Any) -> Response:
            visitor = admit(request, db)
            if isinstance(visitor, Response):
                return visitor
            if signs_in_for and not is_recent(request, visitor.session):
                path = filled_in(signs_in_for, parameters)
                return to_sign_in_again(request, db, return_path=path)
            return page(Visit(request, db, visitor), **parameters)

        return as_route(page, answer, given=1)

    return decorate


def as_route(
    page: Callable[..., Response], answer: Callable[..., Response], *, given: int
) -> Callable[..., Response]:
    """A route that has `answer` call `page` in one transaction.

    `answer` gives the page its first `given` arguments; the others are the route's own parameters,
    which FastAPI fills in.
    """

    @wraps(page)
    def route(request: Request, **parameters: Any) -> Response:
        with transaction(request) as db:
            return answer(request, db, **parameters)

    first = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    own = list(signature(page).parameters.values())[given:]
    returned = signature(page).return_annotation
    vars(route)["__signature__"] = Signature([first, *own], return_annotation=returned)
    return route


def require_session(
    request: Request,
    db: Session,
    *,
    return_path: str,
    needed_authentication: int = 1,
    acting_as: Capacity | None = None,
    may_be_closing: bool = False,
) -> CurrentSession | Response:
    """The browser's session if it is strong enough, else the way to the sign-in pages.

    `return_path` is where the person comes back to: a local path of a page opened by GET. Only the
    authentication can be raised by signing in; a page that needs proofing says so itself. What is
    done on a page where people act for others is journaled as theirs, `acting_as` they do. Whose
    account is to be erased is led to where it can be kept, unless the page is for them too.
    """
    session = signed_in(request, db)
    if session is None or session.authentication < needed_authentication:
        needs = Needs(authentication=needed_authentication)
        return to_sign_in(request, db, return_path=return_path, needs=needs)
    if session.closes_at is not None and not may_be_closing:
        return RedirectResponse(CLOSING, status_code=303)
    touch_session(db, settings=Site.of(request).sessions, session=session)
    if acting_as is not None:
        acted_by(db, Actor(acting_as, session.subject_number))
    return session


def demand_second_step(
    request: Request, db: Session, session: CurrentSession, *, return_path: str
) -> Response | None:
    """The way of whoever holds a post to the second step that staff sign in with, if it is missing.

    Asked after the post: nobody sets up an app for a door that stays closed to them.
    """
    if session.authentication >= STAFF_AUTHENTICATION:
        return None
    needs = Needs(authentication=STAFF_AUTHENTICATION)
    return to_sign_in(request, db, return_path=return_path, needs=needs)


def demand_staff_level(session: CurrentSession) -> None:
    """Let nobody on with a post who is not proven, or whose factors do not carry that (LoA3).

    Signing in cannot mend it: a desk can. Raises RequestRefused.
    """
    if session.proofing < STAFF_PROOFING:
        raise RequestRefused(
            403,
            N_(
                "Your post needs an identity verified face to face. Take your ID card to a "
                "one-stop shop or a public service centre, then sign in again."
            ),
        )
    if session.confirmed_authentication < STAFF_AUTHENTICATION:
        raise RequestRefused(
            403,
            N_(
                "Your post needs a second step that is confirmed. Take your ID card and your phone "
                "to a one-stop shop or a public service centre, then sign in again."
            ),
        )


def is_recent(request: Request, session: CurrentSession) -> bool:
    """Whether staff signed in within `staff_fresh`, with factors that each are so new."""
    recent = shown_since(session.shown, clock.now() - Site.of(request).sessions.staff_fresh)
    return authentication_in(recent, is_confirmed=True) >= STAFF_AUTHENTICATION


def to_sign_in_again(request: Request, db: Session, *, return_path: str) -> Response:
    """The way of staff to a recent sign-in, and back to one of our pages."""
    limit = clock.now() - Site.of(request).sessions.staff_fresh
    needs = Needs(authentication=STAFF_AUTHENTICATION, authenticate_after=limit)
    return to_sign_in(request, db, return_path=return_path, needs=needs)


def filled_in(path: str, parameters: Mapping[str, Any]) -> str:
    """The path with the route's parameters, which stand among those of a form."""
    for name, value in parameters.items():
        if isinstance(value, str | int | UUID):
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return path


def to_sign_in(
    request: Request, db: Session, *, return_path: str, needs: Needs, page: str = "identifier"
) -> Response:
    """The way to the sign-in pages, and back to one of ours. Raises TooManyRequests."""
    take_share(request, db)
    opening = Opening(return_path=return_path, lifetime=Site.of(request).sessions.interaction)
    browser_hash = token_hash(browser_id(request))
    interaction = open_interaction(db, opening, browser_hash=browser_hash, needs=needs)
    return RedirectResponse(f"/signin/{interaction.id}/{page}", status_code=303)
