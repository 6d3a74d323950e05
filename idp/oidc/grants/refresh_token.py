"""The refresh grant with rotation and family revocation (RFC 6749 section 6, RFC 9700 4.14)."""

from typing import Any

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibGrant

from idp.journal.record import record
from idp.oidc.grants.granted import Granted
from idp.oidc.grants.resources import asked_resources, check_granted, check_registered
from idp.tokens.end import revoke_grant
from idp.tokens.refresh import claim_refresh_token, find_reuse, store_refresh_token


class RefreshTokenGrant(AuthlibGrant):
    """Each token is claimed in the look-up hook; a spent one revokes the whole grant, no grace."""

    TOKEN_ENDPOINT_AUTH_METHODS = (
        *("client_secret_basic", "client_secret_post", "private_key_jwt"),
        "none",
    )
    INCLUDE_NEW_REFRESH_TOKEN = True

    def _validate_request_token(self, client: Any) -> Granted:
        self.presented_by = client.party
        token: Granted = super()._validate_request_token(client)
        return token

    def authenticate_refresh_token(self, refresh_token: str) -> Granted | None:
        """Claim the token of this client."""
        party = self.presented_by
        check_registered(self.request, party, issuer=self.server.issuer)
        claimed = claim_refresh_token(
            self.server.equipment.db,
            token=refresh_token,
            relying_party_id=party.id,
            scopes=(self.request.payload.scope or "").split(),
            resources=asked_resources(self.request),
            today=self.server.equipment.today,
        )
        if claimed is None:
            self._note_reuse(refresh_token)
        if claimed is None or not claimed.is_standing:
            return None
        check_granted(self.request, claimed)
        return Granted(claimed)

    def authenticate_user(self, refresh_token: Granted) -> Granted:
        """The claim joined the person, active and with unchanged credentials."""
        return refresh_token

    def save_token(self, token: dict[str, Any]) -> None:
        """Keep the next generation's digest, and journal the rotation."""
        access, equipment = self.request.refresh_token.access, self.server.equipment
        store_refresh_token(
            equipment.db,
            token=token["refresh_token"],
            grant_id=access.grant_id,
            generation=access.generation + 1,
            lifetime=equipment.settings.tokens.refresh_lifetime,
        )
        record(
            equipment.db,
            event="token.refreshed",
            sign_in_id=access.sign_in_id,
            subject_number=access.subject_number,
            relying_party_id=access.relying_party_id,
            service_id=access.service_id,
            counted=False,
        )

    def revoke_old_credential(self, refresh_token: Granted) -> None:
        """Nothing: it was spent when it was claimed, and stays so that its reuse is seen."""

    def _note_reuse(self, refresh_token: str) -> None:
        db, party = self.server.equipment.db, self.presented_by
        reuse = find_reuse(db, token=refresh_token, relying_party_id=party.id)
        if reuse is None or not revoke_grant(db, grant_id=reuse.grant_id):
            return
        self.server.is_refusal_noted = True
        record(
            db,
            event="grant.revoked",
            reason="refresh_token_reused",
            sign_in_id=reuse.sign_in_id,
            relying_party_id=party.id,
            counted=False,
        )
