"""Signing people in at a device without a keyboard of their own (RFC 8628). Copy this file.

The device shows a code, the person types it on their phone, and the device asks from time to time
whether they have decided. It keeps nothing but the provider's metadata and keys.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ALGORITHMS = ["RS256", "ES256"]
LEEWAY = 30
TIMEOUT = 5.0


class SignInFailed(Exception):
    """Nobody is signed in; `error` is the code of RFC 6749 or 8628, or our own."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class Asking:
    """A code that is shown, until somebody takes it up or its time is over."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str
    device_code: str = field(repr=False)
    interval: float
    ends: float
    next_poll: float


@dataclass(frozen=True)
class SignedIn:
    """Who signed in: the checked ID token and the claims of the userinfo endpoint."""

    sub: str
    acr: str
    access_token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)


class DeviceSignIn:
    """One device at one provider."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._auth = (quote_plus(client_id), quote_plus(client_secret))
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys = KeySet([])

    def begin(self, *, scope: str, acr_values: str = "") -> Asking:
        """Ask for a code to show."""
        form = {"scope": scope, **({"acr_values": acr_values} if acr_values else {})}
        told = self._post("device_authorization_endpoint", form)
        now, interval = time.monotonic(), float(told.get("interval", 5))
        return Asking(
            user_code=told["user_code"],
            verification_uri=told["verification_uri"],
            verification_uri_complete=told.get("verification_uri_complete", ""),
            device_code=told["device_code"],
            interval=interval,
            ends=now + float(told["expires_in"]),
            next_poll=now + interval,
        )

    def poll(self, asking: Asking) -> SignedIn | None:
        """Who signed in; None while nobody has, or before it is time to ask again.

        Raises SignInFailed when it is over: `access_denied`, `expired_token` and the like.
        """
        now = time.monotonic()
        if now >= asking.ends:
            raise SignInFailed("expired_token")
        if now < asking.next_poll:
            return None
        asking.next_poll = now + asking.interval
        try:
            form = {"grant_type": GRANT, "device_code": asking.device_code}
            tokens = self._post("token_endpoint", form)
        except SignInFailed as failure:
            if failure.error == "slow_down":
                asking.interval += 5
                asking.next_poll = now + asking.interval
            if failure.error in ("authorization_pending", "slow_down", "temporarily_unavailable"):
                return None
            raise
        claims = self._check_id_token(tokens.get("id_token", ""))
        userinfo = self._userinfo(tokens["access_token"])
        if userinfo.get("sub") != claims["sub"]:
            raise SignInFailed("invalid_userinfo")
        return SignedIn(
            sub=claims["sub"],
            acr=claims.get("acr", ""),
            access_token=tokens["access_token"],
            claims=userinfo,
        )

    def finish(self, user: SignedIn) -> None:
        """Say that the token is needed no longer (RFC 7009)."""
        self._post("revocation_endpoint", {"token": user.access_token})

    def _check_id_token(self, id_token: str) -> dict[str, Any]:
        """OIDC Core 3.1.3.7; there is no nonce, since no browser brought the token."""
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            token = self._decode(id_token)
            rules.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise SignInFailed("invalid_id_token") from error
        claims: dict[str, Any] = token.claims
        if claims["aud"] not in (self._client_id, [self._client_id]):
            raise SignInFailed("invalid_id_token")
        return claims

    def _decode(self, id_token: str) -> jwt.Token:
        """Signed by the provider, whose keys are read anew when it names one unknown."""
        try:
            return jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._keys = KeySet.import_key_set(_get(self._endpoint("jwks_uri")))  # type: ignore[arg-type]
            return jwt.decode(id_token, self._keys, algorithms=ALGORITHMS)

    def _userinfo(self, access_token: str) -> dict[str, Any]:
        return _get(
            self._endpoint("userinfo_endpoint"), {"Authorization": f"Bearer {access_token}"}
        )

    def _post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        try:
            url = self._endpoint(endpoint)
            answer = httpx2.post(url, data=form, auth=self._auth, timeout=TIMEOUT)
            document: dict[str, Any] = answer.json() if answer.content else {}
        except (httpx2.HTTPError, ValueError) as error:
            raise SignInFailed("temporarily_unavailable") from error
        if answer.status_code >= 500:
            raise SignInFailed("temporarily_unavailable")
        if answer.status_code != 200:
            raise SignInFailed(str(document.get("error", "invalid_response")))
        return document

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if not self._metadata:
                metadata = _get(f"{self.issuer}/.well-known/openid-configuration")
                if metadata.get("issuer") != self.issuer:
                    raise SignInFailed("invalid_issuer")
                self._metadata = metadata
        return str(self._metadata[name])


def _get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        answer = httpx2.get(url, headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise SignInFailed("temporarily_unavailable") from error
    return document
