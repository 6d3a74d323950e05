"""`private_key_jwt`: a client proves itself by a short-lived JWT it signed (RFC 7523 section 2.2).

Shared-secret assertions (`client_secret_jwt`) are not offered, so no HMAC is ever accepted.
"""

from typing import Any

from idp.oidc.authlib.client import Client, QueryClient, named_client_id
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.client_jwt import Claimed, read_claimed
from idp.oidc.grants.assertion import spend_assertion
from idp.oidc.profiles import Profile, profile_of
from idp.relying_parties.auth_methods import PRIVATE_KEY_JWT

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_TYPES = ("", "jwt", "client-authentication+jwt")
"""A signed request object, also meant for us, says what it is and is no assertion."""


def claimed_client(request: ProtocolRequest, parameter: str = "client_assertion") -> Claimed | None:
    """Which client an assertion names, and the key it says it is signed with.

    The `assertion` of the JWT bearer grant is read alike.
    """
    sent = request.form.get(parameter)
    return read_claimed(sent) if sent else None


def presumed_client_id(request: ProtocolRequest) -> str:
    """The client that the request says it comes from, by whatever method; nothing is proven."""
    claimed = claimed_client(request)
    if claimed is None and not named_client_id(request):
        claimed = claimed_client(request, "assertion")
    return claimed.client_id if claimed else named_client_id(request)


def authenticate_assertion(
    query_client: QueryClient,
    request: ProtocolRequest,
    *,
    server: Any,
) -> Client | None:
    """The client whose registered key signed a fresh assertion nobody has presented before."""
    claimed = claimed_client(request)
    if claimed is None or request.form.get("client_assertion_type") != ASSERTION_TYPE:
        request.fault = "The assertion is no JWT with a sub, or client_assertion_type is another."
        return None
    if request.form.get("client_id", claimed.client_id) != claimed.client_id:
        request.fault = "The assertion is another client's than client_id says."
        return None
    client = query_client(claimed.client_id)
    if client is None or not client.check_endpoint_auth_method(PRIVATE_KEY_JWT, ""):
        return None
    issuer, profile = server.issuer, profile_of(client.party.profile)
    request.fault = spend_assertion(
        server.part,
        server.db,
        request.form["client_assertion"],
        party=client.party,
        is_for_us=lambda audience: _is_meant_for_us(audience, issuer, profile),
        types=_TYPES,
    )
    return None if request.fault else client


def _is_meant_for_us(audience: object, issuer: str, profile: Profile) -> bool:
    """The issuer; where the profile allows, also an endpoint clients used to name, or a list.

    Of a list nothing may be anybody else's (RFC 9126 section 2, FAPI 2.0 5.3.2.1).
    """
    if profile.assertion_audience_is_issuer_only:
        return audience == issuer
    ours = {issuer, f"{issuer}/token", f"{issuer}/par"}
    named = audience if isinstance(audience, list) else [audience]
    return bool(named) and all(isinstance(one, str) and one in ours for one in named)
