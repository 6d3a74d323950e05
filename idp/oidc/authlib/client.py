"""A relying party as Authlib asks about it, and how it presents itself."""

from collections.abc import Callable

from authlib.oauth2.rfc6749 import ClientMixin

from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import matches
from idp.relying_parties.response_types import canonical
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
