"""Answering a client that authenticates: one transaction, and a note of what is refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.journal.errors import record_error
from idp.journal.record import record
from idp.oidc.authlib.assertion import presumed_client_id
from idp.oidc.authlib.build import build_server
from idp.oidc.authlib.certificate import is_among
from idp.oidc.authlib.refused import RefusedRequest
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.client_jwt import key_id_of
from idp.oidc.part import OidcPart
from idp.oidc.requests.prefetch import find_party, prefetch_keys
from idp.rate_limits import source_of
from idp.relying_parties.auth_methods import SELF_SIGNED_TLS_CLIENT_AUTH
from idp.web.client_certificate import client_certificate
from idp.web.client_ip import client_ip
from idp.web.db import transaction

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
    with client_transaction(request, asked) as db:
        server = build_server(OidcPart.of(request), db)
        server.register_endpoint(endpoint)
        response: Response = server.create_endpoint_response(endpoint.ENDPOINT_NAME, asked)
        if server.refused is not None:
            note_refusal(db, server.refused, event=refused_event)
        return response


@contextmanager
def client_transaction(request: Request, asked: ProtocolRequest) -> Iterator[Session]:
    """One unit of work. The keys of a client that signs are fetched before it, never in it."""
    _fetch_keys(request, asked)
    with transaction(request) as db:
        yield db


def note_refusal(db: Session, refused: RefusedRequest, *, event: str) -> None:
    """What an agency's developer asks about first; the row holds nothing secret."""
    data = {"description": refused.description, "grant_type": refused.grant_type}
    if refused.party is None:
        detail = {"error": refused.error, **data}
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


def _fetch_keys(request: Request, asked: ProtocolRequest) -> None:
    """Those with which an assertion, or a request object that is pushed, says it is signed."""
    client_id, client_keys = presumed_client_id(asked), OidcPart.of(request).client_keys
    prefetch_keys(request, client_id)
    signed = [asked.form[name] for name in _SIGNED if name in asked.form]
    certificate = asked.certificate
    if not signed and certificate is None:
        return
    party = find_party(request, client_id)
    if party is None or not party.jwks_uri:
        return
    for token in signed:
        client_keys.find(party, kid=key_id_of(token))
    if (
        certificate is not None
        and party.token_endpoint_auth_method == SELF_SIGNED_TLS_CLIENT_AUTH
        and not is_among(client_keys.find(party), certificate)
    ):
        client_keys.find(party, kid=certificate.thumbprint)  # unknown, so fetched anew
