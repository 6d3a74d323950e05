"""Answering a client that authenticates: one transaction, and a note of what is refused."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.journal.errors import record_error
from idp.journal.record import record
from idp.oidc.authlib.authentication import is_among, presumed_client_id
from idp.oidc.authlib.build import build_server
from idp.oidc.authlib.refused import RefusedRequest
from idp.oidc.authlib.request import Client, ProtocolRequest
from idp.oidc.client_jwt import read_jwt
from idp.oidc.explanations import explain_closed
from idp.oidc.formats.access_token import read_access_token
from idp.oidc.part import OidcPart
from idp.oidc.requests.authorization import find_party, prefetch_keys
from idp.rate_limits import source_of
from idp.relying_parties.auth_methods import SELF_SIGNED_TLS_CLIENT_AUTH
from idp.tokens.lookup import KnownRefreshToken, find_refresh_token
from idp.web.db import transaction
from idp.web.share import may_report
from idp.web.trusted_proxy import client_certificate, client_ip

_SIGNED = ("client_assertion", "assertion", "request")


def read_asked(request: Request, form: Mapping[str, str]) -> ProtocolRequest:
    """The request of a client, with what it shows besides its parameters."""
    return ProtocolRequest(
        "POST",
        form,
        request.headers,
        proofs=request.headers.getlist("DPoP"),
        certificate=client_certificate(request),
        source=lambda: source_of(client_ip(request)),
    )


def answer_client(
    request: Request,
    form: Mapping[str, str],
    endpoint: Any,
    *,
    refused_event: str,
) -> Response:
    """Let an endpoint of Authlib answer, in the transaction in which the client authenticates."""
    asked = read_asked(request, form)
    fetch_client_keys(request, asked)
    with transaction(request) as db:
        server = build_server(OidcPart.of(request), db)
        server.register_endpoint(endpoint)
        response: Response = server.create_endpoint_response(endpoint.ENDPOINT_NAME, asked)
        if server.refused is not None:
            note_refusal(request, db, server.refused, event=refused_event)
        return response


def note_refusal(request: Request, db: Session, refused: RefusedRequest, *, event: str) -> None:
    """What an agency's developer asks about first; the row holds nothing secret.

    Of who has not authenticated, no more than a source may leave.
    """
    for_years = refused.party is not None
    if not refused.is_authenticated and not may_report(request, db, for_years=for_years):
        return
    data = {"description": refused.description, "grant_type": refused.grant_type}
    if refused.party is None:
        detail = {"error": refused.error, **data}
        if closed := explain_closed(db, client_id=refused.client_id):
            detail |= {"relying_party_id": closed[0].hex, "description": closed[1]}
        record_error(db, error_id=refused.error_id, kind=event, detail=detail)
        return
    record(
        db,
        event=event,
        reason=refused.error,
        relying_party_id=refused.party.id,
        counted=False,
        error_id=refused.error_id,
        data=data,
    )


def fetch_client_keys(request: Request, asked: ProtocolRequest) -> None:
    """The keys with which an assertion, or a request object that is pushed, says it is signed.

    Call it before the transaction, never in it.
    """
    client_id, client_keys = presumed_client_id(asked), OidcPart.of(request).client_keys
    prefetch_keys(request, client_id)
    signed = [asked.form[name] for name in _SIGNED if name in asked.form]
    certificate = asked.certificate
    if not signed and certificate is None:
        return
    party = find_party(request, client_id)
    if party is None or not party.jwks_uri:
        return
    for sent in map(read_jwt, signed):
        client_keys.find(party, kid=sent.key_id if sent else None)
    if (
        certificate is not None
        and party.token_endpoint_auth_method == SELF_SIGNED_TLS_CLIENT_AUTH
        and not is_among(client_keys.find(party), certificate)
    ):
        client_keys.find(party, kid=certificate.thumbprint)  # unknown, so fetched anew


def read_named_token(
    part: OidcPart, db: Session, request: ProtocolRequest, client: Client
) -> dict[str, Any] | KnownRefreshToken | None:
    """The claims of a valid access token, whoever's, or the client's own refresh token.

    The hint is not needed: the kinds cannot be confused (RFC 7009, 7662 section 2.1).
    """
    presented = request.form.get("token")
    if presented is None:
        raise InvalidRequestError("The parameter token is missing.")
    if claims := read_access_token(part, presented):
        return claims
    refresh = find_refresh_token(db, token=presented, today=part.today)
    is_own = refresh is not None and refresh.relying_party_id == client.party.id
    return refresh if is_own else None
