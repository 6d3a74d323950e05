"""What introspection and revocation have in common: a client presents a token."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, TokenEndpoint
from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.bridge.build import build_server
from idp.oidc.bridge.client import Client
from idp.oidc.bridge.request import ProtocolRequest
from idp.oidc.endpoints.authenticated import client_transaction, note_refusal, read_asked
from idp.oidc.grants.access_token import read_access_token
from idp.oidc.grants.context import Equipment
from idp.tokens.presented import KnownRefreshToken, find_refresh_token


def answer_client(
    request: Request, form: dict[str, str], endpoint: type[TokenEndpoint], *, refused_event: str
) -> Response:
    """Let Authlib's endpoint answer, in the transaction in which the client authenticates."""
    asked = read_asked(request, form)
    with client_transaction(request, asked) as db:
        server = build_server(request.app.state, db)
        server.register_endpoint(endpoint)
        response: Response = server.create_endpoint_response(endpoint.ENDPOINT_NAME, asked)
        if server.refused is not None:
            note_refusal(db, server.refused, event=refused_event)
        return response


def read_presented(
    equipment: Equipment, request: ProtocolRequest, client: Client
) -> dict[str, Any] | KnownRefreshToken | None:
    """The claims of a valid access token, whoever's, or the client's own refresh token.

    The hint is not needed: the kinds cannot be confused (RFC 7009, 7662 section 2.1).
    """
    presented = request.form.get("token")
    if presented is None:
        raise InvalidRequestError("The parameter token is missing.")
    if claims := read_access_token(equipment, presented):
        return claims
    refresh = find_refresh_token(equipment.db, token=presented, today=equipment.today)
    is_own = refresh is not None and refresh.relying_party_id == client.party.id
    return refresh if is_own else None
