"""Signing tokens and reading back our own; encrypting for a relying party."""

from typing import Any

from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from idp.keys.cache import SigningKeys
from idp.keys.creation import ALGORITHMS
from idp.kit import clock
from idp.relying_parties.key_sets import find_encryption_key

NO_KEY = "The client has no key to encrypt the ID token for."
DEFAULT_ENC = "A128CBC-HS256"
"""Where a client names none (OIDC Dynamic Client Registration 2)."""
_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS))


class NoUsableKey(Exception):
    """The client has no key for the algorithm it registered; nothing is sent in the clear."""


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


def encrypt(content: str, *, keys: KeySet, alg: str, enc: str, is_signed: bool) -> str:
    """A JWE of a signed JWT (nested), or of bare JSON (OIDC Core 10.2). Raises NoUsableKey."""
    key = find_encryption_key(keys, alg)
    if key is None:
        raise NoUsableKey(alg)
    header = {"alg": alg, "enc": enc or DEFAULT_ENC}
    if key.kid:
        header["kid"] = key.kid
    if is_signed:
        header["cty"] = "JWT"
    algorithms = [header["alg"], header["enc"]]
    return jwe.encrypt_compact(header, content, key, algorithms=algorithms)
