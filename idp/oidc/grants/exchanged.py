"""What an exchanged access token says: for whom, on whose behalf, and through whose hands."""

from typing import Any

from idp.kit.secrets import new_token
from idp.oidc.formats.access_token import ACTOR_CLAIM
from idp.oidc.grants.granted import Granted
from idp.oidc.part import OidcPart
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess


class ExchangedAccess(Granted):
    """A standing grant, narrowed to one audience and one who acts (RFC 8693 section 4.1)."""

    def __init__(
        self,
        access: GrantedAccess,
        *,
        subject: str,
        audience: str,
        act: dict[str, Any],
        ends: int,
    ) -> None:
        super().__init__(access)
        self.own_claims = {"sub": subject, "aud": audience, "exp": ends, ACTOR_CLAIM: act}


def actors_of(claims: dict[str, Any]) -> tuple[str, ...]:
    """The client_ids of those who act, the present one first; none for a token never exchanged."""
    actors, act = [], claims.get(ACTOR_CLAIM)
    while act is not None:
        actors.append(act["sub"])
        act = act.get(ACTOR_CLAIM)
    return tuple(actors)


def act_of(actor: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The `act` of a token that the actor gets for the one with these claims.

    Who called the actor with a token that was never exchanged has acted, too.
    """
    before = claims.get(ACTOR_CLAIM, {"sub": claims["client_id"]})
    return {"sub": actor} if before == {"sub": actor} else {"sub": actor, ACTOR_CLAIM: before}


def subject_between(
    part: OidcPart,
    access: GrantedAccess,
    *,
    bearer: RegisteredParty,
    audience: RegisteredParty,
) -> str:
    """The `sub` of a token that the bearer carries and the audience reads.

    Where they know the person by one `sub`, that. Otherwise one made up for this token: the bearer
    could read the audience's, which is no business of theirs. /introspect tells the audience its
    own.
    """
    subjects = {part.subject_of(access.person_id, party) for party in (bearer, audience)}
    return subjects.pop() if len(subjects) == 1 else new_token(128)
