"""/check_session: whether a sign-in still stands, asked in a frame (OIDC Session Management 1.0).

A relying party gets `session_state` with its code and posts it to this page, which compares it
with the browser's state: `unchanged`, `changed`, or `error` for what is not a question.
"""

import hashlib
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.kit.secrets import new_token
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.redirect_uris import origin_of
from idp.sessions.lookup import CurrentSession
from idp.web.cookies import CookieNames, browser_state, show_state
from idp.web.headers import embeddable
from idp.web.templates import render

router = APIRouter()


@dataclass(frozen=True)
class CheckSession:
    """The page in the frame; `cookie` names the browser's state."""

    cookie: str


@router.get("/check_session")
async def check_session(request: Request) -> Response:
    """The frame (section 3.3). Any site may embed it: it shows nothing and asks nobody."""
    page = CheckSession(CookieNames.of(request).state)
    return render(request, "oidc/check_session.html", page, headers=embeddable(request))


def session_state(
    request: Request, asked: AuthorizationRequest, session: CurrentSession
) -> dict[str, str]:
    """The parameter `session_state` (section 2), the browser's state brought up to date.

    Nothing for a redirect URI without an origin: nothing there can embed a frame.
    """
    origin = origin_of(asked.redirect_uri)
    if not origin:
        return {}
    show_state(request, session.sid)
    salt = new_token(128)
    state = browser_state(session.sid)
    digest = hashlib.sha256(f"{asked.client_id} {origin} {state} {salt}".encode()).hexdigest()
    return {"session_state": f"{digest}.{salt}"}
