"""Signing tokens and reading back our own; encrypting for a relying party."""

import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet
from joserfc.jws import JWSRegistry

from idp.keys.cache import SigningKeys
from idp.keys.creation import ALGORITHMS
from idp.kit import clock
from idp.kit.secrets import base64url
from idp.relying_parties.key_sets import find_encryption_key

NO_KEY = "The client has no key to encrypt the ID token for."
DEFAULT_ENC = "A128CBC-HS256"
"""Where a client names none (OIDC Dynamic Client Registration 2)."""
_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS))
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ES256 = ECDSA(SHA256())


class NoUsableKey(Exception):
    """The client has no key for the algorithm it registered; nothing is sent in the clear."""


def sign(keys: SigningKeys, claims: dict[str, Any], *, alg: str, typ: str = "JWT") -> str:
    """A signed JWT under the key that signs with `alg` now (RFC 7515 section 7.1).

    joserfc looks at header, key and their registries anew for each, which costs as much as the
    signature.
    """
    key = keys.signing_key(alg)
    told = f"{_header(alg, key.kid, typ)}.{base64url(_ENCODER.encode(claims).encode())}"
    return f"{told}.{base64url(_signature(alg, key, told.encode()))}"


@cache
def _header(alg: str, kid: str, typ: str) -> str:
    return base64url(_ENCODER.encode({"alg": alg, "kid": kid, "typ": typ}).encode())


def _signature(alg: str, key: Key, told: bytes) -> bytes:
    """Of ES256 the two numbers one after the other (RFC 7518 section 3.4)."""
    if alg == "ES256" and isinstance(key, ECKey) and key.private_key is not None:
        pair = decode_dss_signature(key.private_key.sign(told, _ES256))
        return b"".join(number.to_bytes(32, "big") for number in pair)
    return _REGISTRY.get_alg(alg).sign(told, key)


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
