"""What a relying party asks at /authorize, taken out of its request object where it sent one."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request

from idp.oidc.parameters import AuthorizationRequest, Refusal
from idp.oidc.request_objects import unwrap
from idp.web.db import transaction


def read_request(
    http: Request, fields: Mapping[str, str]
) -> tuple[AuthorizationRequest, Refusal | None]:
    """The request, and what is wrong with its request object.

    Holds no connection while it fetches. With a bad object, the parameters beside it say where the
    error goes.
    """
    asked = AuthorizationRequest.read(fields)
    if not asked.request and not asked.request_uri:
        return asked, None
    state = http.app.state
    with transaction(http) as db:
        party = state.relying_parties.find(asked.client_id, db=db)
    if party is None:
        return asked, None
    found = unwrap(
        asked,
        party,
        issuer=state.settings.issuer.url,
        keys=state.client_keys,
        http=state.outbound,
    )
    if isinstance(found, Refusal):
        return replace(asked, request="", request_uri=""), found
    return found, None
