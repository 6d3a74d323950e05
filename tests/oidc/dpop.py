"""A client's side of DPoP: the key it holds, and the proofs it makes."""

import base64
import hashlib
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from idp.kit import clock
from idp.kit.secrets import new_token
from tests.oidc.conftest import ISSUER

KEY = ECKey.generate_key("P-256")
OTHER = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
ED25519 = OKPKey.generate_key("Ed25519")


class _Any(JWSRegistry):
    """Signs with whatever a test wants, and warns of nothing."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


_ANY = _Any(strict_check_header=False)


def proof(
    key: Any = KEY,
    *,
    path: str = "/token",
    token: str = "",
    alg: str = "ES256",
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A proof for a POST to that path; `None` leaves a claim or a member of the header out."""
    claims = {
        "htm": "POST",
        "htu": f"{ISSUER}{path}",
        "jti": new_token(128),
        "iat": int(clock.now().timestamp()),
        "ath": ath_of(token) if token else None,
    }
    public = key.as_dict(private=False) if hasattr(key, "as_dict") else None
    head = {"alg": alg, "typ": "dpop+jwt", "jwk": public, **(header or {})}
    return jwt.encode(_present(head), _present({**claims, **changes}), key, registry=_ANY)


def ath_of(token: str) -> str:
    """The digest of an access token, as a proof names it."""
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
