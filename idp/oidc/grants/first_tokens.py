"""The first tokens of a grant that a person made: by a code, or at a device."""

from typing import Any

from idp.journal.record import record
from idp.oidc.grants.binding import SenderConstrained, refresh_holder
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess
from idp.tokens.refresh import store_refresh_token


class FirstTokens(SenderConstrained):
    """A grant whose tokens begin a family; `access` is what was claimed."""

    EVENT: str
    access: GrantedAccess
    presented_by: RegisteredParty

    def generate_token(self, **values: Any) -> dict[str, Any]:
        """A refresh token comes with offline access only."""
        values["include_refresh_token"] = self.access.is_offline
        token: dict[str, Any] = super().generate_token(**values)
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Keep the refresh token's digest, and journal the exchange."""
        access = self.access
        if "refresh_token" in token:
            store_refresh_token(
                self.server.db,
                token=token["refresh_token"],
                grant_id=access.grant_id,
                generation=1,
                lifetime=self.server.part.tokens.refresh_lifetime,
                bound_to=refresh_holder(self.server.binding, self.presented_by),
            )
        record(
            self.server.db,
            event=self.EVENT,
            sign_in_id=access.sign_in_id,
            subject_number=access.subject_number,
            relying_party_id=access.relying_party_id,
            service_id=access.service_id,
            counted=False,
        )
