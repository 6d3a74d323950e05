"""Checking the access tokens that other agencies' services call with. Copy this file.

First what the token says, by the provider's published keys (RFC 9068); then at the provider's
introspection endpoint whether it still stands, and by which `sub` this agency knows the person
(RFC 7662): the token itself may carry one made up for the one call.
"""

import threading
from dataclasses import dataclass
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["ES256"]
LEEWAY = 30
TIMEOUT = 5.0
MOST_CHARACTERS = 8192


class TokenRefused(Exception):
    """Nothing is answered; `error` is the code of RFC 6750, empty when there was no token."""

    def __init__(self, error: str, status: int = 401) -> None:
        super().__init__(error)
        self.error, self.status = error, status


@dataclass(frozen=True)
class Call:
    """For whom somebody calls, and who: the latest of `actors` first."""

    sub: str
    actors: tuple[str, ...]
    scopes: frozenset[str]
    acr: str


class AccessTokens:
    """What one service accepts of one provider."""

    def __init__(self, *, issuer: str, audience: str, client_id: str, client_secret: str) -> None:
        self._issuer, self._audience = issuer, audience
        self._credentials = (client_id, client_secret)
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys = KeySet([])

    def check(self, authorization: str, *, scope: str) -> Call:
        """Who calls for whom, from the header Authorization. Raises TokenRefused."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MOST_CHARACTERS:
            raise TokenRefused("")
        try:
            self._check_offline(token)
            found = self._introspect(token)
        except (JoseError, ValueError) as error:
            raise TokenRefused("invalid_token") from error
        except httpx2.HTTPError as error:
            raise TokenRefused("temporarily_unavailable", 503) from error
        actors = _actors(found.get("act"))
        if found.get("active") is not True or found.get("aud") != self._audience or not actors:
            raise TokenRefused("invalid_token")
        if "cnf" in found:  # bound to a key or a certificate, which this service does not check
            raise TokenRefused("invalid_token")
        scopes = frozenset(str(found.get("scope", "")).split())
        if scope not in scopes:
            raise TokenRefused("insufficient_scope", 403)
        return Call(found["sub"], actors, scopes, str(found.get("acr", "")))

    def _check_offline(self, token: str) -> None:
        """Most of what is wrong is seen here, without a request."""
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
        )
        self._read_metadata()
        try:
            read = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self._keys = KeySet.import_key_set(_get(self._metadata["jwks_uri"]))  # type: ignore[arg-type]
            read = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        rules.validate(read.claims)
        if read.header.get("typ") != "at+jwt":
            raise ValueError("no access token")

    def _introspect(self, token: str) -> dict[str, Any]:
        answer = httpx2.post(
            self._metadata["introspection_endpoint"],
            data={"token": token},
            auth=self._credentials,
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _read_metadata(self) -> None:
        with self._lock:
            if not self._metadata:
                metadata = _get(f"{self._issuer}/.well-known/openid-configuration")
                if metadata.get("issuer") != self._issuer:
                    raise ValueError("another issuer")
                self._metadata = metadata


def _actors(act: object) -> tuple[str, ...]:
    if not isinstance(act, dict):
        return ()
    return (str(act.get("sub", "")), *_actors(act.get("act")))


def _get(url: str) -> dict[str, Any]:
    answer = httpx2.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document
