"""The authorization code grant (RFC 6749 section 4.1)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibGrant

from idp.journal.record import record
from idp.kit import clock
from idp.kit.secrets import new_token
from idp.oidc.explanations import compare_uris, seconds_ago
from idp.oidc.grants.binding import SenderConstrained, refresh_holder
from idp.oidc.grants.context import Approval
from idp.oidc.grants.granted import GrantedCode
from idp.oidc.grants.resources import check_granted, check_registered
from idp.registry.metadata import AUTH_METHODS
from idp.tokens.codes import ClaimedCode, claim_code, find_misuse, issue_code
from idp.tokens.end import revoke_grant
from idp.tokens.refresh import store_refresh_token

_MISUSES = {
    "replayed": "The code was redeemed before, {}; all it gave is revoked.",
    "expired": "The code expired {}.",
    "foreign": "The code is another client's.",
}
"""Why a code could not be claimed; the instant is filled in."""


class AuthorizationCodeGrant(SenderConstrained, AuthlibGrant):
    """Codes are claimed in the look-up hook, so that of parallel redemptions one wins."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def generate_authorization_code(self) -> str:
        """256 random bits."""
        return new_token()

    def create_authorization_response(
        self, redirect_uri: str, grant_user: Approval
    ) -> tuple[int, str, list[tuple[str, str]]]:
        """Issue `self.code`; in which response mode it travels is for /authorize to say.

        `self.is_issued` is False when the pushed request has had its code already.
        """
        self.code = self.generate_authorization_code()
        self.request.user = grant_user
        self.is_issued = self.save_authorization_code(self.code, self.request)
        return 303, "", [("Location", redirect_uri)]

    def save_authorization_code(self, code: str, request: Any) -> bool:
        """Store the code and its grant; whether they are stored."""
        now, tokens = clock.now(), self.server.equipment.settings.tokens
        return issue_code(
            self.server.equipment.db,
            code=code,
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            code_challenge=request.form.get("code_challenge", ""),
            nonce=request.form.get("nonce", ""),
            pushed_as=request.form.get("pushed_as", ""),
            dpop_jkt=request.form.get("dpop_jkt", ""),
            code_expires_at=now + tokens.code_lifetime,
            grant=request.user.grant_values(
                relying_party_id=request.client.party.id,
                scope=request.scope,
                created_at=now,
                expires_at=now + tokens.code_lifetime + tokens.access_lifetime,
            ),
        )

    def validate_token_request(self) -> None:
        """Authlib's validation; a refused code is journaled, a replayed one kills its grant."""
        try:
            super().validate_token_request()
        except InvalidGrantError as error:
            self._note_refusal(error.description or "")
            raise

    def query_authorization_code(self, code: str, client: Any) -> GrantedCode | None:
        """Claim the code: spent from here on, whatever follows."""
        check_registered(self.request, client.party, issuer=self.server.issuer)
        self.claimed = claim_code(
            self.server.equipment.db,
            code=code,
            client_id=client.get_client_id(),
            today=self.server.equipment.today,
        )
        self.presented_by = client.party
        if self.claimed is None or not self.claimed.is_standing:
            return None
        if self.claimed.dpop_jkt not in ("", self.server.binding.jkt):
            raise InvalidGrantError("The code is bound to a key that the request does not show.")
        check_granted(self.request, self.claimed)
        return GrantedCode(self.claimed)

    def authenticate_user(self, authorization_code: GrantedCode) -> GrantedCode:
        """The claim joined the person, active and with unchanged credentials."""
        return authorization_code

    def generate_token(self, **values: Any) -> dict[str, Any]:
        """A refresh token comes with offline access only."""
        is_offline = self.request.authorization_code.access.is_offline
        token: dict[str, Any] = super().generate_token(
            **{**values, "include_refresh_token": is_offline}
        )
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Keep the refresh token's digest, and journal the exchange."""
        access, equipment = self.request.authorization_code.access, self.server.equipment
        if "refresh_token" in token:
            store_refresh_token(
                equipment.db,
                token=token["refresh_token"],
                grant_id=access.grant_id,
                generation=1,
                lifetime=equipment.settings.tokens.refresh_lifetime,
                bound_to=refresh_holder(self.server.binding, self.presented_by),
            )
        record(
            equipment.db,
            event="code.redeemed",
            sign_in_id=access.sign_in_id,
            subject_number=access.subject_number,
            relying_party_id=access.relying_party_id,
            service_id=access.service_id,
            counted=False,
        )

    def delete_authorization_code(self, authorization_code: GrantedCode) -> None:
        """Nothing: it was spent when it was claimed, and stays so that a replay is seen."""

    def _note_refusal(self, description: str) -> None:
        server, party = self.server, self.presented_by
        db, claimed = server.equipment.db, self.claimed
        if claimed is not None:
            reason = "mismatch" if claimed.is_standing else "ended"
            sign_in_id, self.request.fault = claimed.sign_in_id, self._explain(claimed, description)
            server.is_refusal_noted = True
        else:
            misuse = find_misuse(db, code=self.request.form["code"], client_id=party.client_id)
            if misuse is None:
                self.request.fault = "No such code was issued, or it is long gone."
                return
            self.request.fault = _MISUSES[misuse.reason].format(seconds_ago(misuse.at))
            server.is_refusal_noted = True
            sign_in_id, reason = misuse.sign_in_id, misuse.reason
            is_news = reason == "replayed" and revoke_grant(db, grant_id=misuse.grant_id)
            if not is_news and not server.equipment.refusals.admits((party.id, reason)):
                return
        record(
            db,
            event="code.refused",
            reason=reason,
            sign_in_id=sign_in_id,
            relying_party_id=party.id,
            counted=False,
            error_id=server.error_id,
            data={"description": self.request.fault},
        )

    def _explain(self, claimed: ClaimedCode, description: str) -> str:
        if not claimed.is_standing:
            return "The sign-in behind the code has ended: signed out, or the account changed."
        sent = self.request.payload.redirect_uri or ""
        if sent != claimed.redirect_uri:
            return compare_uris(sent, [claimed.redirect_uri], known_as="of the code")
        return description
