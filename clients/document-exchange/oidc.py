"""Signing people in by OpenID Connect: code flow with PKCE, the ID token checked in full.

Copy this file into your service. It keeps nothing but the provider's metadata and keys: what
`begin` returns belongs into your own session, on the server, until the person comes back.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "ES256"]
LEEWAY = 30
TIMEOUT = 5.0
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class SignInFailed(Exception):
    """Nobody is signed in; `error` is the code of RFC 6749 or OpenID Connect, or our own."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True)
class Attempt:
    """A sign-in begun. Keep it on the server, by its state; use it once."""

    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    purpose: str = ""
    max_age: int | None = None
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class SignedIn:
    """Who signed in: the checked ID token and the claims of the userinfo endpoint."""

    sub: str
    acr: str
    auth_time: int
    sid: str
    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)


class OpenIDConnect:
    """One relying party at one provider."""

    def __init__(
        self, *, issuer: str, client_id: str, client_secret: str, redirect_uri: str
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys = KeySet([])
        self._read_at = 0.0

    def begin(
        self,
        *,
        scope: str,
        language: str,
        purpose: str = "",
        acr_values: str = "",
        max_age: int | None = None,
    ) -> tuple[str, Attempt]:
        """The address to send the browser to, and what to remember meanwhile."""
        attempt = Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            purpose=purpose,
            max_age=max_age,
        )
        extra: dict[str, str] = {"ui_locales": language}
        if acr_values:
            extra["acr_values"] = acr_values
        if max_age is not None:
            extra["max_age"] = str(max_age)
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=attempt.state,
                code_verifier=attempt.code_verifier,
                scope=scope,
                nonce=attempt.nonce,
                **extra,
            )
        return url, attempt

    def finish(self, response: Mapping[str, str], attempt: Attempt) -> SignedIn:
        """Check the authorization response, redeem its code and read who signed in."""
        if not hmac.compare_digest(response.get("state", "").encode(), attempt.state.encode()):
            raise SignInFailed("invalid_state")
        self._read_metadata()
        if self._metadata.get("authorization_response_iss_parameter_supported") and (
            response.get("iss") != self.issuer
        ):
            raise SignInFailed("invalid_issuer")
        if response.get("error") or not response.get("code"):
            raise SignInFailed(response.get("error") or "invalid_response")
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=response["code"],
                    code_verifier=attempt.code_verifier,
                )
                claims = self._check_id_token(token.get("id_token", ""), attempt)
                answer = client.get(self._endpoint("userinfo_endpoint"))
                answer.raise_for_status()
                userinfo = answer.json()
        except OAuthError as error:
            raise SignInFailed(error.error or "invalid_grant") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise SignInFailed("temporarily_unavailable") from error
        if userinfo.get("sub") != claims["sub"]:
            raise SignInFailed("invalid_userinfo")
        return SignedIn(
            sub=claims["sub"],
            acr=claims.get("acr", ""),
            auth_time=int(claims.get("auth_time", 0)),
            sid=claims.get("sid", ""),
            id_token=token["id_token"],
            access_token=token["access_token"],
            claims=userinfo,
        )

    def sign_out_url(self, *, id_token: str, return_to: str, state: str, language: str) -> str:
        """The address that ends the session at the provider (OIDC RP-Initiated Logout 1.0)."""
        query = {
            "id_token_hint": id_token,
            "post_logout_redirect_uri": return_to,
            "state": state,
            "ui_locales": language,
        }
        return f"{self._endpoint('end_session_endpoint')}?{urlencode(query)}"

    def read_logout_token(self, logout_token: str) -> tuple[str, str]:
        """Whose sessions to end: `sid`, and `sub`; either may be empty (Back-Channel Logout 2.6).

        Raises SignInFailed unless the provider made the token for us, just now, and for this.
        """
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
            events={"essential": True},
        )
        try:
            self._read_metadata()
            token = self._decode(logout_token)
            rules.validate(token.claims)
        except (JoseError, ValueError, httpx2.HTTPError) as error:
            raise SignInFailed("invalid_logout_token") from error
        claims, events = token.claims, token.claims["events"]
        is_event = isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict)
        sid, sub = claims.get("sid", ""), claims.get("sub", "")
        if not is_event or "nonce" in claims or not (sid or sub):
            raise SignInFailed("invalid_logout_token")
        if token.header.get("typ") != "logout+jwt":
            raise SignInFailed("invalid_logout_token")
        return str(sid), str(sub)

    def _decode(self, token: str) -> jwt.Token:
        """A JWT signed by the provider, whose keys are read anew when it names one unknown."""
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._read_keys()
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)

    def _check_id_token(self, id_token: str, attempt: Attempt) -> dict[str, Any]:
        """OIDC Core 3.1.3.7: signature, iss, aud, exp, iat, nonce; auth_time for max_age."""
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": attempt.nonce},
        )
        try:
            token = self._decode(id_token)
            rules.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise SignInFailed("invalid_id_token") from error
        claims: dict[str, Any] = token.claims
        if claims["aud"] not in (self._client_id, [self._client_id]):
            raise SignInFailed("invalid_id_token")
        oldest = time.time() - (attempt.max_age or 0) - LEEWAY
        if attempt.max_age is not None and claims.get("auth_time", 0) < oldest:
            raise SignInFailed("login_required")
        return claims

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_basic",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            leeway=0,
            timeout=TIMEOUT,
        )

    def _endpoint(self, name: str) -> str:
        self._read_metadata()
        return str(self._metadata[name])

    def _read_metadata(self) -> None:
        with self._lock:
            if self._metadata and time.monotonic() - self._read_at < 3600:
                return
            try:
                metadata = _get(f"{self.issuer}/.well-known/openid-configuration")
            except (httpx2.HTTPError, ValueError) as error:
                if self._metadata:
                    return
                raise SignInFailed("temporarily_unavailable") from error
            if metadata.get("issuer") != self.issuer:
                raise SignInFailed("invalid_issuer")
            self._metadata, self._read_at = metadata, time.monotonic()

    def _read_keys(self) -> None:
        self._keys = KeySet.import_key_set(_get(self._endpoint("jwks_uri")))  # type: ignore[arg-type]


def _get(url: str) -> dict[str, Any]:
    answer = httpx2.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document
