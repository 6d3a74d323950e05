"""/register: software registers itself as a sandbox client, and manages itself (RFC 7591, 7592).

Closed unless the settings open it. The rules are the registry's; the documents that registered
addresses lead to are fetched between two transactions, and only for whoever holds a token.
Authlib's endpoints for this are not used: every step of theirs would have to be replaced.
"""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.kit import clock
from idp.kit.errors import NotFound
from idp.oidc.authlib.build import offered_choices
from idp.oidc.part import OidcPart
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.dynamic import (
    document_of,
    find_own_faults,
    find_self_registered,
    is_initial_token,
    read_metadata,
    register_itself,
    spend_initial_token,
)
from idp.relying_parties.field_kinds import Fault
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.outbound import find_sector_fault
from idp.relying_parties.register import change_metadata
from idp.relying_parties.scopes import SCOPES
from idp.relying_parties.secrets import check_secret
from idp.web.db import transaction
from idp.web.errors import Failure, note_failure, oauth_error
from idp.web.forms import read_object
from idp.web.messages import N_
from idp.web.routes import Router


async def _read_token(request: Request) -> str:
    """The bearer's token, before anything else is read; raises NotFound where this is closed."""
    if not OidcPart.of(request).registration.is_open:
        raise NotFound(N_("There is no page at this address."))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


router = Router()

Token = Annotated[str, Depends(_read_token)]
Document = Annotated[dict[str, Any], Depends(read_object)]
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_TOLD_ONLY = (
    *("registration_access_token", "registration_client_uri"),
    *("client_secret_expires_at", "client_id_issued_at"),
)
"""Members that a client is told and never sends (RFC 7592 section 2.2)."""


@router.post("/register")
def register(request: Request, token: Token, document: Document) -> Response:
    """201 with what was registered, the secret, and the token to manage it with."""
    with transaction(request) as db:
        is_invited = is_initial_token(db, token=token, at=clock.now())
    if not is_invited:
        return _refuse_token(request)
    metadata = _read(request, document)
    if isinstance(metadata, Fault):
        return _refuse_fault(request, metadata)
    with transaction(request) as db:
        initial = spend_initial_token(db, token=token, at=clock.now())
        if initial is not None:
            made = register_itself(db, initial=initial, metadata=metadata, at=clock.now())
            answer = _tell(request, made.party, made.registration_token, made.client_secret)
            return JSONResponse(answer, status_code=201, headers=_NO_STORE)
    return _refuse_token(request)


@router.get("/register/{client_id}")
def read(request: Request, token: Token, client_id: str) -> Response:
    """What is registered."""
    with transaction(request) as db:
        party = find_self_registered(db, client_id=client_id, token=token)
        if party is not None:
            return JSONResponse(_tell(request, party, token), headers=_NO_STORE)
    return _refuse_token(request)


@router.put("/register/{client_id}")
def change(request: Request, token: Token, client_id: str, document: Document) -> Response:
    """Replace the metadata; fields left out go back to their defaults (RFC 7592 section 2.2)."""
    with transaction(request) as db:
        party = find_self_registered(db, client_id=client_id, token=token)
    if party is None:
        return _refuse_token(request)
    if not _is_about(document, party):
        return _refuse(request, "invalid_request", "The request is not valid.")
    metadata = _read(request, document)
    if isinstance(metadata, Fault):
        return _refuse_fault(request, metadata)
    with transaction(request) as db:
        party = find_self_registered(db, client_id=client_id, token=token)
        if party is not None:
            secret = change_metadata(db, party=party, metadata=metadata, at=clock.now())
            answer = JSONResponse(_tell(request, party, token, secret), headers=_NO_STORE)
    if party is None:
        return _refuse_token(request)
    OidcPart.of(request).relying_parties.forget(client_id)
    return answer


