"""Who is admitted to an interface of ours: a client with a token of its own, for that scope."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.authorization.refusal import Refusal
from idp.kit import clock
from idp.kit.clock import seconds
from idp.kit.immutable import immutable
from idp.oidc.dpop import Proof, accept_proof
from idp.oidc.endpoints.presented import (
    ELSEWHERE,
    ENDED,
    SentToken,
    find_proof,
    read_claims,
)
from idp.oidc.formats.access_token import GRANT_CLAIM
from idp.oidc.part import OidcPart
from idp.rate_limits import RateLimit, count
from idp.relying_parties.party import RegisteredParty
from idp.tokens.jtis import is_revoked
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.refusals import TooManyRequests

_OF_A_PERSON = Refusal("invalid_token", "The access token stands for a person.")
_TOO_MANY = N_("Too many requests at once. Please wait a minute, then try again.")


@immutable
class Admitted:
    """The client, what it may have of what its token holds, and the proof beside that."""

    party: RegisteredParty
    scopes: frozenset[str]
    proof: Proof | None


def admit(request: Request, sent: SentToken, *, scope: str, limit: RateLimit) -> Admitted | Refusal:
    """The client that the token is of; a Refusal where it opens nothing here.

    It is a client's own, signed by us, meant for us, neither expired nor revoked, shown with what
    it is bound to; the client is live and still registered for the scope. Raises TooManyRequests
    beyond `limit` of each client. In transactions of its own, so call it in none.
    """
    claims = _read(request, sent.token)
    if isinstance(claims, Refusal):
        return claims
    if scope not in claims["scope"].split():
        return _lacking(scope)
    proof = find_proof(request, sent, claims)
    if isinstance(proof, Refusal):
        return proof
    part = OidcPart.of(request)
    with transaction(request) as db:
        party = _party_of(db, claims, scope, part)
        if isinstance(party, RegisteredParty) and proof is not None:
            party = accept_proof(db, proof, party=party, part=part) or party
        if isinstance(party, Refusal):
            return party
        allowance = limit.of(party.client_id, keyring=part.keyring, settings=part.throttle)
        is_within = count(db, allowance, at=clock.now())
    if not is_within:
        raise TooManyRequests(_TOO_MANY, retry_after=seconds(limit.per), detail=limit.name)
    return Admitted(party, party.scopes.intersection(claims["scope"].split()), proof)


def _party_of(
    db: Session, claims: dict[str, Any], scope: str, part: OidcPart
) -> RegisteredParty | Refusal:
    party = part.relying_parties.find(claims["client_id"], db=db)
    if party is None or party.was_suspended_since(claims["iat"]):
        return ENDED
    if is_revoked(db, token_id=claims["jti"]):
        return ENDED
    return party if scope in party.scopes else _lacking(scope)


def _lacking(scope: str) -> Refusal:
    return Refusal("insufficient_scope", f"The scope {scope} is required.")


def _read(request: Request, token: str) -> dict[str, Any] | Refusal:
    """The claims of an access token of ours that a client has for itself, and meant for us."""
    claims = read_claims(request, token)
    if isinstance(claims, Refusal):
        return claims
    if GRANT_CLAIM in claims:
        return _OF_A_PERSON
    return claims if claims["aud"] == OidcPart.of(request).issuer.url else ELSEWHERE
