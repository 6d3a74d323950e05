"""Machine tokens (RFC 6749 section 4.4). They touch no row but the audit's."""

from typing import Any

from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibGrant

from idp.journal.record import record
from idp.oidc.grants.machine import MachineGrant
from idp.relying_parties.auth_methods import CONFIDENTIAL_METHODS


class ClientCredentialsGrant(MachineGrant, AuthlibGrant):
    """For the client that authenticated."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def save_token(self, _token: dict[str, Any]) -> None:
        """The audit row, when the endpoint finds one due and opened a transaction."""
        if self.server.database is not None and not self.server.is_audited:
            record(
                self.server.db,
                event="client_credentials.issued",
                relying_party_id=self.client.party.id,
                counted=False,
            )
