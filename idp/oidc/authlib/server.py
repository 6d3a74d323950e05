"""Authlib's server object, one per request, answering with Starlette responses."""

import logging
from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from idp.kit import clock
from idp.kit.secrets import new_error_id, new_token
from idp.oidc.authlib.authentication import CLIENT_AUTHENTICATION, presumed_client_id, sent_methods
from idp.oidc.authlib.refused import ROUTINE, RefusedRequest, explain, log_refused
from idp.oidc.authlib.request import Client, ProtocolRequest
from idp.oidc.formats.access_token import issue_access_token, lifetime
from idp.oidc.grants.binding import Binding
from idp.oidc.part import OidcPart
from idp.oidc.resources import asked_resources, reader_of, subject_between
from idp.rate_limits import Allowance, count_up
from idp.relying_parties.auth_methods import CERTIFICATE_METHODS
from idp.relying_parties.lookup import find_answering
from idp.relying_parties.party import RegisteredParty
from idp.web.errors import oauth_error

logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it prints tokens

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_DESCRIPTIONS = {
    "invalid_client": "Client authentication failed.",
    "invalid_grant": "The grant is invalid, expired, revoked or issued to another client.",
    "unsupported_grant_type": "This grant type is not supported.",
    "authorization_pending": "The person has not decided yet: ask again after the interval.",
    "slow_down": "Polled too early: the interval is 5 seconds longer from now on.",
    "access_denied": "The person did not allow it, or could not.",
    "expired_token": "The device code has expired: ask for a new one.",
}


