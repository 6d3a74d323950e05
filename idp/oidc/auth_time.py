"""When a relying party is told that somebody signed in, and how exactly (`auth_time`, Core 2).

Two parties that know the second a session began can join their people by it, so only one that asks
is told. Where subjects are kept apart, one that asks hears the minute, unless the person signed in
for this very request: then it knows the second by itself.
"""

from datetime import datetime, timedelta

from idp.oidc.claims import ClaimsRequest
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess

_MINUTE = timedelta(minutes=1)


def max_age_of(request: AuthorizationRequest, party: RegisteredParty) -> timedelta | None:
    """How old a sign-in may be: by a request that passed the checks, else `default_max_age`.

    A minute less where only the minute is told, so that what is told is young enough, too.
    """
    seconds = int(request.max_age) if request.max_age else party.default_max_age
    if seconds is None:
        return None
    told_later = _MINUTE if _is_kept_apart(party) else timedelta()
    return max(timedelta(seconds=seconds) - told_later, timedelta())


def auth_time_of(
    authenticated_at: datetime,
    *,
    begun_at: datetime,
    request: AuthorizationRequest,
    claims: ClaimsRequest,
    party: RegisteredParty,
) -> datetime | None:
    """What the party is told of a person who signed in then; None when it did not ask."""
    if not _is_asked(request, claims, party):
        return None
    if _is_kept_apart(party) and authenticated_at < begun_at:
        return authenticated_at.replace(second=0, microsecond=0)
    return authenticated_at


def auth_time_claim(access: GrantedAccess) -> dict[str, int]:
    """The claim in tokens of a grant; empty where it was not asked for."""
    at = access.authenticated_at
    return {} if at is None else {"auth_time": int(at.timestamp())}


def _is_asked(request: AuthorizationRequest, claims: ClaimsRequest, party: RegisteredParty) -> bool:
    """By `max_age`, by a demand to sign in, by claim (Core 5.5), or by registration."""
    return (
        bool(request.max_age)
        or "login" in request.prompts
        or "auth_time" in claims.id_token
        or party.require_auth_time
        or party.default_max_age is not None
    )


def _is_kept_apart(party: RegisteredParty) -> bool:
    return party.subject_type == "pairwise"