@router.delete("/register/{client_id}")
def remove(request: Request, token: Token, client_id: str) -> Response:
    """Retire the client; its tokens and its registration token are dead, figures still know it."""
    reason = "deregistered itself"
    with transaction(request) as db:
        party = find_self_registered(db, client_id=client_id, token=token)
        if party is not None:
            take_step(db, relying_party_id=party.id, step="retire", at=clock.now(), reason=reason)
    if party is None:
        return _refuse_token(request)
    OidcPart.of(request).relying_parties.forget(client_id)
    return Response(status_code=204, headers=_NO_STORE)


def _read(request: Request, document: dict[str, Any]) -> ClientMetadata | Fault:
    """The metadata, read and checked."""
    part = OidcPart.of(request)
    metadata = read_metadata(
        document,
        scope=" ".join(SCOPES),
        requires_pkce=part.registration.requires_pkce,
        profile=part.registration.profile,
    )
    if isinstance(metadata, Fault):
        return metadata
    levels = [level.acr for level in part.assurance.levels]
    if faults := find_own_faults(metadata, issuer=part.issuer, levels=levels):
        return _together(faults, metadata.redirect_uris)
    for field, offered in offered_choices(part).items():
        value = getattr(metadata, field)
        if not {*((value,) if isinstance(value, str) else value)} <= {*offered}:
            return Fault(field, f"Offered: {', '.join(offered)}.")
    return find_sector_fault(metadata, http=part.outbound) or metadata


def _together(faults: list[Fault], uris: tuple[str, ...]) -> Fault:
    """The first fault; where redirect URIs are at fault, all of theirs, by their place in the list.

    RFC 7591 section 3.2.2 has a code of its own for these, and a place for one description.
    """
    wrong = [fault for fault in faults if fault.field == "redirect_uris"]
    if len(wrong) < 2:
        return wrong[0] if wrong else faults[0]
    shown = [uri[:200] for uri in uris]
    told = (
        f"{fault.sentence} (number {shown.index(fault.value) + 1})"
        if fault.value in shown
        else fault.sentence
        for fault in wrong
    )
    return Fault("redirect_uris", " ".join(told))


def _is_about(document: dict[str, Any], party: RelyingParty) -> bool:
    """Whether a change names its client, by its present secret if it sends one (section 2.2)."""
    secret, stored = document.get("client_secret", ""), party.client_secret_hash
    is_its_own = isinstance(secret, str) and check_secret(secret, stored_hash=stored)
    return (
        document.get("client_id") == party.client_id
        and not {*_TOLD_ONLY} & {*document}
        and (is_its_own or "client_secret" not in document)
    )


def _tell(
    request: Request, party: RelyingParty, token: str, secret: str | None = None
) -> dict[str, Any]:
    """The whole answer (RFC 7591 section 3.2.1); the secret only when it is new."""
    new = {} if secret is None else {"client_secret": secret, "client_secret_expires_at": 0}
    issuer = OidcPart.of(request).issuer.url
    return {
        **document_of(party),
        "client_id": party.client_id,
        "client_id_issued_at": int(party.created_at.timestamp()),
        **new,
        "registration_client_uri": f"{issuer}/register/{party.client_id}",
        "registration_access_token": token,
    }


def _refuse_fault(request: Request, fault: Fault) -> Response:
    """The value it is about is not repeated (RFC 7591 section 3.2.2)."""
    is_redirect = fault.field == "redirect_uris"
    error = "invalid_redirect_uri" if is_redirect else "invalid_client_metadata"
    return _refuse(request, error, f"{fault.field}: {fault.sentence}")


def _refuse_token(request: Request) -> Response:
    """No token, or none that lets its bearer do this (RFC 6750 section 3.1)."""
    return _refuse(request, "invalid_token", "The token is not valid here.", status=401)


def _refuse(request: Request, error: str, description: str, *, status: int = 400) -> Response:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == 401 else {}
    failure = Failure(
        status=status,
        explanation=description,
        kind="registration.refused",
        detail=f"{error}: {description}",
    )
    return oauth_error(
        error,
        description,
        status=status,
        error_id=note_failure(request, failure),
        headers={**_NO_STORE, **challenge},
    )