class ProviderServer(AuthorizationServer):
    """Authlib runs the grants; this class finds clients, makes tokens and renders."""

    def __init__(
        self, part: OidcPart, database: Session | None, *, is_audited: bool = False
    ) -> None:
        super().__init__()
        self.part = part
        self.database = database
        """The transaction under way; none for grants that touch no row."""
        self.is_audited = is_audited
        """Whether this client's machine tokens of the present minute are journaled already."""
        self.issuer = part.issuer.url
        self.binding = Binding()
        """What the tokens of this request are tied to."""
        self.headers: dict[str, str] = {}
        """What its answer carries besides."""
        self.proofs: Allowance | None = None
        """Where a proof was used up whose client has shown nothing else: how many are refused."""
        self.refused: RefusedRequest | None = None
        """What is to be written down of a refusal."""
        self.is_refusal_noted = False
        """Whether a grant has journaled its refusal itself, or its ration is used up."""
        self.register_token_generator(
            "default",
            BearerTokenGenerator(self._access_token, self._refresh_token, self._expires_in),
        )

    @property
    def db(self) -> Session:
        """The transaction under way."""
        if self.database is None:
            raise RuntimeError("this grant touches rows and was given no transaction")
        return self.database

    def query_client(self, client_id: str) -> Client | None:
        """The live relying party with that client_id."""
        party = self.part.relying_parties.find(client_id, db=self.database)
        return None if party is None else Client(party)

    def parties_in_use(
        self, client_ids: Iterable[str], *, since: int, beside: RegisteredParty
    ) -> list[RegisteredParty]:
        """The parties, if all are live and were so since a token was issued to them (its `iat`).

        In the environment of the party `beside`: sandbox tokens stay there. Otherwise none.
        """
        clients = [self.query_client(client_id) for client_id in client_ids]
        parties = [client.party for client in clients if client]
        are_in_use = len(parties) == len(clients) and all(
            party.environment is beside.environment and not party.was_suspended_since(since)
            for party in parties
        )
        return parties if are_in_use else []

    def authenticate_client(
        self, request: ProtocolRequest, methods: list[str], endpoint: str = "token"
    ) -> Client:
        """By the one method presented, which must be one of the client's (RFC 6749 section 2.3)."""
        presented = sent_methods(request)
        if len(presented) > 1:
            raise InvalidRequestError("Use one way of client authentication, not several.")
        if presented == ["none"] and request.certificate is not None:
            presented = [*CERTIFICATE_METHODS, "none"]
        presented = [method for method in presented if method in methods]
        if not presented:
            raise InvalidClientError()
        for method in presented:
            if method in CLIENT_AUTHENTICATION:
                function = partial(CLIENT_AUTHENTICATION[method], server=self)
                self.register_client_auth_method(method, function)
        client: Client = super().authenticate_client(request, presented, endpoint)
        return client

    def presents_itself(self, request: ProtocolRequest) -> bool:
        """Whether the request authenticates its client in some way, well or badly."""
        return sent_methods(request) != ["none"]

    def create_oauth2_request(self, request: ProtocolRequest) -> ProtocolRequest:
        """It is one already; kept for the token generator, which Authlib does not show it."""
        self.asked = request
        return request

    def send_signal(self, name: str, *args: Any, **values: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        """A token response, a redirect, or a document that is no JSON."""
        if status in (302, 303):
            return Response(status_code=303, headers=dict(headers))
        if isinstance(body, str):
            return Response(body, status_code=status, headers={**dict(headers), **_NO_STORE})
        return JSONResponse(body, status_code=status, headers={**_NO_STORE, **self.headers})

    def handle_error_response(self, request: ProtocolRequest, error: OAuth2Error) -> Response:
        """OAuth JSON (RFC 6749 section 5.2): 400, or 401 for a client that did not authenticate."""
        description = _DESCRIPTIONS.get(error.error) or error.description or "Invalid request."
        is_routine = error.error in ROUTINE
        if self.proofs is not None and error.error != "authorization_pending":
            count_up(self.db, self.proofs, at=clock.now())
        if not is_routine:
            self._note(request, error)
        is_client = isinstance(error, InvalidClientError)
        used_basic = is_client and "Authorization" in request.headers
        challenge = {"WWW-Authenticate": 'Basic realm="token"'} if used_basic else {}
        return oauth_error(
            error.error,
            description,
            status=401 if is_client else 400,
            error_id="" if is_routine else self.error_id,
            headers={**_NO_STORE, **challenge, **self.headers},
        )

    @cached_property
    def error_id(self) -> str:
        """What the client is told of a refusal, and it is found by."""
        return new_error_id()

    def _note(self, request: ProtocolRequest, error: OAuth2Error) -> None:
        named = request.client or self.query_client(presumed_client_id(request))
        party = named.party if named else None
        is_authenticated = request.client is not None and request.auth_method != "none"
        offered = {grant.GRANT_TYPE for grant, _ in self._token_grants}
        grant_type = request.payload.grant_type or ""
        refused = RefusedRequest(
            error_id=self.error_id,
            party=party,
            error=error.error,
            description=explain(request, error, party),
            grant_type=grant_type if grant_type in offered else "",
            is_authenticated=is_authenticated,
            client_id=presumed_client_id(request),
        )
        log_refused(refused)
        source = () if is_authenticated else (request.source(),)
        kind = (party.id if party else None, error.error, *source)
        if not self.is_refusal_noted and self.part.refusals.admits(kind):
            self.refused = refused

    def generate_token(self, *args: Any, **values: Any) -> dict[str, Any]:
        """Authlib's, said to be of the kind it is bound as (RFC 9449 section 5)."""
        token: dict[str, Any] = super().generate_token(*args, **values)
        return {**token, "token_type": self.binding.token_type}

    def _access_token(self, *, client: Client, grant_type: str, user: Any, scope: str) -> str:
        audience = self._audience(user)
        return issue_access_token(
            self.part,
            party=client.party,
            grant_type=grant_type,
            granted=user,
            scope=scope,
            subject=self._subject(client.party, user, audience),
            audience=audience,
            confirmation=self.binding.confirmation,
        )

    def _audience(self, user: Any) -> str:
        """For whom a token is: an exchanged one says it itself, the grants refused several."""
        if user is not None and "aud" in user.own_claims:
            return str(user.own_claims["aud"])
        granted = () if user is None else user.access.resources
        reader = reader_of(asked_resources(self.asked) or granted, issuer=self.issuer)
        if reader is None:
            raise RuntimeError("a token for several readers passed every check")
        return reader

    def _subject(self, party: RegisteredParty, user: Any, audience: str) -> str:
        """The `sub` of a token of the party, as whom it is meant for may read it.

        An exchanged one has its own. A resource that no live party answers to has a reader we do
        not know.
        """
        if user is None:
            return party.client_id
        person_id = user.access.person_id
        if audience == self.issuer or "sub" in user.own_claims:
            return self.part.subject_of(person_id, party)
        ids = find_answering(self.db, audience=audience, environment=party.environment)
        called = [client.party for client in map(self.query_client, ids) if client]
        if not any(audience in one.audiences for one in called):
            return new_token(128)
        return subject_between(self.part, person_id, [party, *called])

    def _refresh_token(self, **_: Any) -> str:
        return new_token()

    def _expires_in(self, _client: Client, grant_type: str) -> int:
        return lifetime(self.part, grant_type)
