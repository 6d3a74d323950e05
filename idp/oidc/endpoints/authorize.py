"""/authorize: where a sign-in begins, and where it ends (OIDC Core 3.1.2).

Each visit runs the same loop: checks, then `decide`, then one answer. What a person must do is
handed to the sign-in pages through an interaction, which leads back to /authorize/resume.
"""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.bind import UNBOUND, bind_interaction
from idp.interactions.lookup import find_client_id, find_interaction
from idp.interactions.models import Interaction
from idp.interactions.open import open_interaction
from idp.kit.secrets import token_hash
from idp.oidc.checks.redirect_uri import explain_fault, find_fault
from idp.oidc.checks.table import find_refusal
from idp.oidc.endpoints import answer
from idp.oidc.endpoints.visit import Visit
from idp.oidc.parameters import AuthorizationRequest, Refusal
from idp.oidc.part import OidcPart
from idp.oidc.requests.asked import open_pushed, read_request
from idp.oidc.requests.prefetch import prefetch_keys
from idp.oidc.requests.share import take_share
from idp.relying_parties.response_types import holds_tokens
from idp.web.current import BrowserId
from idp.web.db import transaction
from idp.web.forms import Form, Query
from idp.web.language import apply_ui_locales
from idp.web.messages import N_
from idp.web.refusals import RequestRefused

router = APIRouter()

_ENDED = N_("This sign-in has ended, or began in another browser. Start again at the service.")


@router.get("/authorize")
def authorize(request: Request, query: Query) -> Response:
    """Begin a sign-in, or finish it at once for someone signed in who agreed before."""
    asked, fault = read_request(request, query)
    _fetch_keys(request, asked.client_id)
    with transaction(request) as db:
        visit = _visit(request, db, asked)
        apply_ui_locales(request, visit.asked.ui_locales)
        return _proceed(db, visit, None, fault)


@router.post("/authorize")
def authorize_by_post(request: Request, form: Form) -> Response:
    """The same by a form.

    It comes from another site and carries no cookie of ours, so the request is stored, and read
    back by a GET that does.
    """
    asked, fault = read_request(request, form)
    _fetch_keys(request, asked.client_id)
    with transaction(request) as db:
        visit = _visit(request, db, asked)
        if refusal := fault or find_refusal(visit.context):
            return answer.refuse(db, visit, None, refusal)
        take_share(request, db)
        interaction = open_interaction(db, **visit.interaction_values(), browser_hash=UNBOUND)
        return RedirectResponse(interaction.return_path, status_code=303)


@router.get("/authorize/resume/{interaction_id}")
def resume(request: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    """Look again after the sign-in pages, in the browser that began."""
    _fetch_keys(request, interaction_id)
    with transaction(request) as db:
        browser_hash = token_hash(browser)
        is_first = bind_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
        interaction = find_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
        if interaction is None or interaction.return_path != request.url.path:
            raise RequestRefused(
                400,
                _ENDED,
                detail="no live sign-in of this browser",
            )
        visit = _visit(request, db, AuthorizationRequest.read_stored(interaction.parameters))
        if is_first:
            apply_ui_locales(request, visit.asked.ui_locales)
        return _proceed(db, visit, interaction)


def _fetch_keys(request: Request, begun_by: str | UUID) -> None:
    """Of the client, or of the one that began the interaction, if it may get ID tokens here."""
    if not any(map(holds_tokens, OidcPart.of(request).protocol.response_types)):
        return
    if isinstance(begun_by, UUID):
        with transaction(request) as db:
            begun_by = find_client_id(db, interaction_id=begun_by)
    prefetch_keys(request, begun_by)


def _visit(request: Request, db: Session, asked: AuthorizationRequest) -> Visit:
    """The request with its party.

    Raises RequestRefused, a page of ours, unless both the client and the redirect URI are good:
    nothing is ever redirected before that.
    """
    asked = open_pushed(request, db, asked)
    party = OidcPart.of(request).relying_parties.find(asked.client_id, db=db)
    fault = find_fault(asked, party)
    if fault or party is None:
        raise RequestRefused(
            400,
            fault or "",
            detail=explain_fault(asked, party),
            relying_party_id=party.id if party else None,
        )
    return Visit(request, asked, party)


def _proceed(
    db: Session, visit: Visit, interaction: Interaction | None, fault: Refusal | None = None
) -> Response:
    if refusal := fault or find_refusal(visit.context):
        return answer.refuse(db, visit, interaction, refusal)
    return answer.advance(db, visit, interaction)
