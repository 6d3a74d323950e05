"""Token exchange (RFC 8693): an agency's service calls another agency's on a person's behalf.

It presents an access token of the person and gets one for the other service, which must have let
it (`exchange_clients`). Why these rules: docs/decisions/0005-token-exchange.md.
"""

from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    TokenEndpointMixin,
    UnauthorizedClientError,
)

from idp.journal.record import record
from idp.kit import clock
from idp.kit.clock import seconds
from idp.oidc.entitlement import audiences_of, is_entitled, scopes_left
from idp.oidc.formats.access_token import (
    ACTOR_CLAIM,
    GRANT_CLAIM,
    read_access_token,
    token_ids,
)
from idp.oidc.grants.binding import SenderConstrained
from idp.oidc.grants.granted import Granted
from idp.oidc.resources import (
    InvalidTargetError,
    answers_to,
    asked_resources,
    is_meant_for,
    may_ask_for,
    subject_between,
)
from idp.oidc.scopes import exchangeable_scopes
from idp.relying_parties.auth_methods import CONFIDENTIAL_METHODS
from idp.relying_parties.grant_types import TOKEN_EXCHANGE
from idp.relying_parties.lookup import find_exchange_target
from idp.relying_parties.party import RegisteredParty
from idp.tokens.grant import GrantedAccess
from idp.tokens.lookup import StandingGrant, find_standing_grant

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
MOST_ACTORS = 3
"""Services through whose hands a person's token may go, one after the other."""


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
        came_of: list[str],
    ) -> None:
        super().__init__(access)
        self.came_of = came_of
        self.own_claims = {"sub": subject, "aud": audience, "exp": ends, ACTOR_CLAIM: act}


def actors_of(claims: dict[str, Any]) -> tuple[str, ...]:
    """The client_ids of those who act, the present one first; none for a token never exchanged."""
    actors, act = [], claims.get(ACTOR_CLAIM)
    while act is not None:
        actors.append(act["sub"])
        act = act.get(ACTOR_CLAIM)
    return tuple(actors)


def holders_of(claims: dict[str, Any]) -> tuple[str, ...]:
    """The client_ids through whose hands a token went; the last is who got it from the person."""
    return tuple(dict.fromkeys((claims["client_id"], *actors_of(claims))))


