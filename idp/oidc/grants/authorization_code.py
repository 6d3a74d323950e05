"""The authorization code grant (RFC 6749 section 4.1)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibGrant

from idp.journal.record import record
from idp.oidc.explanations import compare_uris, seconds_ago
from idp.oidc.grants.authorization_response import AuthorizationResponse
from idp.oidc.grants.extensions import IdToken, S256CodeChallenge
from idp.oidc.grants.family import FirstTokens
from idp.oidc.grants.granted import GrantedCode
from idp.oidc.resources import (
    SeveralReadersError,
    check_granted,
    check_registered,
    names_no_reader,
)
from idp.relying_parties.auth_methods import AUTH_METHODS
from idp.tokens.codes import ClaimedCode, claim_code, find_misuse, give_back_code
from idp.tokens.end import revoke_grant

_MISUSES = {
    "replayed": "The code was sent before, {}, and is good once; all it gave is revoked. Some "
    "libraries send it again after any error: then look up that one.",
    "expired": "The code expired {}.",
    "foreign": "The code is another client's.",
}
"""Why a code could not be claimed; the instant is filled in."""


class AuthorizationCodeGrant(AuthorizationResponse, FirstTokens, AuthlibGrant):
    """Codes are claimed in the look-up hook, so that of parallel redemptions one wins."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    EXTENSIONS = (S256CodeChallenge, IdToken)
    EVENT = "code.redeemed"

    def validate_token_request(self) -> None:
        """Authlib's validation; a refused code is journaled, a replayed one kills its grant."""
        try:
            super().validate_token_request()
        except InvalidGrantError as error:
            self._note_refusal(error.description or "")
            raise

    def query_authorization_code(self, code: str, client: Any) -> GrantedCode | None:
        """Claim the code: spent from here on, unless only the reader of its token was not named."""
        check_registered(self.request, client.party, issuer=self.server.issuer)
        self.claimed = claim_code(
            self.server.db,
            code=code,
            client_id=client.get_client_id(),
            today=self.server.part.today,
        )
        self.party = client.party
        if self.claimed is None or not self.claimed.is_standing:
            return None
        if self.claimed.dpop_jkt not in ("", self.server.binding.jkt):
            raise InvalidGrantError("The code is bound to a key that the request does not show.")
        check_granted(self.request, self.claimed, issuer=self.server.issuer)
        self.check_entitled(self.claimed)
        if names_no_reader(self.request, self.claimed, issuer=self.server.issuer):
            give_back_code(self.server.db, code=code)
            raise SeveralReadersError()
        self.access = self.claimed
        return GrantedCode(self.claimed)

    def authenticate_user(self, authorization_code: GrantedCode) -> GrantedCode:
        """The claim joined the person, active and with unchanged credentials."""
        return authorization_code

    def delete_authorization_code(self, authorization_code: GrantedCode) -> None:
        """Nothing: it was spent when it was claimed, and stays so that a replay is seen."""

    def _note_refusal(self, description: str) -> None:
        server, party = self.server, self.party
        db, claimed = server.db, self.claimed
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
            if not is_news and not server.part.refusals.admits((party.id, reason)):
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
