"""/check_session: whether a sign-in still stands, asked in a frame (OIDC Session Management 1.0).

A relying party gets `session_state` with its code and posts it to this page, which compares it
with the browser's state: `unchanged`, `changed`, or `error` for what is not a question, and where
the browser keeps the state from frames on that site: nothing is known of the sign-in then, and
whoever heard `changed` would sign a person out who is signed in.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.kit.immutable import immutable
from idp.web.cookies import CookieNames
from idp.web.headers import embeddable
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
class CheckSession:
    """The page in the frame; `cookie` names the browser's state."""

    cookie: str


@router.get("/check_session")
async def check_session(request: Request) -> Response:
    """The frame (section 3.3). Any site may embed it: it shows nothing and asks nobody."""
    page = CheckSession(CookieNames.of(request).state)
    return render(request, "oidc/check_session.html", page, headers=embeddable(request))
