"""The door of every page that is for signed-in people only."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.open import open_interaction
from idp.interactions.opening import Needs, Opening
from idp.kit.secrets import token_hash
from idp.sessions.lookup import CurrentSession, find_session
from idp.sessions.touch import touch_session
from idp.web.current import browser_id, session_token
from idp.web.share import take_share
from idp.web.site import Site


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


def to_sign_in(request: Request, db: Session, *, return_path: str, needs: Needs) -> Response:
    """The way to the sign-in pages, and back to one of ours. Raises TooManyRequests."""
    take_share(request, db)
    opening = Opening(return_path=return_path, lifetime=Site.of(request).sessions.interaction)
    browser_hash = token_hash(browser_id(request))
    interaction = open_interaction(db, opening, browser_hash=browser_hash, needs=needs)
    return RedirectResponse(f"/signin/{interaction.id}/identifier", status_code=303)
