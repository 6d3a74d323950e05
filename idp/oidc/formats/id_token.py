"""The ID token, of /token and of /authorize (OIDC Core 2, 3.1.3.6, 3.2.2.10, 3.3.2.11, 12.2)."""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.core.util import create_half_hash
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.clock import seconds
from idp.oidc.auth_time import auth_time_claim
from idp.oidc.claims import id_token_claims
from idp.oidc.formats.jose import NO_KEY, NoUsableKey, encrypt, sign
from idp.oidc.part import OidcPart
from idp.people.profile import read_profile
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess
from idp.tokens.lookup import find_standing_grant


def issue_id_token(
    part: OidcPart,
    db: Session,
    *,
    party: RegisteredParty,
    access: GrantedAccess,
    nonce: str = "",
    access_token: str = "",
    code: str = "",
    scopes: Sequence[str] = (),
) -> str:
    """Signed, and encrypted, as the client registered; tied to what is handed out beside it.

    `scopes`: those whose claims it holds, where no access token comes beside it, or the client
    reads them there (OIDC Core 5.4). Raises InvalidRequestError for a client that has no key to
    encrypt it for.
    """
    alg, now = party.id_token_signed_response_alg, int(clock.now().timestamp())
    hashed = {"at_hash": access_token, "c_hash": code}
    claims = {
        "iss": part.issuer.url,
        "sub": part.subject_of(access.person_id, party),
        "aud": party.client_id,
        "iat": now,
        "exp": now + seconds(part.tokens.id_token_lifetime),
        "acr": access.acr,
        "amr": list(access.amr),
        **({"sid": part.sid_of(access.sid, party)} if party.hears_of_sign_outs else {}),
        **{name: create_half_hash(value, alg).decode() for name, value in hashed.items() if value},
        **({"nonce": nonce} if nonce else {}),
        **auth_time_claim(access),
    }
    asked = _asked(part, db, party, access, scopes)
    return _encrypted(part, party, sign(part.signing_keys, {**asked, **claims}, alg=alg))


def _encrypted(part: OidcPart, party: RegisteredParty, signed: str) -> str:
    """The token as it is, or nested in one that only the client can open."""
    alg = party.id_token_encrypted_response_alg
    if not alg:
        return signed
    keys, enc = part.client_keys.at_hand(party), party.id_token_encrypted_response_enc
    try:
        return encrypt(signed, keys=keys, alg=alg, enc=enc, is_signed=True)
    except NoUsableKey:
        raise InvalidRequestError(NO_KEY) from None


def _asked(
    part: OidcPart,
    db: Session,
    party: RegisteredParty,
    access: GrantedAccess,
    scopes: Sequence[str],
) -> dict[str, Any]:
    """The person's claims asked for in the ID token; without any, no row is read."""
    if not (scopes or access.claims.get("id_token")):
        return {}
    grant = find_standing_grant(db, grant_id=access.grant_id, token_ids=[], today=part.today)
    if grant is None:
        return {}
    profile = read_profile(db, keyring=part.keyring, person_id=grant.person_id)
    return id_token_claims(profile, grant, party, scopes=scopes, country=part.country)
