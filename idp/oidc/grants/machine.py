"""Access tokens for a client itself, where nobody is signed in.

The client authenticates (RFC 6749 section 4.4), or signs a JWT of its own (RFC 7523 section 2.1).
Such a JWT never stands for a person: nobody's agreement travels in what somebody else signed. A
service that acts for a person exchanges a token of that person.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibClientCredentialsGrant
from authlib.oauth2.rfc7523 import JWTBearerGrant as AuthlibJwtBearerGrant

from idp.journal.record import record
from idp.oidc.client_jwt import read_jwt, spend_assertion
from idp.oidc.grants.binding import SenderConstrained
from idp.oidc.profiles import profile_of
from idp.oidc.resources import check_registered
from idp.oidc.scopes import machine_scopes
from idp.relying_parties.auth_methods import CONFIDENTIAL_METHODS

_ASSERTION_TYPES = ("", "jwt")
"""What says that it authenticates a client is no grant."""


class MachineGrant(SenderConstrained):
    """Only scope values registered for the client, and none that stand for a person's data."""

    def validate_requested_scope(self) -> None:
        """Raises InvalidScopeError or InvalidTargetError for a value that is not registered."""
        check_registered(self.request, self.client.party, issuer=self.server.issuer)
        asked = set((self.request.payload.scope or "").split())
        if not asked <= set(machine_scopes(self.client.party)):
            raise InvalidScopeError()

    def generate_token(self, *, scope: str | None = None, **values: Any) -> dict[str, Any]:
        """Without a scope in the request, all that is registered; never for a person."""
        granted = scope or " ".join(machine_scopes(self.client.party))
        token: dict[str, Any] = super().generate_token(**{**values, "scope": granted, "user": None})
        return token

    def record_issued(self, *, event: str) -> None:
        """The audit row of a token for the client itself."""
        party_id = self.client.party.id
        record(self.server.db, event=event, relying_party_id=party_id, counted=False)


class ClientCredentialsGrant(MachineGrant, AuthlibClientCredentialsGrant):
    """For the client that authenticated."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def save_token(self, _token: dict[str, Any]) -> None:
        """The audit row, when the endpoint finds one due and opened a transaction."""
        if self.server.database is not None and not self.server.is_audited:
            self.record_issued(event="client_credentials.issued")


class JwtBearerGrant(MachineGrant, AuthlibJwtBearerGrant):
    """The assertion proves the client; nothing else need (RFC 7521 section 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def process_assertion_claims(self, assertion: str) -> dict[str, Any]:
        """Who made the assertion, once it is proven and its `jti` used up.

        `iss` and `sub` are the client's id, `aud` is the issuer and nothing else. Raises
        InvalidGrantError, InvalidClientError for a client that fails to authenticate besides, and
        what `bind` raises.
        """
        sent = read_jwt(assertion)
        client_id = sent.client_id if sent else None
        client = self.server.query_client(client_id) if client_id else None
        if client_id is None or client is None or not self._is_named_alike(client_id):
            raise InvalidGrantError("The assertion is not about a client that presents it.")
        issuer, profile = self.server.issuer, profile_of(client.party.profile)
        audiences = [issuer] if profile.assertion_audience_is_issuer_only else [issuer, [issuer]]
        self.request.fault = spend_assertion(
            self.server.part,
            self.server.db,
            sent,
            party=client.party,
            is_for_us=lambda audience: audience in audiences,
            types=_ASSERTION_TYPES,
        )
        if self.request.fault:
            raise InvalidGrantError(
                "The assertion was used before, or its key, iss, sub, aud or exp is wrong."
            )
        if not self.server.presents_itself(self.request):
            self.bind(client.party)
        return {"iss": client_id, "sub": client_id}

    def resolve_issuer_client(self, issuer: str) -> Any:
        """The client that made the assertion."""
        return self.server.query_client(issuer)

    def authenticate_user(self, subject: str) -> str:
        """The client itself: `sub` is nobody else."""
        return subject

    def has_granted_permission(self, _client: Any, _user: str) -> bool:
        """To itself it may."""
        return True

    def save_token(self, _token: dict[str, Any]) -> None:
        """One audit row for each client and minute."""
        if self.server.part.audits.admits((self.GRANT_TYPE, self.client.party.id)):
            self.record_issued(event="jwt_bearer.issued")

    def _is_named_alike(self, client_id: str) -> bool:
        """Whether a client named or authenticated besides is the one the assertion is about."""
        named = {self.request.form.get("client_id", client_id)}
        if self.server.presents_itself(self.request):
            named.add(self.authenticate_token_endpoint_client().get_client_id())
        return named == {client_id}
