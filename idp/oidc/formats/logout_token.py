"""The token that tells a relying party of a session's end (OIDC Back-Channel Logout 1.0, 2.4)."""

from dataclasses import field
from uuid import UUID, uuid4

from idp.keys.cache import SigningKeys
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.oidc.formats.jose import sign
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.subjects import sid_of, subject_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120
"""Seconds."""


@immutable
class LogoutTokens:
    """Makes them; `sub` and `sid` are those of the party's ID tokens."""

    issuer: str
    keys: SigningKeys
    keyring: Keyring = field(repr=False)

    def make(self, party: RegisteredParty, *, person_id: UUID, sid: UUID) -> str:
        """A new token for one attempt, signed as the party's ID tokens are; never with a nonce."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": party.client_id,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": uuid4().hex,
            "sub": subject_of(person_id, party, self.keyring),
            "sid": sid_of(sid, party, self.keyring),
            "events": {EVENT: {}},
        }
        return sign(self.keys, claims, alg=party.id_token_signed_response_alg, typ="logout+jwt")
