"""Authlib's registration endpoints over the registry; metadata arrives here read and checked."""

from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7592 import ClientConfigurationEndpoint

from idp.kit import clock
from idp.oidc.equipment import Equipment
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.dynamic import (
    SelfRegistered,
    document_of,
    find_self_registered,
    register_itself,
)
from idp.relying_parties.initial_tokens import spend_initial_token
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.register import change_metadata
from idp.relying_parties.secrets import check_secret


class InvalidTokenError(OAuth2Error):
    """No token, or none that lets its bearer do this (RFC 6750 section 3.1)."""

    error = "invalid_token"
    description = "The token is not valid here."


@dataclass
class _Payload:
    data: dict[str, Any]


@dataclass
class RegistrationRequest:
    """A request as Authlib's endpoints read it; `metadata` is set once it has been checked."""

    method: str
    token: str = field(repr=False)
    document: dict[str, Any]
    client_id: str = ""
    metadata: ClientMetadata | None = None
    credential: Any = None
    client: Any = None

    @property
    def payload(self) -> _Payload:
        """The document sent."""
        return _Payload(self.document)


class Registration(ClientRegistrationEndpoint):
    """POST: spends the initial access token and stores the client in one transaction."""

    def authenticate_token(self, request: RegistrationRequest) -> Any:
        """The system the token is for. Raises InvalidTokenError for one spent meanwhile."""
        db = _equipment(self).db
        system_id = spend_initial_token(db, token=request.token, at=clock.now())
        if system_id is None:
            raise InvalidTokenError()
        return system_id

    def extract_client_metadata(self, _request: RegistrationRequest) -> dict[str, Any]:
        """Nothing yet: what is answered is what was stored."""
        return {}

    def generate_client_info(self, _request: RegistrationRequest) -> dict[str, Any]:
        """Nothing yet: the registry makes id and secret."""
        return {}

    def save_client(self, _info: Any, _metadata: Any, request: RegistrationRequest) -> Any:
        """Store it."""
        made = register_itself(
            _equipment(self).db,
            system_id=request.credential,
            metadata=_checked(request),
            at=clock.now(),
        )
        request.client_id = made.party.client_id
        return made

    def generate_client_registration_info(
        self, client: SelfRegistered, _request: RegistrationRequest
    ) -> dict[str, Any]:
        """The whole answer (RFC 7591 section 3.2.1)."""
        return _answer(
            _equipment(self),
            client.party,
            token=client.registration_token,
            new=client.client_secret,
        )


class SelfManaged:
    """A client with the token that manages it, as Authlib asks about both."""

    def __init__(self, party: RelyingParty) -> None:
        self.party = party
        self.new_secret: str | None = None

    def get_client_id(self) -> str:
        """The client_id."""
        return self.party.client_id

    def check_client(self, client: "SelfManaged") -> bool:
        """The token was found with this client."""
        return client is self

    def check_client_secret(self, secret: object) -> bool:
        """Whether the secret sent along is the present one."""
        stored = self.party.client_secret_hash
        return isinstance(secret, str) and check_secret(secret, stored_hash=stored)


class Configuration(ClientConfigurationEndpoint):
    """GET, PUT and DELETE of one client by its registration access token."""

    def authenticate_token(self, request: RegistrationRequest) -> SelfManaged:
        """The client of the address, if the token is its own; else InvalidTokenError."""
        party = find_self_registered(
            _equipment(self).db, client_id=request.client_id, token=request.token
        )
        if party is None:
            raise InvalidTokenError()
        return SelfManaged(party)

    def authenticate_client(self, request: RegistrationRequest) -> SelfManaged:
        """The same."""
        client: SelfManaged = request.credential
        return client

    def check_permission(self, _client: SelfManaged, _request: RegistrationRequest) -> bool:
        """It may do to itself what the methods offer."""
        return True

    def extract_client_metadata(self, request: RegistrationRequest) -> ClientMetadata:
        """Checked already."""
        return _checked(request)

    def update_client(
        self, client: SelfManaged, metadata: ClientMetadata, _request: RegistrationRequest
    ) -> SelfManaged:
        """Replace what is registered."""
        client.new_secret = change_metadata(
            _equipment(self).db, party=client.party, metadata=metadata, at=clock.now()
        )
        return client

    def delete_client(self, client: SelfManaged, _request: RegistrationRequest) -> None:
        """Retire it; figures and journal still know it."""
        take_step(
            _equipment(self).db,
            relying_party_id=client.party.id,
            step="retire",
            at=clock.now(),
            reason="deregistered itself",
        )

    def introspect_client(self, _client: SelfManaged) -> dict[str, Any]:
        """Nothing yet: the registration info is the whole answer."""
        return {}

    def generate_client_registration_info(
        self, client: SelfManaged, request: RegistrationRequest
    ) -> dict[str, Any]:
        """The whole answer; the secret only when it is new, since a digest is all we keep."""
        return _answer(_equipment(self), client.party, token=request.token, new=client.new_secret)


def _answer(
    equipment: Equipment, party: RelyingParty, *, token: str, new: str | None
) -> dict[str, Any]:
    issuer = equipment.settings.issuer.url
    secret = {} if new is None else {"client_secret": new, "client_secret_expires_at": 0}
    return {
        **document_of(party),
        "client_id": party.client_id,
        "client_id_issued_at": int(party.created_at.timestamp()),
        **secret,
        "registration_client_uri": f"{issuer}/register/{party.client_id}",
        "registration_access_token": token,
    }


def _checked(request: RegistrationRequest) -> ClientMetadata:
    if request.metadata is None:
        raise RuntimeError("metadata is stored only after it was checked")
    return request.metadata


def _equipment(endpoint: Any) -> Equipment:
    equipment: Equipment = endpoint.server.equipment
    return equipment
