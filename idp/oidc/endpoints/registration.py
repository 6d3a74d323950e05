"""/register: software registers itself as a sandbox client, and manages itself (RFC 7591, 7592).

Closed unless the settings open it. The rules are the registry's; the documents that registered
addresses lead to are fetched between two transactions, and only for whoever holds a token.
"""

from typing import Annotated, Any

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.kit import clock
from idp.kit.errors import NotFound
from idp.oidc.authlib.build import build_server, offered_grants, offered_methods
from idp.oidc.authlib.registration import (
    Configuration,
    InvalidTokenError,
    Registration,
    RegistrationRequest,
)
from idp.oidc.part import OidcPart
from idp.relying_parties.dynamic import find_own_faults, find_self_registered, read_metadata
from idp.relying_parties.initial_tokens import is_initial_token
from idp.relying_parties.metadata import ClientMetadata, Fault
from idp.relying_parties.scopes import SCOPE_CLAIMS
from idp.relying_parties.sectors import find_sector_fault
from idp.web.db import transaction
from idp.web.errors import Failure, note_failure, oauth_error
from idp.web.json_body import read_object
from idp.web.messages import N_


def _require_open(request: Request) -> None:
    if not OidcPart.of(request).registration.is_open:
        raise NotFound(N_("There is no page at this address."))


router = APIRouter(dependencies=[Depends(_require_open)])

Document = Annotated[dict[str, Any], Depends(read_object)]
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@router.post("/register")
def register(request: Request, document: Document) -> Response:
    """201 with what was registered, the secret, and the token to manage it with."""
    asked = RegistrationRequest("POST", _bearer(request), document)
    with transaction(request) as db:
        is_invited = is_initial_token(db, token=asked.token, at=clock.now())
    return _proceed(request, asked) if is_invited else _refusal(request, InvalidTokenError())


@router.get("/register/{client_id}")
def read(request: Request, client_id: str) -> Response:
    """What is registered."""
    return _run(request, RegistrationRequest("GET", _bearer(request), {}, client_id))


@router.put("/register/{client_id}")
def change(request: Request, client_id: str, document: Document) -> Response:
    """Replace the metadata; fields left out go back to their defaults (RFC 7592 section 2.2)."""
    asked = RegistrationRequest("PUT", _bearer(request), document, client_id)
    with transaction(request) as db:
        party = find_self_registered(db, client_id=client_id, token=asked.token)
    return _proceed(request, asked) if party else _refusal(request, InvalidTokenError())


@router.delete("/register/{client_id}")
def remove(request: Request, client_id: str) -> Response:
    """Retire the client; its tokens and its registration token are dead."""
    return _run(request, RegistrationRequest("DELETE", _bearer(request), {}, client_id))


def _proceed(request: Request, asked: RegistrationRequest) -> Response:
    """Read and check the metadata, then store it."""
    metadata = read_metadata(
        asked.payload.data,
        scope=" ".join(SCOPE_CLAIMS),
        requires_pkce=OidcPart.of(request).registration.requires_pkce,
    )
    if isinstance(metadata, Fault):
        return _fault(request, [metadata])
    if faults := _faults(request, metadata):
        return _fault(request, faults)
    asked.metadata = metadata
    return _run(request, asked)


def _faults(request: Request, metadata: ClientMetadata) -> list[Fault]:
    part = OidcPart.of(request)
    if faults := find_own_faults(metadata, issuer=part.issuer):
        return faults
    chosen = (
        ("token_endpoint_auth_method", [metadata.token_endpoint_auth_method], offered_methods),
        ("grant_types", metadata.grant_types, offered_grants),
        ("response_types", metadata.response_types, lambda part: part.protocol.response_types),
    )
    for field, values, offered in chosen:
        if not set(values) <= set(offered(part)):
            return [Fault(field, f"Offered: {', '.join(offered(part))}.")]
    fault = find_sector_fault(metadata, http=part.outbound)
    return [fault] if fault else []


def _run(request: Request, asked: RegistrationRequest) -> Response:
    part = OidcPart.of(request)
    with transaction(request) as db:
        server = build_server(part, db)
        endpoint = Registration(server) if asked.method == "POST" else Configuration(server)
        try:
            status, body, _ = endpoint(asked)
        except OAuth2Error as error:
            refused = error
        else:
            refused = None
    if refused is not None:
        return _refusal(request, refused)
    part.relying_parties.forget(asked.client_id)
    if status == 204:
        return Response(status_code=204, headers=_NO_STORE)
    return JSONResponse(body, status_code=status, headers=_NO_STORE)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _fault(request: Request, faults: list[Fault]) -> Response:
    """The first fault; the value it is about is not repeated (RFC 7591 section 3.2.2)."""
    first = next((fault for fault in faults if fault.field == "redirect_uris"), faults[0])
    is_redirect = first.field == "redirect_uris"
    error = "invalid_redirect_uri" if is_redirect else "invalid_client_metadata"
    return _refusal(request, OAuth2Error(f"{first.field}: {first.sentence}", error=error))


def _refusal(request: Request, error: OAuth2Error) -> Response:
    description = error.description or "The request is not valid."
    is_token = error.error == "invalid_token"
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if is_token else {}
    failure = Failure(
        status=401 if is_token else 400,
        explanation=description,
        kind="registration.refused",
        detail=f"{error.error}: {description}",
    )
    return oauth_error(
        error.error,
        description,
        status=failure.status,
        error_id=note_failure(request, failure),
        headers={**_NO_STORE, **challenge},
    )
