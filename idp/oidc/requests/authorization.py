"""What a relying party asks at /authorize, from its request object or from what it pushed.

Its client, and that client's keys, are looked up before the transaction of the request.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.authorization.refusal import Refusal
from idp.kit.crypto import DecryptionFailed
from idp.kit.secrets import token_hash
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.request_objects import unwrap
from idp.relying_parties.party import RegisteredParty
from idp.tokens.codes import find_pushed_request
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.refusals import RequestRefused
from idp.web.share import take_share

PUSHED_PREFIX = "urn:ietf:params:oauth:request_uri:"
"""What the handle of a pushed request begins with (RFC 9126 section 2.2)."""

_NOT_OPEN = N_(
    "This request to sign in is no longer valid, or belongs to another service. "
    "Start again at the service."
)


def find_party(http: Request, client_id: str) -> RegisteredParty | None:
    """The live party; one that is not at hand is read in a unit of work of its own."""
    parties = OidcPart.of(http).relying_parties
    if parties.is_at_hand(client_id):
        return parties.find(client_id)
    with transaction(http) as db:
        return parties.find(client_id, db=db)


def prefetch_keys(http: Request, client_id: str) -> None:
    """Have the client's keys at hand, if they are behind an address and something needs them."""
    party = find_party(http, client_id)
    if party is not None and party.jwks_uri and party.is_answered_encrypted:
        OidcPart.of(http).client_keys.find(party)


def read_request(
    http: Request, fields: Mapping[str, str]
) -> tuple[AuthorizationRequest, Refusal | None]:
    """The request, and what is wrong with its request object.

    Holds no connection while it fetches. With a bad object, the parameters beside it say where the
    error goes.
    """
    authorization = AuthorizationRequest.read(fields)
    is_pushed = authorization.request_uri.startswith(PUSHED_PREFIX)
    if is_pushed or not (authorization.request or authorization.request_uri):
        return authorization, None
    party, part = find_party(http, authorization.client_id), OidcPart.of(http)
    if party is None:
        return authorization, None
    if authorization.request_uri:
        with transaction(http) as db:
            take_share(http, db, counts=False)
    found = unwrap(
        authorization,
        party,
        issuer=part.issuer.url,
        keys=part.client_keys,
        http=part.outbound,
    )
    if isinstance(found, Refusal):
        return replace(authorization, request="", request_uri=""), found
    return found, None


def open_pushed(
    http: Request, db: Session, authorization: AuthorizationRequest
) -> AuthorizationRequest:
    """The request behind a handle, whatever stands beside it but the client; any other as it is.

    The handle may be opened again while it is fresh; it is spent with the code. Raises
    RequestRefused, a page of ours, for one that is unknown, expired, spent or another client's:
    nothing says where else the person could be sent.
    """
    if not authorization.request_uri.startswith(PUSHED_PREFIX):
        return authorization
    digest = token_hash(authorization.request_uri)
    try:
        found = find_pushed_request(
            db,
            handle_hash=digest,
            client_id=authorization.client_id,
            keyring=OidcPart.of(http).keyring,
        )
    except DecryptionFailed:
        found = None
    if found is None or found.fault:
        reason = found.fault if found else "unknown"
        raise RequestRefused(400, _NOT_OPEN, detail=f"pushed request: {reason}")
    return AuthorizationRequest.read_stored(json.loads(found.parameters))
