"""The refresh grant with rotation and family revocation (RFC 6749 section 6, RFC 9700 4.14)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibGrant

from idp.oidc.entitlement import TAKEN_AWAY, has_all
from idp.oidc.grants.binding import SenderConstrained
from idp.oidc.grants.extensions import IdToken
from idp.oidc.grants.family import end_reused, keep_refresh_token, record_use
from idp.oidc.grants.granted import Granted
from idp.oidc.profiles import profile_of
from idp.oidc.resources import (
    SeveralReadersError,
    asked_resources,
    check_granted,
    check_registered,
    names_no_reader,
)
from idp.relying_parties.auth_methods import AUTH_METHODS
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess
from idp.tokens.refresh import (
    claim_refresh_token,
    find_reuse,
    give_back_refresh_token,
    prolong_refresh_token,
)

_UNKNOWN = "No refresh token of this client: unknown, expired, or bound to what is not shown."
_REUSED = "The refresh token was used before: its successor and all of its sign-in are revoked."
_ENDED = "The sign-in behind the token has ended: revoked, or the account changed."


class RefreshTokenGrant(SenderConstrained, AuthlibGrant):
    """Each token is claimed in the look-up hook; a spent one revokes the whole grant, no grace.

    But where a key or a certificate must be shown with it: there a refresh token stays the same, so
    that an answer may be lost, and two tabs may ask at once.
    """

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    EXTENSIONS = (IdToken,)

    def _validate_request_token(self, client: Any) -> Granted:
        self.party = client.party
        self.INCLUDE_NEW_REFRESH_TOKEN = _rotates(client.party)
        token: Granted = super()._validate_request_token(client)
        return token

    def authenticate_refresh_token(self, refresh_token: str) -> Granted | None:
        """Claim the token of this client."""
        party = self.party
        check_registered(self.request, party, issuer=self.server.issuer)
        claimed = claim_refresh_token(
            self.server.db,
            token=refresh_token,
            relying_party_id=party.id,
            scopes=(self.request.payload.scope or "").split(),
            resources=asked_resources(self.request),
            today=self.server.part.today,
            holder=self.server.binding.holder,
            rotates=self.INCLUDE_NEW_REFRESH_TOKEN,
        )
        if claimed is not None and claimed.is_bound:
            self.INCLUDE_NEW_REFRESH_TOKEN = False
        if claimed is None:
            self._note_reuse(refresh_token)
        elif not claimed.is_standing:
            self.request.fault = _ENDED
        if claimed is None or not claimed.is_standing:
            return None
        check_granted(self.request, claimed, issuer=self.server.issuer)
        self._check_still_entitled(refresh_token, claimed)
        if names_no_reader(self.request, claimed, issuer=self.server.issuer):
            give_back_refresh_token(self.server.db, token=refresh_token)
            raise SeveralReadersError()
        return Granted(claimed)

    def authenticate_user(self, refresh_token: Granted) -> Granted:
        """The claim joined the person, active and with unchanged credentials."""
        return refresh_token

    def save_token(self, token: dict[str, Any]) -> None:
        """Keep the next generation's digest, or the token as it is, and journal the refresh."""
        access = self.request.refresh_token.access
        if self.INCLUDE_NEW_REFRESH_TOKEN:
            next_token, generation = token["refresh_token"], access.generation + 1
            keep_refresh_token(self.server, self.party, access, next_token, generation=generation)
        else:
            prolong_refresh_token(
                self.server.db,
                token=self.request.form["refresh_token"],
                grant_id=access.grant_id,
                lifetime=self.server.part.tokens.refresh_lifetime,
                total=self.server.part.tokens.refresh_total,
            )
        record_use(self.server.db, access, event="token.refreshed")

    def revoke_old_credential(self, refresh_token: Granted) -> None:
        """Nothing: it was spent when it was claimed, and stays so that its reuse is seen."""

    def _check_still_entitled(self, refresh_token: str, access: GrantedAccess) -> None:
        """What was taken away from the client ends for those who signed in before, too.

        Raises InvalidGrantError; the token is spent no more than by other requests for too much.
        """
        server = self.server
        if not has_all(server.part, server.db, self.party, access):
            give_back_refresh_token(server.db, token=refresh_token)
            raise InvalidGrantError(TAKEN_AWAY)

    def _note_reuse(self, refresh_token: str) -> None:
        db, party = self.server.db, self.party
        reuse = find_reuse(db, token=refresh_token, relying_party_id=party.id)
        self.request.fault = _UNKNOWN if reuse is None else _REUSED
        if reuse is not None:
            end_reused(self.server, party, reuse, reason="refresh_token_reused", said=_REUSED)


def _rotates(party: RegisteredParty) -> bool:
    """Whether its refresh tokens do that are not bound themselves (RFC 9700 section 4.14.2).

    A confidential client's are bound to the client alone; one that has registered bound tokens is
    asked for a proof or its certificate each time.
    """
    is_held = party.is_sender_constrained and not party.is_public
    return profile_of(party.profile).rotates_refresh_tokens and not is_held