def act_of(actor: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The `act` of a token that the actor gets for the one with these claims.

    Who called the actor with a token that was never exchanged has acted, too.
    """
    before = claims.get(ACTOR_CLAIM, {"sub": claims["client_id"]})
    return {"sub": actor} if before == {"sub": actor} else {"sub": actor, ACTOR_CLAIM: before}


class TokenExchangeGrant(SenderConstrained, TokenEndpointMixin):
    """Authlib has no such grant; this is one in its manner."""

    GRANT_TYPE = TOKEN_EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def validate_token_request(self) -> None:
        """Raises the OAuth2Error that RFC 8693 section 2.2.2 asks for."""
        self.request.client = self.authenticate_token_endpoint_client()
        if not self.client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client did not register this grant type.")
        _check_form(self.request.form)
        self.subject = self._read_subject()
        self.grant = self._find_grant()
        self._check_entitled()
        self.audience = self._named_audience()
        self.target = self._find_target()
        self.scope = self._narrowed_scope()

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """An access token, and what kind of token that is (section 2.2.1); never one to refresh."""
        part, party = self.server.part, self.client.party
        now = int(clock.now().timestamp())
        longest = seconds(part.tokens.exchanged_lifetime)
        ends = min(self.subject["exp"], now + longest)
        self.request.user = ExchangedAccess(
            self.grant,
            subject=subject_between(part, self.grant.person_id, [party, self.target]),
            audience=self.audience,
            act=act_of(party.client_id, self.subject),
            ends=ends,
            came_of=token_ids(self.subject),
        )
        token = self.generate_token(
            user=self.request.user,
            scope=self.scope,
            expires_in=ends - now,
            include_refresh_token=False,
        )
        self.save_token(token)
        return 200, {**token, "issued_token_type": ACCESS_TOKEN}, self.TOKEN_RESPONSE_HEADER

    def save_token(self, _token: dict[str, Any]) -> None:
        """One audit row for each client, person's grant, audience and minute."""
        party, grant = self.client.party, self.grant
        if not self.server.part.audits.admits((party.id, grant.grant_id, self.audience)):
            return
        record(
            self.server.db,
            event="token.exchanged",
            sign_in_id=grant.sign_in_id,
            subject_number=grant.subject_number,
            relying_party_id=party.id,
            service_id=grant.service_id,
            counted=False,
            data={
                "audience": self.audience,
                "actors": actors_of({ACTOR_CLAIM: act_of(party.client_id, self.subject)}),
            },
        )

    def _read_subject(self) -> dict[str, Any]:
        """The claims of an access token of a person that is this client's to exchange.

        Its own, when it is for the provider, or any that is meant for it. Sets `holders`: whoever
        had it or what it came of, the one to whom the person agreed last.
        """
        claims = read_access_token(self.server.part, self.request.form["subject_token"]) or {}
        if GRANT_CLAIM not in claims or claims["exp"] <= clock.now().timestamp():
            raise InvalidRequestError("The subject_token is not a living access token of a person.")
        is_own = claims["client_id"] == self.client.get_client_id()
        issuer = self.server.issuer
        audiences = (*answers_to(self.client.party, issuer=issuer), *([issuer] if is_own else []))
        if not is_meant_for(claims, audiences):
            raise InvalidRequestError("The subject_token is not meant for this client.")
        if not claims.get("cnf", {}).items() <= self.server.binding.confirmation.items():
            raise InvalidRequestError("The subject_token is bound to what the request lacks.")
        if len(actors_of(claims)) >= MOST_ACTORS:
            raise InvalidRequestError("The subject_token went through too many hands already.")
        self.holders = self.server.parties_in_use(
            holders_of(claims), since=claims["iat"], beside=self.client.party
        )
        if not self.holders:
            raise InvalidRequestError("The subject_token is of a client that is not in use here.")
        return claims

    def _find_grant(self) -> StandingGrant:
        grant = find_standing_grant(
            self.server.db,
            grant_id=UUID(hex=self.subject[GRANT_CLAIM]),
            token_ids=token_ids(self.subject),
            today=self.server.part.today,
        )
        if grant is None:
            raise InvalidRequestError("What the person allowed has ended, and so the token.")
        return grant

    def _check_entitled(self) -> None:
        """What the subject_token gives, whoever presents it, is what its first holder may have."""
        server, first = self.server, self.holders[-1]
        audiences = audiences_of(self.subject)
        if not is_entitled(server.part, server.db, first, self.grant, audiences=audiences):
            raise InvalidRequestError("What the subject_token gave was taken away.")

    def _named_audience(self) -> str:
        named = {*asked_resources(self.request), self.request.form.get("audience", "")} - {""}
        if len(named) != 1:
            raise InvalidTargetError("A token is for one reader: name one audience or resource.")
        return str(named.pop())

    def _find_target(self) -> RegisteredParty:
        """The party that answers to the audience and lets this client; to others it is unknown.

        The person agreed to it where they signed in, whoever in a chain asks; where they signed in
        must be registered for it still.
        """
        client_id = find_exchange_target(
            self.server.db,
            audience=self.audience,
            client_id=self.client.get_client_id(),
            environment=self.client.party.environment,
        )
        target = client_id and self.server.query_client(client_id)
        if not target or self.audience == self.server.issuer:
            raise InvalidTargetError("No such service lets this client exchange tokens for it.")
        if not may_ask_for(self.holders[-1], [self.audience], issuer=self.server.issuer):
            raise InvalidTargetError()
        if self.audience not in self.grant.agreed_resources:
            raise InvalidTargetError("The person was not told that this service would be called.")
        called: RegisteredParty = target.party
        return called

    def _narrowed_scope(self) -> str:
        """What is asked for, else all there may be; never more, and never nothing."""
        holders = (*self.holders, self.client.party)
        left = scopes_left(self.subject["scope"].split(), holders)
        offered = exchangeable_scopes(left, self.target)
        asked = (self.request.payload.scope or " ".join(offered)).split()
        if not asked or not set(asked) <= set(offered):
            raise InvalidScopeError("Not granted by the person, or not taken by the service.")
        return " ".join(dict.fromkeys(asked))


def _check_form(form: dict[str, str]) -> None:
    """Which kinds of tokens are exchanged for which (section 2.1)."""
    if not form.get("subject_token"):
        raise InvalidRequestError("The parameter subject_token is missing.")
    if form.get("subject_token_type") != ACCESS_TOKEN:
        raise InvalidRequestError(f"Only a subject_token_type of {ACCESS_TOKEN} is exchanged.")
    if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise InvalidRequestError(f"Only a requested_token_type of {ACCESS_TOKEN} is issued.")
    if form.keys() & {"actor_token", "actor_token_type"}:
        raise InvalidRequestError("Send no actor_token: the client itself is the actor.")
