"""Access tokens: ES256-signed JWTs (RFC 9068) that name their grant, for userinfo to look up."""

from typing import Any

from idp.kit import clock
from idp.kit.clock import seconds
from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.secrets import new_token
from idp.oidc.auth_time import auth_time_claim
from idp.oidc.formats.jose import read_own, sign
from idp.oidc.part import OidcPart
from idp.relying_parties.grant_types import MACHINE_GRANTS
from idp.relying_parties.party import RegisteredParty

TYPE = "at+jwt"
GRANT_CLAIM = "grant_id"
_CAME_OF = "came_of"
"""No claim of a token, but sealed with its grant: the ids of those it was exchanged for."""
_PURPOSE = "grant of an access token"
ACTOR_CLAIM = "act"
"""Who acts (RFC 8693 section 4.1): a token that was exchanged has it, and no other."""
_ALG = "ES256"


def issue_access_token(
    part: OidcPart,
    *,
    party: RegisteredParty,
    grant_type: str,
    granted: Any,
    scope: str,
    subject: str,
    audience: str,
    confirmation: dict[str, str] | None = None,
) -> str:
    """A token for a person's grant, or for the client itself when there is none.

    `confirmation` says what must be shown with it (RFC 7800 `cnf`).
    """
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": part.issuer.url,
        "aud": audience,
        "sub": subject,
        "client_id": party.client_id,
        "scope": scope,
        "jti": new_token(128),
        "iat": now,
        "exp": now + lifetime(part, grant_type),
    }
    if confirmation:
        claims |= {"cnf": confirmation}
    if granted is not None:
        access = granted.access
        claims |= {
            "acr": access.acr,
            "amr": list(access.amr),
            **auth_time_claim(access, is_for_others=audience != part.issuer.url),
            **granted.own_claims,
        }
        family = (access.grant_id.hex, *granted.came_of)
        claims[GRANT_CLAIM] = _named(part, family, audience=audience)
    return sign(part.signing_keys, claims, alg=_ALG, typ=TYPE)


def lifetime(part: OidcPart, grant_type: str) -> int:
    """Seconds an access token of that grant lives."""
    tokens = part.tokens
    is_machine = grant_type in MACHINE_GRANTS
    return seconds(tokens.machine_lifetime if is_machine else tokens.access_lifetime)


def read_access_token(part: OidcPart, token: str) -> dict[str, Any] | None:
    """The claims of an access token of ours that has not expired; None for anything else."""
    issuer = part.issuer.url
    claims = read_own(part.signing_keys, token, typ=TYPE, issuer=issuer)
    return claims and with_grant(claims, issuer=issuer, keyring=part.keyring)


def with_grant(claims: dict[str, Any], *, issuer: str, keyring: Keyring) -> dict[str, Any] | None:
    """The claims with the grant they name in the clear; None when none of our keys sealed it."""
    if GRANT_CLAIM not in claims or claims["aud"] == issuer:
        return claims
    try:
        sealed, row = bytes.fromhex(claims[GRANT_CLAIM]), [claims["aud"]]
        grant_id, *came_of = keyring.decrypt(sealed, purpose=_PURPOSE, row=row).split()
    except DecryptionFailed:
        return None
    return {**claims, GRANT_CLAIM: grant_id, _CAME_OF: came_of}


def token_ids(claims: dict[str, Any]) -> list[str]:
    """The `jti` of a token as `with_grant` returns it, and those of the tokens it came of.

    It is dead when one of them was revoked.
    """
    return [claims["jti"], *claims.get(_CAME_OF, ())]


def _named(part: OidcPart, family: tuple[str, ...], *, audience: str) -> str:
    """A grant as a token names it: to anybody but us never twice alike, and only we can read it.

    Two services that are called could tell by it that it was for one person. After the grant stand
    the tokens that this one came of: only exchanged ones have any, and those are never for us.
    """
    if audience == part.issuer.url:
        return family[0]
    return part.keyring.encrypt(" ".join(family), purpose=_PURPOSE, row=[audience]).hex()
