"""/par: a client sends its authorization request itself, and gets a handle for it (RFC 9126).

Everything that is checked at /authorize is checked here first, where only the client hears of it.
"""

import json
from dataclasses import replace
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import TokenEndpoint
from starlette.requests import Request
from starlette.responses import Response

from idp.authorization.refusal import Refusal
from idp.kit.clock import seconds
from idp.kit.secrets import new_token, token_hash
from idp.oidc.authlib.build import AUTHENTICATION_METHODS
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.checks.context import context_of
from idp.oidc.checks.rules import Address, check_redirect_uri, find_refusal
from idp.oidc.grants.binding import read_binding
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.profiles import profile_of
from idp.oidc.request_objects import unwrap_pushed
from idp.oidc.requests.authenticated import answer_client
from idp.oidc.requests.authorization import PUSHED_PREFIX
from idp.relying_parties.party import RegisteredParty
from idp.tokens.codes import store_pushed_request
from idp.web.forms import Form
from idp.web.routes import Router
from idp.web.share import take_share

router = Router()


class PushedAuthorization(TokenEndpoint):
    """Authlib's endpoint: it authenticates the client and renders errors as /token does."""

    ENDPOINT_NAME = "pushed_authorization_request"
    CLIENT_AUTH_METHODS = AUTHENTICATION_METHODS

    def __init__(self, http: Request) -> None:
        super().__init__()
        self._http = http

    def create_endpoint_response(
        self, request: ProtocolRequest
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        """201 with the handle, which lives as long as the settings say.

        Of public clients so many as of sign-ins: whoever knows the name may push. Others push for
        all their people from one address.
        """
        party = self.authenticate_endpoint_client(request).party
        if party.is_public:
            take_share(self._http, self.server.db)
        shown = read_binding(self.server, request, party, path="/par").jkt
        handle = PUSHED_PREFIX + new_token()
        authorization = self._read(request, party)
        if isinstance(authorization, AuthorizationRequest):
            authorization = _bound(
                replace(authorization, pushed_as=token_hash(handle).hex()), shown
            )
        if isinstance(authorization, AuthorizationRequest):
            authorization = self._checked(request, authorization, party)
        if isinstance(authorization, Refusal):
            raise OAuth2Error(authorization.description, error=authorization.error)
        part = self.server.part
        lifetime = part.tokens.pushed_request_lifetime
        store_pushed_request(
            self.server.db,
            handle_hash=token_hash(handle),
            client_id=party.client_id,
            parameters=json.dumps(authorization.sent()),
            keyring=part.keyring,
            lifetime=lifetime,
        )
        return 201, {"request_uri": handle, "expires_in": seconds(lifetime)}, []

    def _read(
        self, request: ProtocolRequest, party: RegisteredParty
    ) -> AuthorizationRequest | Refusal:
        """What is asked; of the client that has authenticated, whatever the form calls it."""
        authorization = replace(AuthorizationRequest.read(request.form), client_id=party.client_id)
        if authorization.request_uri:
            return Refusal("invalid_request", "A request_uri cannot be pushed.")
        if authorization.request:
            keys = self.server.part.client_keys.at_hand(party)
            return unwrap_pushed(authorization, party, issuer=self.server.issuer, keys=keys)
        if profile_of(party.profile).requires_signed_request:
            return Refusal("invalid_request", "The client must push signed request objects.")
        return authorization

    def _checked(
        self, request: ProtocolRequest, authorization: AuthorizationRequest, party: RegisteredParty
    ) -> AuthorizationRequest | Refusal:
        if refusal := check_redirect_uri(authorization, party):
            request.fault = refusal.reason
            return Refusal("invalid_request", "The redirect_uri is missing or not registered.")
        return (
            find_refusal(context_of(self.server.part, authorization, party), Address.PUSHED)
            or authorization
        )


def _bound(authorization: AuthorizationRequest, shown: str) -> AuthorizationRequest | Refusal:
    """With the key whose proof was sent along, to which the code is bound (RFC 9449 10.1)."""
    if shown and authorization.dpop_jkt not in ("", shown):
        return Refusal("invalid_request", "The parameter dpop_jkt names another key than is shown.")
    return replace(authorization, dpop_jkt=shown) if shown else authorization


@router.post("/par")
def push(request: Request, form: Form) -> Response:
    """Three statements at most: ids of assertion and proof, or a public client's share; the row."""
    endpoint = PushedAuthorization(request)
    return answer_client(request, form, endpoint, refused_event="push.refused")
