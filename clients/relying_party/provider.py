"""The provider as one of its clients sees it: Authlib's client, and the tokens it signs checked."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from relying_party.refused import Refused, refusing

ALGORITHMS = ["RS256", "ES256"]
LEVELS = ("LoA1", "LoA2", "LoA3", "LoA4")
"""The provider's values of `acr`, the lowest first."""
LEEWAY = 30
TIMEOUT = 5.0
_CREDENTIALS = ("client_id", "client_secret")


@dataclass(frozen=True)
class SignedIn:
    """Who signed in: the checked ID token and the claims of the userinfo endpoint."""

    sub: str
    acr: str
    sid: str
    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)

    def reaches(self, level: str) -> bool:
        """Whether the sign-in has at least that level of assurance."""
        return self.acr in LEVELS and LEVELS.index(self.acr) >= LEVELS.index(level)

    @property
    def organization(self) -> dict[str, Any] | None:
        """For which organization the person acts, if for one."""
        found = self.claims.get("organization")
        return found if isinstance(found, dict) else None

    def is_same_as(self, other: "SignedIn | None") -> bool:
        """Whether the same person acts for the same organization, or for themselves, in both."""
        if other is None:
            return False
        return (self.sub, self.organization) == (other.sub, other.organization)


class Provider(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    """One client at one provider; it keeps nothing but the provider's metadata and keys."""

    client_cls = OAuth2Client

    def __init__(self, *, issuer: str, client_id: str, client_secret: str) -> None:
        super().__init__(
            framework=None,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"code_challenge_method": "S256", "leeway": 0, "timeout": TIMEOUT},
        )
        self.issuer = issuer

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """ISSUER with CLIENT_ID and CLIENT_SECRET, or with CREDENTIALS_FILE, JSON with both."""
        issuer = environ.get("ISSUER", "http://localhost:8000")
        if path := environ.get("CREDENTIALS_FILE"):
            found = json.loads(Path(path).read_text())
            return cls(issuer=issuer, **{name: found[name] for name in _CREDENTIALS})
        try:
            return cls(issuer=issuer, **{name: environ[name.upper()] for name in _CREDENTIALS})
        except KeyError as error:
            raise SystemExit(f"Set {error.args[0]}, or CREDENTIALS_FILE.") from None

    def load_server_metadata(self) -> dict[str, Any]:
        """Authlib's, which must be the issuer's own (OIDC Discovery 4.3)."""
        metadata: dict[str, Any] = super().load_server_metadata()
        if metadata.get("issuer") != self.issuer:
            raise Refused("invalid_issuer")
        return metadata

    @contextmanager
    def client(self) -> Iterator[OAuth2Client]:
        """Authlib's HTTP client, which authenticates as us; `metadata` holds the endpoints."""
        with refusing(), self._get_oauth_client(**self.load_server_metadata()) as client:
            yield client

    def read_sign_in(
        self, token: dict[str, Any], *, nonce: str | None = None, max_age: int | None = None
    ) -> SignedIn:
        """Who signed in, by a token response (OIDC Core 3.1.3.7, 5.3.4).

        Raises Refused unless the ID token is the provider's for us alone, with that nonce, of a
        sign-in at most `max_age` seconds ago, and the userinfo is the same person's.
        """
        with refusing("invalid_id_token"):
            options = {"iss": {"value": self.issuer}, "aud": {"value": self.client_id}}
            claims = self.parse_id_token(token, nonce, claims_options=options, leeway=LEEWAY)
        if claims is None or claims["aud"] not in (self.client_id, [self.client_id]):
            raise Refused("invalid_id_token")
        oldest = time.time() - (max_age or 0) - LEEWAY
        if max_age is not None and claims.get("auth_time", 0) < oldest:
            raise Refused("login_required")
        with refusing():
            userinfo = self.userinfo(token=token)
        if userinfo.get("sub") != claims["sub"]:
            raise Refused("invalid_userinfo")
        return SignedIn(
            sub=claims["sub"],
            acr=claims.get("acr", ""),
            sid=claims.get("sid", ""),
            id_token=token["id_token"],
            access_token=token["access_token"],
            claims=userinfo,
        )

    def read_jwt(self, text: str, *, typ: str, audience: str) -> dict[str, Any]:
        """The claims of a token of that type which the provider signed for that audience.

        Raises Refused with `invalid_token`.
        """
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        with refusing("invalid_token"):
            try:
                token = jwt.decode(text, self._keys(), algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                token = jwt.decode(text, self._keys(force=True), algorithms=ALGORITHMS)
            rules.validate(token.claims)
        if token.header.get("typ") != typ:
            raise Refused("invalid_token")
        return token.claims

    def _keys(self, *, force: bool = False) -> KeySet:
        return KeySet.import_key_set(self.fetch_jwk_set(force))
