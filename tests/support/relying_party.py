"""A relying party's side of the protocol, written from the specifications."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet


@dataclass
class TestParty:
    """A confidential client at one provider."""

    __test__ = False

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str = "https://rp.example/cb"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize_url(self, **parameters: str) -> str:
        """An authorization request with PKCE; an empty value leaves a parameter out."""
        return f"{self.issuer}/authorize?{urlencode(self._asked(**parameters))}"

    def push(self, **parameters: str) -> httpx2.Response:
        """The same request pushed, authenticated by client_secret_basic."""
        return httpx2.post(
            f"{self.issuer}/par",
            data=self._asked(**parameters),
            auth=(self.client_id, self.client_secret),
            timeout=20,
        )

    def open_url(self, handle: str, *, at: str = "") -> str:
        """Where a pushed request is opened; `at` is another process's URL."""
        query = urlencode({"client_id": self.client_id, "request_uri": handle})
        return f"{at or self.issuer}/authorize?{query}"

    def _asked(self, **parameters: str) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest())
        values = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": "st4te",
            "nonce": "n0nce",
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **parameters,
        }
        return {name: value for name, value in values.items() if value}

    def answer(self, url: str) -> dict[str, str]:
        """The parameters the provider put on the redirect URI."""
        query = parse_qs(urlsplit(url).query, strict_parsing=True, keep_blank_values=True)
        assert all(len(values) == 1 for values in query.values()), query
        return {name: values[0] for name, values in query.items()}

    def token(self, *, at: str = "", **form: str) -> httpx2.Response:
        """A token request, authenticated by client_secret_basic; `at` is another process's URL."""
        return httpx2.post(
            f"{at or self.issuer}/token",
            data=form,
            auth=(self.client_id, self.client_secret),
            timeout=20,
        )

    def redeem(self, code: str, *, at: str = "", **form: str) -> httpx2.Response:
        """Exchange a code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **form,
        }
        return self.token(at=at, **fields)

    def userinfo(self, access_token: str, *, at: str = "") -> httpx2.Response:
        """The claims behind an access token."""
        return httpx2.get(
            f"{at or self.issuer}/userinfo",
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=20,
        )

    def id_claims(self, id_token: str) -> dict[str, Any]:
        """The claims of a correctly signed ID token meant for this client."""
        keys = KeySet.import_key_set(httpx2.get(f"{self.issuer}/jwks").json())
        token = jwt.decode(id_token, keys, algorithms=["RS256", "ES256"])
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
        )
        rules.validate(token.claims)
        return dict(token.claims)
