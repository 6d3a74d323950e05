"""`session_state`, by which a relying party's frame sees a change (Session Management 1.0)."""

import hashlib

from starlette.requests import Request

from idp.kit.secrets import new_token
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.redirect_uris import origin_of
from idp.sessions.lookup import CurrentSession
from idp.web.cookies import browser_state, show_state


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
