"""What a browser is answered that comes to a sign-in which is over, or which is not its own."""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.lookup import find_past_interaction
from idp.oidc.part import OidcPart
from idp.web.browser import has_cookies
from idp.web.csrf import NEEDS_COOKIES
from idp.web.over import show_over
from idp.web.refusals import RequestRefused


def answer_over(
    http: Request, db: Session, interaction_id: UUID, browser_hash: bytes, *, not_here: str
) -> Response:
    """The page for a sign-in of this browser that is over.

    Raises RequestRefused, with the words `not_here`, for another's.
    """
    past = find_past_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
    if past is None or past.return_path != http.url.path:
        words = not_here if has_cookies(http) else NEEDS_COOKIES
        raise RequestRefused(400, words, detail="no live sign-in of this browser")
    return show_over(http, past, OidcPart.of(http).relying_parties.find(past.client_id, db=db))
