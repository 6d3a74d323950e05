"""What a grant gives now: what the person agreed to, and what its party may still have.

Every path that uses a grant asks here: codes, refresh, exchange, userinfo and introspection. What
was taken away from a party has ended for those who signed in before, too.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from idp.oidc.part import OidcPart
from idp.oidc.resources import may_ask_for
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.scopes import service_codes
from idp.testers.admission import Trial, may_try
from idp.tokens.grant import GrantedAccess

TAKEN_AWAY = (
    "The client is no longer registered for some scope, service or resource of the grant, or the "
    "person may not try it any more."
)


def is_entitled(
    part: OidcPart,
    db: Session,
    party: RegisteredParty,
    access: GrantedAccess,
    *,
    audiences: Iterable[str] = (),
) -> bool:
    """Whether the grant's party may still have tokens of it for these audiences.

    Whether the person may still try an application of the sandbox costs a statement; nothing else
    costs any.
    """
    return (
        _serves(party, access)
        and may_ask_for(party, audiences, issuer=part.issuer.url)
        and (not party.is_sandbox or _may_try(part, db, party, access))
    )


def has_all(part: OidcPart, db: Session, party: RegisteredParty, access: GrantedAccess) -> bool:
    """Whether the party may still have everything that was granted, so that new tokens come of it.

    Claims asked for one by one are voluntary: they are left out, and no reason to refuse.
    """
    has_scopes = party.scopes.issuperset(access.scopes)
    return has_scopes and is_entitled(part, db, party, access, audiences=access.resources)


def audiences_of(claims: dict[str, Any]) -> list[str]:
    """For whom a token is meant, by its claims."""
    audience = claims["aud"]
    return [audience] if isinstance(audience, str) else audience


def scopes_left(scopes: Sequence[str], parties: Iterable[RegisteredParty]) -> tuple[str, ...]:
    """Those of a token's scope values that all through whose hands it went may still have."""
    holders = tuple(parties)
    return tuple(scope for scope in scopes if all(scope in party.scopes for party in holders))


def _serves(party: RegisteredParty, access: GrantedAccess) -> bool:
    """Whether it serves what the person signed in for: of several services, one of them."""
    if access.service_id is not None:
        return access.service_id in party.service_ids
    named = service_codes(access.scopes)
    return not named or any(code in party.services for code in named)


def _may_try(part: OidcPart, db: Session, party: RegisteredParty, access: GrantedAccess) -> bool:
    trial = Trial(party.id, party.agency.id)
    keyring, today = part.keyring, part.today
    return may_try(db, trial, keyring=keyring, person_id=access.person_id, on=today)
