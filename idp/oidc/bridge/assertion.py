"""`private_key_jwt`: a client proves itself by a short-lived JWT it signed (RFC 7523 section 2.2).

Shared-secret assertions (`client_secret_jwt`) are not offered, so no HMAC is ever accepted.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from idp.kit import clock
from idp.oidc.bridge.client import Client, QueryClient, named_client_id
from idp.oidc.bridge.request import ProtocolRequest
from idp.oidc.client_jwt import key_id_of, verified_claims
from idp.oidc.grants.context import Equipment
from idp.registry.client_keys import ClientKeys
from idp.tokens.assertions import claim_assertion

METHOD = "private_key_jwt"
ALGORITHMS = ("RS256", "PS256", "ES256")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

LONGEST_SECONDS = 300
"""An assertion may not expire later than this from now."""
SKEW_SECONDS = 10
"""How far a client's clock may be wrong."""

_TYPES = ("", "jwt", "client-authentication+jwt")
"""A signed request object, also meant for us, says what it is and is no assertion."""
_MAX_JTI = 500
_MALFORMED = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Claimed:
    """What an assertion says before anything is proven."""

    client_id: str
    kid: str | None


def claimed_client(request: ProtocolRequest) -> Claimed | None:
    """Which client an assertion names, and the key it says it is signed with."""
    assertion = request.form.get("client_assertion")
    if not assertion:
        return None
    try:
        client_id = json.loads(jws.extract_compact(assertion.encode()).payload)["sub"]
    except _MALFORMED:
        return None
    return Claimed(client_id, key_id_of(assertion)) if isinstance(client_id, str) else None


def presumed_client_id(request: ProtocolRequest) -> str:
    """The client that the request says it comes from, by whatever method; nothing is proven."""
    claimed = claimed_client(request)
    return claimed.client_id if claimed else named_client_id(request)


def authenticate_assertion(
    query_client: QueryClient,
    request: ProtocolRequest,
    *,
    equipment: Equipment,
    client_keys: ClientKeys,
) -> Client | None:
    """The client whose registered key signed a fresh assertion nobody has presented before."""
    claimed = claimed_client(request)
    if claimed is None or request.form.get("client_assertion_type") != ASSERTION_TYPE:
        return None
    if request.form.get("client_id", claimed.client_id) != claimed.client_id:
        return None
    client = query_client(claimed.client_id)
    if client is None or not client.check_endpoint_auth_method(METHOD, ""):
        return None
    alg = client.party.token_endpoint_auth_signing_alg
    claims = verified_claims(
        request.form["client_assertion"],
        keys=client_keys.at_hand(client.party),
        algorithms=(alg,) if alg else ALGORITHMS,
        types=_TYPES,
    )
    issuer = equipment.settings.issuer.url
    audiences = {issuer, f"{issuer}/token"}
    if claims is None or not is_acceptable(claims, client_id=claimed.client_id, of=audiences):
        return None
    is_first = claim_assertion(
        equipment.db,
        client_id=claimed.client_id,
        jti=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"] + SKEW_SECONDS, UTC),
    )
    return client if is_first else None


def is_acceptable(claims: dict[str, Any], *, client_id: str, of: set[str]) -> bool:
    """Whether the claims are by and about the client, for one of `of` alone, now and not for long.

    An audience may be a list, of which nothing may be anybody else's.
    """
    named = claims.get("aud")
    audience = named if isinstance(named, list) else [named]
    jti, now = claims.get("jti"), clock.now().timestamp()
    return (
        claims.get("iss") == claims.get("sub") == client_id
        and bool(audience)
        and all(isinstance(one, str) and one in of for one in audience)
        and isinstance(jti, str)
        and 0 < len(jti) <= _MAX_JTI
        and _is_between(claims.get("exp"), now - SKEW_SECONDS, now + LONGEST_SECONDS + SKEW_SECONDS)
        and all(
            _is_between(claims[name], 0, now + SKEW_SECONDS)
            for name in ("iat", "nbf")
            if name in claims
        )
    )


def _is_between(value: object, least: float, most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least < value <= most  # type: ignore[operator]
