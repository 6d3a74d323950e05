"""The door of every page that is for signed-in people only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, Concatenate, Generic, TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Needs
from idp.interactions.opening import Opening, open_interaction
from idp.kit.secrets import token_hash
from idp.sessions.lookup import CurrentSession, find_session
from idp.sessions.start import touch_session
from idp.web.browser import browser_id, session_token
from idp.web.db import transaction
from idp.web.part import Site
from idp.web.share import take_share

V = TypeVar("V")


@dataclass(frozen=True)
class Visit(Generic[V]):
    """A request of somebody who was admitted, in its unit of work."""

    request: Request
    db: Session
    visitor: V


Page = Callable[Concatenate[Visit[V], ...], Response]
"""The parameters after the visit are the route's: FastAPI fills them in."""


def page_for(
    admit: Callable[[Request, Session], V | Response],
) -> Callable[[Page[V]], Callable[..., Response]]:
    """Routes for visitors, in one transaction; others get the response that `admit` returns."""

    def decorate(page: Page[V]) -> Callable[..., Response]:
        def answer(request: Request, db: Session, **parameters: Any) -> Response:
            visitor = admit(request, db)
            if isinstance(visitor, Response):
                return visitor
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
    vars(route)["__signature__"] = Signature([first, *own])
    return route


def require_session(
    request: Request,
    db: Session,
    *,
    return_path: str,
    needed_authentication: int = 1,
) -> CurrentSession | Response:
    """The browser's session if it is strong enough, else the way to the sign-in pages.

    `return_path` is where the person comes back to: a local path of a page opened by GET. Only the
    authentication can be raised by signing in; a page that needs proofing says so itself.
    """
    session = find_session(db, token=session_token(request))
    if session is None or session.authentication < needed_authentication:
        needs = Needs(authentication=needed_authentication)
        return to_sign_in(request, db, return_path=return_path, needs=needs)
    touch_session(db, settings=Site.of(request).sessions, session=session)
    return session


def to_sign_in(
    request: Request, db: Session, *, return_path: str, needs: Needs, page: str = "identifier"
) -> Response:
    """The way to the sign-in pages, and back to one of ours. Raises TooManyRequests."""
    take_share(request, db)
    opening = Opening(return_path=return_path, lifetime=Site.of(request).sessions.interaction)
    browser_hash = token_hash(browser_id(request))
    interaction = open_interaction(db, opening, browser_hash=browser_hash, needs=needs)
    return RedirectResponse(f"/signin/{interaction.id}/{page}", status_code=303)
