"""A relying party as Authlib asks about it, and how it presents itself."""

from collections.abc import Callable

from authlib.oauth2.rfc6749 import ClientMixin

from idp.oidc.authlib.request import ProtocolRequest
from idp.relying_parties.auth_methods import PRIVATE_KEY_JWT
from idp.relying_parties.grant_types import canonical
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import matches
from idp.relying_parties.secrets import check_secret


class Client(ClientMixin):
    """Answers Authlib's questions from the registered party."""

    def __init__(self, party: RegisteredParty) -> None:
        self.party = party
        self.id_token_signed_response_alg = party.id_token_signed_response_alg

    def get_client_id(self) -> str:
        """The client_id."""
        return self.party.client_id

    def get_default_redirect_uri(self) -> None:
        """There is none: every request names its redirect URI."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """The scope as it is: our own checks have granted it before Authlib asks."""
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is registered."""
        return matches(
            self.party.redirect_uris, redirect_uri, application_type=self.party.application_type
        )

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is right, in constant time."""
        return check_secret(client_secret, stored_hash=self.party.client_secret_hash)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Exactly the registered method, at every endpoint."""
        return method == self.party.token_endpoint_auth_method

    def check_response_type(self, response_type: str) -> bool:
        """Whether the party registered it."""
        return canonical(response_type) in self.party.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the party registered it."""
        return grant_type in self.party.grant_types


QueryClient = Callable[[str], Client | None]


def presented_methods(request: ProtocolRequest) -> list[str]:
    """The ways in which the request authenticates its client; more than one is a fault."""
    methods = []
    if request.headers.get("Authorization"):
        methods.append("client_secret_basic")
    if request.form.get("client_secret"):
        methods.append("client_secret_post")
    if request.form.get("client_assertion") or request.form.get("client_assertion_type"):
        methods.append(PRIVATE_KEY_JWT)
    return methods or ["none"]


def authenticate_basic(query_client: QueryClient, request: ProtocolRequest) -> Client | None:
    """`client_secret_basic`, tolerating any bytes."""
    client_id, secret = request.basic
    if not client_id:
        request.fault = "The Authorization header is not Basic, or not base64 of id:secret."
        return None
    if request.form.get("client_id", client_id) != client_id:
        request.fault = "The header names another client than client_id does."
        return None
    return _proven(request, query_client(client_id), secret)


def authenticate_post(query_client: QueryClient, request: ProtocolRequest) -> Client | None:
    """`client_secret_post`."""
    client = query_client(request.form.get("client_id", ""))
    return _proven(request, client, request.form.get("client_secret", ""))


def named_client_id(request: ProtocolRequest) -> str:
    """The client that the request says it comes from; nothing is proven."""
    return request.basic[0] or request.form.get("client_id", "")


def _proven(request: ProtocolRequest, client: Client | None, secret: str) -> Client | None:
    if client is None or client.check_client_secret(secret):
        return client
    request.fault = "The secret is not the one registered."
    if client.check_client_secret(secret.strip()):
        request.fault = "The secret has white space around it."
    return None
