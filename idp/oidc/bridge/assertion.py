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
from idp.oidc.client_jwt import MAX_JTI, is_between, key_id_of, verified_claims
from idp.oidc.grants.context import Equipment
from idp.oidc.profiles import Profile, profile_of
from idp.registry.client_keys import ClientKeys
from idp.tokens.used_ids import claim_id

METHOD = "private_key_jwt"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

LONGEST_SECONDS = 300
"""An assertion may not expire later than this from now."""
SKEW_SECONDS = 10
"""How far a client's clock may be wrong."""

_TYPES = ("", "jwt", "client-authentication+jwt")
"""A signed request object, also meant for us, says what it is and is no assertion."""
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
    alg, profile = client.party.token_endpoint_auth_signing_alg, profile_of(client.party.profile)
    claims = verified_claims(
        request.form["client_assertion"],
        keys=client_keys.at_hand(client.party),
        algorithms=[one for one in profile.client.signing_algorithms if alg in ("", one)],
        types=_TYPES,
    )
    if claims is None or not is_acceptable(claims, client_id=claimed.client_id):
        return None
    if not _is_meant_for_us(claims.get("aud"), equipment.settings.issuer.url, profile):
        return None
    is_first = claim_id(
        equipment.db,
        scope=claimed.client_id,
        jti=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"] + SKEW_SECONDS, UTC),
    )
    return client if is_first else None


def is_acceptable(claims: dict[str, Any], *, client_id: str) -> bool:
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


def _is_meant_for_us(audience: object, issuer: str, profile: Profile) -> bool:
    """The issuer; where the profile allows, also an endpoint clients used to name, or a list.

    Of a list nothing may be anybody else's (RFC 9126 section 2, FAPI 2.0 5.3.2.1).
    """
    if profile.assertion_audience_is_issuer_only:
        return audience == issuer
    ours = {issuer, f"{issuer}/token", f"{issuer}/par"}
    named = audience if isinstance(audience, list) else [audience]
    return bool(named) and all(isinstance(one, str) and one in ours for one in named)
