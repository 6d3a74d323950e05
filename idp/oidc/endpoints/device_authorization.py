"""/device_authorization: a device asks for someone to sign in at it (RFC 8628 section 3.1, 3.2)."""

from dataclasses import replace
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import UnauthorizedClientError
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint
from starlette.requests import Request
from starlette.responses import Response

from idp.kit.clock import seconds
from idp.kit.secrets import new_token
from idp.oidc.authlib.build import AUTHENTICATION_METHODS
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.checks.context import context_of
from idp.oidc.checks.rules import Address, find_refusal
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.requests.authenticated import answer_client
from idp.oidc.scopes import tell_ignored
from idp.oidc.user_codes import new_user_code, user_code_hashes
from idp.rate_limits import source_of
from idp.relying_parties.grant_types import DEVICE_CODE
from idp.tokens.devices import store_device_request
from idp.web.forms import Form
from idp.web.links import absolute_url
from idp.web.routes import Router
from idp.web.trusted_proxy import client_ip

router = Router()
_NO_LIMIT = 2**31 - 1
"""Of a public client: whoever knows its name may ask, and would use it up for everybody."""
_PARAMETERS = ("scope", "acr_values", "max_age", "claims", "resource")


class DeviceAuthorization(DeviceAuthorizationEndpoint):
    """Authlib's endpoint, with our codes and checks."""

    CLIENT_AUTH_METHODS = AUTHENTICATION_METHODS

    def __init__(self, http: Request) -> None:
        self._http = http
        self._settings = OidcPart.of(http).devices
        self.EXPIRES_IN = seconds(self._settings.lifetime)
        self.INTERVAL = seconds(self._settings.poll_every)

    def authenticate_client(self, request: ProtocolRequest) -> Any:
        """Authlib's, and what is asked is checked. Raises OAuth2Error."""
        client = super().authenticate_client(request)
        party, part = client.party, OidcPart.of(self._http)
        if DEVICE_CODE not in party.grant_types:
            raise UnauthorizedClientError("The client did not register the grant for devices.")
        sent = {name: request.form[name] for name in _PARAMETERS if name in request.form}
        authorization = AuthorizationRequest.read({**sent, "client_id": party.client_id})
        if refusal := find_refusal(context_of(part, authorization, party), Address.DEVICE):
            raise OAuth2Error(refusal.description, error=refusal.error)
        self._asked = replace(authorization, prompt="consent")
        tell_ignored(part, self.server.db, self._asked, party)
        self._most = _NO_LIMIT if party.is_public else self._settings.waiting_per_client
        return client

    def generate_user_code(self) -> str:
        """34 random bits, that nobody may try often."""
        return new_user_code()

    def generate_device_code(self) -> str:
        """256 random bits."""
        return new_token()

    def get_verification_uri(self) -> str:
        """Where the person types the code."""
        return absolute_url(OidcPart.of(self._http).issuer, "/device")

    def save_device_credential(self, client_id: str, _scope: str, data: dict[str, Any]) -> None:
        """Keep both codes' digests. Raises OAuth2Error while too many wait already."""
        keyring = OidcPart.of(self._http).keyring
        is_kept = store_device_request(
            self.server.db,
            device_code=data["device_code"],
            user_hash=user_code_hashes(keyring, data["user_code"])[0],
            client_id=client_id,
            source_hash=keyring.lookup_hash("devices.source", source_of(client_ip(self._http))),
            parameters=self._asked.stored(),
            poll_every=self._settings.poll_every,
            lifetime=self._settings.lifetime,
            most=self._most,
            most_of_source=self._settings.waiting_per_source,
        )
        if not is_kept:
            raise OAuth2Error("Too many devices wait already.", error="temporarily_unavailable")


@router.post("/device_authorization")
def ask(request: Request, form: Form) -> Response:
    """200 with both codes; one statement beside what the client's authentication needs."""
    endpoint = DeviceAuthorization(request)
    return answer_client(request, form, endpoint, refused_event="device.refused")
