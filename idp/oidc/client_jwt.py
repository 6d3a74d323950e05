"""Reading JWTs that a relying party signed with one of its registered keys."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry

SKEW_SECONDS = 10
"""How far a client's clock may be wrong."""
_MAX_JTI = 500

_KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


class _ClientAlgorithms(JWSRegistry):
    """Says nothing about RFC 9864, which renames EdDSA: FAPI 2.0 5.4.1 calls it by that name."""

    max_header_length = 4096  # an RSA key may stand in it

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name] if name == "EdDSA" else super().get_alg(name)


_REGISTRY = _ClientAlgorithms(
    algorithms=list(_KEY_TYPES),
    strict_check_header=False,  # what is not understood is ignored (RFC 7515 section 4)
)
_MALFORMED = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Claimed:
    """What an assertion says before anything is proven."""

    client_id: str
    kid: str | None


def read_claimed(assertion: str) -> Claimed | None:
    """Which client an assertion is about, and the key it says it is signed with; unproven."""
    try:
        payload = jws.extract_compact(assertion.encode(), registry=_REGISTRY).payload
        client_id = json.loads(payload)["sub"]
    except _MALFORMED:
        return None
    return Claimed(client_id, key_id_of(assertion)) if isinstance(client_id, str) else None


def header_of(token: str) -> dict[str, Any] | None:
    """What the header says, unproven; None for what is no signed JWT."""
    try:
        return dict(jws.extract_compact(token.encode(), registry=_REGISTRY).headers())
    except _MALFORMED:
        return None


def key_id_of(token: str) -> str | None:
    """The `kid` the header names, unproven."""
    kid = (header_of(token) or {}).get("kid")
    return kid if isinstance(kid, str) else None


def verified_claims(
    token: str, *, keys: KeySet, algorithms: Collection[str], types: Collection[str]
) -> dict[str, Any] | None:
    """The claims, when one of the keys signed them with one of the algorithms.

    `types` are the values of `typ` accepted, lower case, "" for none. None for anything else. The
    caller looks at the claims: nothing about them is checked here.
    """
    header = header_of(token)
    if header is None or header.get("alg") not in algorithms or {"crit", "b64"} & header.keys():
        return None
    if str(header.get("typ", "")).lower() not in types:
        return None
    for key in keys.keys:
        if _fits(key, header["alg"], header.get("kid")):
            try:
                return jwt.decode(token, key, registry=_REGISTRY).claims
            except _MALFORMED:
                continue
    return None


def is_between(value: object, least: float, most: float) -> bool:
    """Whether a claim is a number above `least`, and `most` at most."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least < value <= most  # type: ignore[operator]


def is_usable_id(jti: object) -> bool:
    """Whether a `jti` is a text of 1 to 500 characters."""
    return isinstance(jti, str) and 0 < len(jti) <= _MAX_JTI


def _fits(key: Key, alg: str, kid: object) -> bool:
    """Whether the key may have signed this: of its kind, and not kept for something else."""
    return (
        key.key_type == _KEY_TYPES[alg]
        and (kid is None or key.kid in (None, kid))
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, alg)
    )
