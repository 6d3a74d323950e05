"""When a relying party is told that somebody signed in, and how exactly (`auth_time`, Core 2).

Two parties that know the second a session began can join their people by it, so only one that asks
is told. Where subjects are kept apart, one that asks hears the minute, unless the person signed in
for this very request: then it knows the second by itself. What a token says to others than its
client, who did not ask, is the minute at most.
"""

from datetime import datetime, timedelta

from idp.kit.clock import to_the_minute
from idp.oidc.claims import ClaimsRequest
from idp.oidc.parameters import AuthorizationRequest
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess


def max_age_of(request: AuthorizationRequest, party: RegisteredParty) -> timedelta | None:
    """How old a sign-in may be: by a request that passed the checks, else `default_max_age`."""
    seconds = int(request.max_age) if request.max_age else party.default_max_age
    return None if seconds is None else timedelta(seconds=seconds)


def hears_minutes(party: RegisteredParty) -> bool:
    """Whether it is kept apart from others, and so hears only in which minute somebody signed in.

    `max_age` is judged by what it may hear: otherwise it could ask until it knows the second.
    """
    return party.subject_type == "pairwise"


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
    if hears_minutes(party) and authenticated_at < begun_at:
        return to_the_minute(authenticated_at)
    return authenticated_at


def auth_time_claim(access: GrantedAccess, *, is_for_others: bool = False) -> dict[str, int]:
    """The claim in tokens of a grant; empty where it was not asked for.

    `is_for_others`: somebody else than the client reads it.
    """
    at = access.authenticated_at
    if at is None:
        return {}
    return {"auth_time": int((to_the_minute(at) if is_for_others else at).timestamp())}


def _is_asked(request: AuthorizationRequest, claims: ClaimsRequest, party: RegisteredParty) -> bool:
    """By `max_age`, by a demand to sign in, by claim (Core 5.5), or by registration."""
    return (
        bool(request.max_age)
        or "login" in request.prompts
        or "auth_time" in claims.id_token
        or party.require_auth_time
        or party.default_max_age is not None
    )
