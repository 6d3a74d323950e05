"""The tokens of one grant: the first ones, the next ones, and their end when one is reused."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.oidc.entitlement import TAKEN_AWAY, has_all
from idp.oidc.grants.binding import SenderConstrained, refresh_holder
from idp.relying_parties.party import RegisteredParty
from idp.tokens.end import ReusedCredential, revoke_grant
from idp.tokens.grant import GrantedAccess
from idp.tokens.refresh import store_refresh_token


class FirstTokens(SenderConstrained):
    """A grant whose tokens begin a family; `access` is what was claimed."""

    EVENT: str
    access: GrantedAccess
    party: RegisteredParty

    def check_entitled(self, access: GrantedAccess) -> None:
        """Raises InvalidGrantError where something was taken away since the person agreed."""
        if not has_all(self.server.part, self.server.db, self.party, access):
            self.request.fault = TAKEN_AWAY
            raise InvalidGrantError(TAKEN_AWAY)

    def generate_token(self, **values: Any) -> dict[str, Any]:
        """A refresh token comes with offline access only."""
        values["include_refresh_token"] = self.access.is_offline
        token: dict[str, Any] = super().generate_token(**values)
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Keep the refresh token's digest, and journal the exchange."""
        if "refresh_token" in token:
            keep_refresh_token(
                self.server, self.party, self.access, token["refresh_token"], generation=1
            )
        record_use(self.server.db, self.access, event=self.EVENT)


def keep_refresh_token(
    server: Any, party: RegisteredParty, access: GrantedAccess, token: str, *, generation: int
) -> None:
    """Keep the digest of a new refresh token, bound as its client must be."""
    store_refresh_token(
        server.db,
        token=token,
        grant_id=access.grant_id,
        generation=generation,
        lifetime=server.part.tokens.refresh_lifetime,
        total=server.part.tokens.refresh_total,
        bound_to=refresh_holder(server.binding, party),
    )


def record_use(db: Session, access: GrantedAccess, *, event: str) -> None:
    """Journal that tokens came of a grant."""
    record(
        db,
        event=event,
        sign_in_id=access.sign_in_id,
        subject_number=access.subject_number,
        relying_party_id=access.relying_party_id,
        service_id=access.service_id,
        counted=False,
    )


def end_reused(
    server: Any, party: RegisteredParty, reuse: ReusedCredential, *, reason: str, said: str
) -> None:
    """Revoke the whole grant, and note it the first time (RFC 9700 section 4.14).

    `said` is what the client's developer finds under the error id.
    """
    if not revoke_grant(server.db, grant_id=reuse.grant_id):
        return
    server.is_refusal_noted = True
    record(
        server.db,
        event="grant.revoked",
        reason=reason,
        sign_in_id=reuse.sign_in_id,
        relying_party_id=party.id,
        counted=False,
        error_id=server.error_id,
        data={"description": said},
    )
