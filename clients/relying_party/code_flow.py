"""Signing people in by their browser: the code flow with PKCE, and signing them out again.

What `begin` returns belongs into your own session, on the server, until the person comes back.
"""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from relying_party.provider import Provider, SignedIn
from relying_party.refused import Refused, refusing

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Attempt:
    """A sign-in begun. Keep it on the server, by its state; use it once."""

    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str
    purpose: str = ""
    max_age: int | None = None
    began: float = field(default_factory=time.monotonic)


def begin(
    provider: Provider,
    *,
    redirect_uri: str,
    scope: str,
    language: str,
    purpose: str = "",
    acr_values: str | None = None,
    max_age: int | None = None,
    prompt: str | None = None,
) -> tuple[str, Attempt]:
    """The address to send the browser to, and what to remember meanwhile."""
    with refusing():
        started = provider.create_authorization_url(
            redirect_uri,
            scope=scope,
            ui_locales=language,
            acr_values=acr_values,
            max_age=max_age,
            prompt=prompt,
        )
    return started["url"], Attempt(
        state=started["state"],
        nonce=started["nonce"],
        code_verifier=started["code_verifier"],
        redirect_uri=redirect_uri,
        purpose=purpose,
        max_age=max_age,
    )


def finish(provider: Provider, response: Mapping[str, str], attempt: Attempt) -> SignedIn:
    """Check the authorization response (RFC 9207), redeem its code and read who signed in."""
    if not hmac.compare_digest(response.get("state", "").encode(), attempt.state.encode()):
        raise Refused("invalid_state")
    with refusing():
        metadata = provider.load_server_metadata()
    names_issuer = metadata.get("authorization_response_iss_parameter_supported")
    if names_issuer and response.get("iss") != provider.issuer:
        raise Refused("invalid_issuer")
    if response.get("error") or not response.get("code"):
        error = response.get("error") or "invalid_response"
        raise Refused(error, response.get("error_description", ""))
    with refusing():
        token = provider.fetch_access_token(
            attempt.redirect_uri, code=response["code"], code_verifier=attempt.code_verifier
        )
    return provider.read_sign_in(token, nonce=attempt.nonce, max_age=attempt.max_age)


def sign_out_url(
    provider: Provider, user: SignedIn, *, return_to: str, state: str, language: str
) -> str:
    """The address that ends the session at the provider (OIDC RP-Initiated Logout 1.0)."""
    with refusing():
        leaving = provider.create_logout_url(
            return_to, id_token_hint=user.id_token, state=state, ui_locales=language
        )
    return str(leaving["url"])


def read_logout_token(provider: Provider, logout_token: str) -> tuple[str, str]:
    """Whose sessions to end: `sid`, and `sub`; either may be empty (Back-Channel Logout 2.6).

    Raises Refused unless the provider made the token for us, just now, and for this.
    """
    claims = provider.read_jwt(logout_token, typ="logout+jwt", audience=provider.client_id)
    events, sid, sub = claims.get("events"), claims.get("sid", ""), claims.get("sub", "")
    is_event = isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict)
    is_whole = is_event and "iat" in claims and "jti" in claims and (sid or sub)
    if not is_whole or "nonce" in claims:
        raise Refused("invalid_token")
    return str(sid), str(sub)
