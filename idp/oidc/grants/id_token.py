"""The ID token beside an access token (OIDC Core 2, 3.1.3.3, 12.2)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.grants import OpenIDToken
from authlib.oidc.core.util import create_half_hash

from idp.kit import clock
from idp.oidc.claims import id_token_claims
from idp.oidc.encryption import NoUsableKey, encrypt
from idp.oidc.grants.context import Equipment, seconds
from idp.oidc.grants.granted import GrantedCode
from idp.oidc.signatures import sign
from idp.people.profile import read_profile
from idp.registry.party import RegisteredParty
from idp.tokens.grant import GrantedAccess
from idp.tokens.lookup import find_standing_grant


class IdToken(OpenIDToken):
    """Adds `id_token` to token responses whose scope holds `openid`."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """Signed, and encrypted, as the client registered. A refreshed one carries no nonce."""
        granted = request.authorization_code or request.refresh_token
        access, equipment = granted.access, self._server.equipment
        alg = request.client.id_token_signed_response_alg
        now = int(clock.now().timestamp())
        claims = {
            "iss": self._server.issuer,
            "sub": equipment.subject_of(access.person_id, request.client.party),
            "aud": request.client.get_client_id(),
            "iat": now,
            "exp": now + seconds(equipment.settings.tokens.id_token_lifetime),
            "auth_time": int(access.authenticated_at.timestamp()),
            "acr": access.acr,
            "amr": list(access.amr),
            "sid": access.sid.hex,
            "at_hash": create_half_hash(token["access_token"], alg).decode(),
        }
        if isinstance(granted, GrantedCode) and granted.nonce:
            claims["nonce"] = granted.nonce
        signed = sign(equipment.keys, {**_asked(equipment, access), **claims}, alg=alg)
        return _encrypted(equipment, request.client.party, signed)


def _encrypted(equipment: Equipment, party: RegisteredParty, signed: str) -> str:
    """The token as it is, or nested in one that only the client can open."""
    alg = party.id_token_encrypted_response_alg
    if not alg:
        return signed
    keys, enc = equipment.client_keys.at_hand(party), party.id_token_encrypted_response_enc
    try:
        return encrypt(signed, keys=keys, alg=alg, enc=enc, is_signed=True)
    except NoUsableKey:
        raise InvalidRequestError("The client has no key to encrypt the ID token for.") from None


def _asked(equipment: Equipment, access: GrantedAccess) -> dict[str, Any]:
    """The person's claims asked for in the ID token; without any, no row is read."""
    if not access.claims.get("id_token"):
        return {}
    grant = find_standing_grant(
        equipment.db, grant_id=access.grant_id, token_id="", today=equipment.today
    )
    if grant is None:
        return {}
    profile = read_profile(equipment.db, keyring=equipment.keyring, person_id=grant.person_id)
    return id_token_claims(profile, grant)
