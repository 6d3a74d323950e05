"""/introspect: a resource server asks what a token means (RFC 7662), signed if it likes (RFC 9701).

An access token is explained to its client and to those it is meant for, a refresh token to its
client alone. Everybody else, and every other kind of token, gets exactly `{"active": false}`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.kit import clock
from idp.oidc.authlib.build import AUTHENTICATION_METHODS
from idp.oidc.authlib.request import Client, ProtocolRequest
from idp.oidc.entitlement import audiences_of, has_all, is_entitled, scopes_left
from idp.oidc.formats.access_token import GRANT_CLAIM, token_ids
from idp.oidc.formats.jose import sign
from idp.oidc.grants.token_exchange import holders_of
from idp.oidc.part import OidcPart
from idp.oidc.profiles import default_answer_algorithm
from idp.oidc.requests.authenticated import answer_client, read_named_token
from idp.oidc.resources import answers_to, is_meant_for
from idp.relying_parties.party import RegisteredParty
from idp.tokens.jtis import is_revoked
from idp.tokens.lookup import KnownRefreshToken, find_standing_grant
from idp.web.forms import Form
from idp.web.routes import Router

router = Router()

METHODS = tuple(method for method in AUTHENTICATION_METHODS if method != "none")
_SIGNED_TYPE = "token-introspection+jwt"
_SHOWN = (
    *("iss", "aud", "sub", "client_id", "scope", "jti", "iat", "exp"),
    *("auth_time", "acr", "amr", "act", "cnf"),
)


class Introspection(IntrospectionEndpoint):
    """Authlib's endpoint; what it is given is already known to be alive."""

    CLIENT_AUTH_METHODS = METHODS

    def authenticate_token(
        self, request: ProtocolRequest, client: Client
    ) -> dict[str, Any] | KnownRefreshToken | None:
        """A living token that the caller may know about."""
        part, db = self.server.part, self.server.db
        token = read_named_token(part, db, request, client)
        if isinstance(token, dict):
            holders = self.server.parties_in_use(
                holders_of(token), since=token["iat"], beside=client.party
            )
            is_known = _may_know(token, client) and holders
            return _standing(part, db, token, client, holders) if is_known else None
        if token is None or not _is_unspent(token):
            return None
        return token if has_all(part, db, client.party, token) else None

    def create_introspection_payload(
        self, token: dict[str, Any] | KnownRefreshToken | None
    ) -> dict[str, Any]:
        """What a living token means; for anything else nothing but `active`."""
        if token is None:
            return {"active": False}
        return {"active": True, **self.introspect_token(token)}

    def introspect_token(self, token: dict[str, Any] | KnownRefreshToken) -> dict[str, Any]:
        """Its claims (RFC 7662 section 2.2)."""
        if isinstance(token, KnownRefreshToken):
            return {
                "iss": self.server.issuer,
                "scope": token.scope,
                "iat": _seconds(token.issued_at),
                "exp": _seconds(token.expires_at),
            }
        shown = {name: token[name] for name in _SHOWN if name in token}
        return {**shown, "token_type": "DPoP" if "jkt" in token.get("cnf", {}) else "Bearer"}

    def create_endpoint_response(
        self, request: ProtocolRequest
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        """JSON, or the same signed for the caller when it accepts that (RFC 9701 section 5)."""
        status, body, headers = super().create_endpoint_response(request)
        if not _wants_signed(request.headers.get("accept", "")):
            return status, body, headers
        claims = {
            "iss": self.server.issuer,
            "aud": request.client.get_client_id(),
            "iat": _seconds(clock.now()),
            "token_introspection": body,
        }
        keys = self.server.part.signing_keys
        alg = default_answer_algorithm(request.client.party)
        signed = sign(keys, claims, alg=alg, typ=_SIGNED_TYPE)
        return status, signed, [("Content-Type", f"application/{_SIGNED_TYPE}")]


@router.post("/introspect")
def introspect(request: Request, form: Form) -> Response:
    """Two statements at most: the assertion's id, and the token's grant."""
    return answer_client(request, form, Introspection, refused_event="introspection.refused")


def _may_know(claims: dict[str, Any], client: Client) -> bool:
    is_own: bool = claims["client_id"] == client.get_client_id()
    return is_own or _is_for(claims, client)


def _is_for(claims: dict[str, Any], client: Client) -> bool:
    return is_meant_for(claims, answers_to(client.party, issuer=claims["iss"]))


def _standing(
    part: OidcPart,
    db: Session,
    claims: dict[str, Any],
    client: Client,
    holders: list[RegisteredParty],
) -> dict[str, Any] | None:
    """The claims if they still mean anything; for whom the token is meant, with its own `sub`.

    The scope is what its holders may have still: a token of which nothing is left means nothing.
    """
    left = " ".join(scopes_left(claims["scope"].split(), holders))
    if claims["scope"] and not left:
        return None
    known = {**claims, "scope": left}
    if GRANT_CLAIM not in claims:
        return None if is_revoked(db, token_id=claims["jti"]) else known
    grant_id = UUID(hex=claims[GRANT_CLAIM])
    ids = token_ids(claims)
    standing = find_standing_grant(db, grant_id=grant_id, token_ids=ids, today=part.today)
    if standing is None:
        return None
    if not is_entitled(part, db, holders[-1], standing, audiences=audiences_of(claims)):
        return None
    subject = part.subject_of(standing.person_id, client.party)
    return {**known, "sub": subject} if _is_for(claims, client) else known


def _is_unspent(token: KnownRefreshToken) -> bool:
    return token.used_at is None and token.is_standing and token.expires_at > clock.now()


def _wants_signed(accept: str) -> bool:
    kinds = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
    return f"application/{_SIGNED_TYPE}" in kinds


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
