"""A request and its client as Authlib reads them: fields parsed strictly, each once."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.kit.certificates import ClientCertificate
from idp.oidc.client_jwt import SentJwt
from idp.relying_parties.grant_types import canonical
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import matches
from idp.relying_parties.secrets import check_secret

_BEGINNING = vars(OAuth2Request("POST", "https://provider.invalid/"))
"""What Authlib gives each request. Made once: its check of the URI reads the environment."""


class ProtocolRequest(OAuth2Request):
    """One request to /authorize or /token, with its DPoP headers, certificate and source.

    Authlib insists on a secure URI; whether http is allowed is decided by our settings, where
    production refuses it, so the URI given here is only a name, and is checked once.
    """

    def __init__(
        self,
        method: str,
        fields: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        proofs: Sequence[str] = (),
        certificate: ClientCertificate | None = None,
        source: Callable[[], str] = str,
    ) -> None:
        self.__dict__.update(_BEGINNING)
        self.method, self.headers = method, headers
        self._fields = {name: value for name, value in fields.items() if value}
        self.proofs = proofs
        self.certificate = certificate
        self.source = source
        self.payload = BasicOAuth2Payload(self._fields)
        self.asserted: dict[str, SentJwt | None] = {}
        """The assertion in a parameter, once it was read."""
        self.fault: str | None = None
        """Why it is refused, in plain words, for the journal; nothing secret."""

    @cached_property
    def basic(self) -> tuple[str, str]:
        """Client id and secret of the Authorization header, both form-encoded (RFC 6749 2.3.1).

        Both empty when there is none, or none that can be read.
        """
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return "", ""
        client_id, _, secret = decoded.partition(":")
        return unquote_plus(client_id), unquote_plus(secret)

    @property
    def args(self) -> dict[str, str]:
        """The parameters."""
        return self._fields

    @property
    def form(self) -> dict[str, str]:
        """The parameters."""
        return self._fields


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
        """Whether it may authenticate so: the same at every endpoint."""
        return method in self.party.auth_methods

    def check_response_type(self, response_type: str) -> bool:
        """Whether the party registered it."""
        return canonical(response_type) in self.party.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the party registered it."""
        return grant_type in self.party.grant_types


QueryClient = Callable[[str], Client | None]
