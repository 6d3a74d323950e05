"""Assertions of clients: what each must be, and that it is accepted once (RFC 7523 section 3)."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from idp.kit import clock
from idp.oidc.client_jwt import MAX_JTI, is_between, verified_claims
from idp.oidc.grants.context import Equipment
from idp.oidc.profiles import profile_of
from idp.registry.party import RegisteredParty
from idp.tokens.used_ids import claim_id

LONGEST_SECONDS = 300
"""An assertion may not expire later than this from now."""
SKEW_SECONDS = 10
"""How far a client's clock may be wrong."""


def accept_assertion(
    equipment: Equipment,
    assertion: str,
    *,
    party: RegisteredParty,
    is_for_us: Callable[[object], bool],
    types: Collection[str],
) -> bool:
    """Whether a registered key of the party signed it, by and about the party, now and for us.

    `is_for_us` is asked about `aud`. The `jti` is used up: of all who present it, one is told True.
    """
    alg, profile = party.token_endpoint_auth_signing_alg, profile_of(party.profile)
    claims = verified_claims(
        assertion,
        keys=equipment.client_keys.at_hand(party),
        algorithms=[one for one in profile.client.signing_algorithms if alg in ("", one)],
        types=types,
    )
    if claims is None or not _is_acceptable(claims, client_id=party.client_id):
        return False
    if not is_for_us(claims.get("aud")):
        return False
    return claim_id(
        equipment.db,
        scope=party.client_id,
        jti=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"] + SKEW_SECONDS, UTC),
    )


def _is_acceptable(claims: dict[str, Any], *, client_id: str) -> bool:
    """Whether the claims are by and about the client, now and not for long, and named by a jti."""
    jti, now = claims.get("jti"), clock.now().timestamp()
    return (
        claims.get("iss") == claims.get("sub") == client_id
        and isinstance(jti, str)
        and 0 < len(jti) <= MAX_JTI
        and is_between(claims.get("exp"), now - SKEW_SECONDS, now + LONGEST_SECONDS + SKEW_SECONDS)
        and all(
            is_between(claims[name], 0, now + SKEW_SECONDS)
            for name in ("iat", "nbf")
            if name in claims
        )
    )
