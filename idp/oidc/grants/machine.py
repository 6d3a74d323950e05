"""Access tokens for a client itself, where nobody is signed in."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError

from idp.oidc.grants.binding import SenderConstrained
from idp.oidc.grants.resources import check_registered
from idp.oidc.scopes import machine_scopes


class MachineGrant(SenderConstrained):
    """Only scope values registered for the client, and none that stand for a person's data."""

    def validate_requested_scope(self) -> None:
        """Raises InvalidScopeError or InvalidTargetError for a value that is not registered."""
        check_registered(self.request, self.client.party, issuer=self.server.issuer)
        asked = set((self.request.payload.scope or "").split())
        if not asked <= set(machine_scopes(self.client.party)):
            raise InvalidScopeError()

    def generate_token(self, *, scope: str | None = None, **values: Any) -> dict[str, Any]:
        """Without a scope in the request, all that is registered; never for a person."""
        granted = scope or " ".join(machine_scopes(self.client.party))
        token: dict[str, Any] = super().generate_token(**{**values, "scope": granted, "user": None})
        return token
