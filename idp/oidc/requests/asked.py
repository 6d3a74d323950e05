"""What a relying party asks at /authorize, from its request object or from what it pushed."""

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
from idp.oidc.requests.prefetch import find_party
from idp.tokens.pushed import find_pushed_request
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


def read_request(
    http: Request, fields: Mapping[str, str]
) -> tuple[AuthorizationRequest, Refusal | None]:
    """The request, and what is wrong with its request object.

    Holds no connection while it fetches. With a bad object, the parameters beside it say where the
    error goes.
    """
    asked = AuthorizationRequest.read(fields)
    is_pushed = asked.request_uri.startswith(PUSHED_PREFIX)
    if is_pushed or not (asked.request or asked.request_uri):
        return asked, None
    party, part = find_party(http, asked.client_id), OidcPart.of(http)
    if party is None:
        return asked, None
    if asked.request_uri:
        with transaction(http) as db:
            take_share(http, db, counts=False)
    found = unwrap(
        asked,
        party,
        issuer=part.issuer.url,
        keys=part.client_keys,
        http=part.outbound,
    )
    if isinstance(found, Refusal):
        return replace(asked, request="", request_uri=""), found
    return found, None


def open_pushed(http: Request, db: Session, asked: AuthorizationRequest) -> AuthorizationRequest:
    """The request behind a handle, whatever stands beside it but the client; any other as it is.

    The handle may be opened again while it is fresh; it is spent with the code. Raises
    RequestRefused, a page of ours, for one that is unknown, expired, spent or another client's:
    nothing says where else the person could be sent.
    """
    if not asked.request_uri.startswith(PUSHED_PREFIX):
        return asked
    digest = token_hash(asked.request_uri)
    try:
        found = find_pushed_request(
            db,
            handle_hash=digest,
            client_id=asked.client_id,
            keyring=OidcPart.of(http).keyring,
        )
    except DecryptionFailed:
        found = None
    if found is None or found.fault:
        reason = found.fault if found else "unknown"
        raise RequestRefused(400, _NOT_OPEN, detail=f"pushed request: {reason}")
    return AuthorizationRequest.read_stored(json.loads(found.parameters))
