"""Assertions of clients: what each must be, and that it is accepted once (RFC 7523 section 3)."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from idp.kit import clock
from idp.oidc.client_jwt import SKEW_SECONDS, is_between, is_usable_id, verified_claims
from idp.oidc.part import OidcPart
from idp.oidc.profiles import profile_of
from idp.relying_parties.party import RegisteredParty
from idp.tokens.jtis import claim_id

LONGEST_SECONDS = 300
"""An assertion may not expire later than this from now."""


def spend_assertion(
    part: OidcPart,
    db: Session,
    assertion: str,
    *,
    party: RegisteredParty,
    is_for_us: Callable[[object], bool],
    types: Collection[str],
) -> str | None:
    """None when a registered key of the party signed it, by and about the party, now and for us.

    `is_for_us` is asked about `aud`. The `jti` is used up: of all who present it, one is accepted.
    Otherwise what is wrong, for the journal.
    """
    alg, accepted = party.token_endpoint_auth_signing_alg, profile_of(party.profile).client
    algorithms = [one for one in accepted.signing_algorithms if alg in ("", one)]
    keys = part.client_keys.at_hand(party)
    claims = verified_claims(assertion, keys=keys, algorithms=algorithms, types=types)
    if claims is None:
        return (
            f"The assertion: none of the {len(keys.keys)} registered keys signed it by"
            f" {' or '.join(algorithms)}, or its typ is another token's."
        )
    if fault := _find_fault(claims, client_id=party.client_id, is_for_us=is_for_us):
        return f"The assertion: {fault}"
    is_first = claim_id(
        db,
        scope=party.client_id,
        jti=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"] + SKEW_SECONDS, UTC),
    )
    return None if is_first else "The assertion: its jti was presented before."


def _find_fault(
    claims: dict[str, Any], *, client_id: str, is_for_us: Callable[[object], bool]
) -> str | None:
    """What keeps the claims from being by and about the client, for us, now and not for long."""
    now = clock.now().timestamp()
    latest = now + LONGEST_SECONDS + SKEW_SECONDS
    faults = (
        (claims.get("iss") != client_id, "iss is not the client_id."),
        (claims.get("sub") != client_id, "sub is not the client_id."),
        (not is_usable_id(claims.get("jti")), "jti is missing or too long."),
        (
            not is_between(claims.get("exp"), now - SKEW_SECONDS, latest),
            f"exp is missing, past, or more than {LONGEST_SECONDS} s ahead.",
        ),
        *(
            (not is_between(claims.get(name, now), 0, now + SKEW_SECONDS), f"{name} is to come.")
            for name in ("iat", "nbf")
        ),
        (not is_for_us(claims.get("aud")), "aud is not the issuer."),
    )
    return next((sentence for is_broken, sentence in faults if is_broken), None)
