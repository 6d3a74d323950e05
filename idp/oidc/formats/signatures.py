"""Signing tokens, and reading back those we signed ourselves."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from idp.keys.cache import SigningKeys
from idp.keys.creation import ALGORITHMS
from idp.kit import clock

_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS))


def sign(keys: SigningKeys, claims: dict[str, Any], *, alg: str, typ: str = "JWT") -> str:
    """A signed JWT under the key that signs with `alg` now."""
    key = keys.signing_key(alg)
    header = {"alg": alg, "kid": key.kid, "typ": typ}
    return jwt.encode(header, claims, key, registry=_REGISTRY)


def read_own(
    keys: SigningKeys, token: str, *, typ: str, issuer: str, may_be_expired: bool = False
) -> dict[str, Any] | None:
    """The claims of a JWT that we signed with that `typ`; None when it is anything else.

    An access token is never accepted as an ID token or the other way round: `typ` tells them apart.
    """
    try:
        decoded = jwt.decode(token, keys.current().verifying, registry=_REGISTRY)
        claims = decoded.claims
        if decoded.header.get("typ") != typ or claims.get("iss") != issuer:
            return None
        checked = {name: claims[name] for name in ("exp", "iat")}
        if may_be_expired:
            checked.pop("exp")
        jwt.JWTClaimsRegistry(now=int(clock.now().timestamp()), leeway=5).validate(checked)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return claims
