"""Machine tokens (RFC 6749 section 4.4). They touch no row but the audit's."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibGrant

from idp.journal.record import record
from idp.oidc.grants.binding import SenderConstrained
from idp.oidc.grants.resources import check_registered
from idp.oidc.scopes import machine_scopes
from idp.registry.metadata import AUTH_METHODS


class ClientCredentialsGrant(SenderConstrained, AuthlibGrant):
    """Only scope values registered for the client, and none that stand for a person's data."""

    TOKEN_ENDPOINT_AUTH_METHODS = tuple(method for method in AUTH_METHODS if method != "none")

    def validate_requested_scope(self) -> None:
        """Raises InvalidScopeError or InvalidTargetError for a value that is not registered."""
        check_registered(self.request, self.client.party, issuer=self.server.issuer)
        asked = set((self.request.payload.scope or "").split())
        if not asked <= set(machine_scopes(self.client.party)):
            raise InvalidScopeError()

    def generate_token(self, *, scope: str | None = None, **values: Any) -> dict[str, Any]:
        """Without a scope in the request, all that is registered."""
        granted = scope or " ".join(machine_scopes(self.client.party))
        token: dict[str, Any] = super().generate_token(scope=granted, **values)
        return token

    def save_token(self, _token: dict[str, Any]) -> None:
        """The audit row, when the endpoint finds one due and opened a transaction."""
        equipment = self.server.equipment
        if equipment.database is not None and not equipment.is_audited:
            record(
                equipment.db,
                event="client_credentials.issued",
                relying_party_id=self.client.party.id,
                counted=False,
            )
