"""/authorize: where a sign-in begins, and where it ends (OIDC Core 3.1.2).

Each visit runs the same loop: checks, then `decide`, then one answer. What a person must do is
handed to the sign-in pages through an interaction, which leads back to /authorize/resume.
"""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.authorization.advance import Page, advance, begin
from idp.authorization.finish import refuse
from idp.authorization.refusal import Refusal
from idp.interactions.lookup import find_client_id
from idp.interactions.models import Interaction
from idp.interactions.opening import take_up
from idp.kit.secrets import token_hash
from idp.oidc.checks.context import context_of
from idp.oidc.checks.rules import Address, check_redirect_uri, find_refusal
from idp.oidc.explanations import explain_closed
from idp.oidc.openers import BrowserOpener
from idp.oidc.over import answer_over
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.redirects import place_of
from idp.oidc.requests.authorization import open_pushed, prefetch_keys, read_request
from idp.oidc.scopes import tell_ignored
from idp.relying_parties.grant_types import holds_tokens
from idp.sessions.lookup import CurrentSession
from idp.web.browser import BrowserId, RequestBrowser
from idp.web.db import transaction
from idp.web.forms import Form, Query
from idp.web.language import apply_ui_locales
from idp.web.messages import N_
from idp.web.refusals import RequestRefused
from idp.web.routes import Router

router = Router()

_ENDED = N_("This sign-in has ended, or began in another browser. Start again at the service.")


@router.get("/authorize")
def authorize(http: Request, query: Query) -> Response:
    """Begin a sign-in, or finish it at once for someone signed in who agreed before."""
    request, fault = read_request(http, query)
    _fetch_keys(http, request.client_id)
    with transaction(http) as db:
        opener = _opener(http, db, request)
        apply_ui_locales(http, opener.request.ui_locales)
        return _proceed(db, opener, None, fault)


@router.post("/authorize")
def authorize_by_post(http: Request, form: Form) -> Response:
    """The same by a form.

    It comes from another site and carries no cookie of ours, so the request is stored, and read
    back by a GET that does.
    """
    request, fault = read_request(http, form)
    _fetch_keys(http, request.client_id)
    with transaction(http) as db:
        opener = _opener(http, db, request)
        if refusal := fault or _find_refusal(opener):
            return refuse(db, opener, None, refusal)
        tell_ignored(opener.part, db, opener.request, opener.party)
        return RedirectResponse(begin(db, opener).return_path, status_code=303)


@router.get("/authorize/resume/{interaction_id}")
def resume(http: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    """Look again after the sign-in pages, in the browser that began."""
    _fetch_keys(http, interaction_id)
    with transaction(http) as db:
        browser_hash = token_hash(browser)
        interaction, is_first = take_up(
            db, interaction_id=interaction_id, browser_hash=browser_hash
        )
        if interaction is None or interaction.return_path != http.url.path:
            return answer_over(http, db, interaction_id, browser_hash, not_here=_ENDED)
        opener = _opener(http, db, AuthorizationRequest.read_stored(interaction.parameters))
        if is_first:
            apply_ui_locales(http, opener.request.ui_locales)
        return _proceed(db, opener, interaction)


def answer_at_once(
    http: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response | None:
    """What `resume` would answer, in the transaction that has begun or raised this session.

    None where that is more than a redirect with a code, or a page says that nothing can be done.
    """
    request = AuthorizationRequest.read_stored(interaction.parameters)
    is_plain = request.response_type == "code" and place_of(request) == "query"
    if not is_plain or interaction.return_path != f"/authorize/resume/{interaction.id}":
        return None
    try:
        opener = _opener(http, db, request)
    except RequestRefused:
        return None
    return _proceed(db, opener, interaction, begun=session)


def _fetch_keys(http: Request, begun_by: str | UUID) -> None:
    """Of the client, or of the one that began the interaction, if it may get ID tokens here."""
    if not any(map(holds_tokens, OidcPart.of(http).protocol.response_types)):
        return
    if isinstance(begun_by, UUID):
        with transaction(http) as db:
            begun_by = find_client_id(db, interaction_id=begun_by)
    prefetch_keys(http, begun_by)


def _opener(http: Request, db: Session, request: AuthorizationRequest) -> BrowserOpener:
    """The request with its party.

    Raises RequestRefused, a page of ours, unless both the client and the redirect URI are good:
    nothing is ever redirected before that.
    """
    request, part = open_pushed(http, db, request), OidcPart.of(http)
    party = part.relying_parties.find(request.client_id, db=db)
    refusal = check_redirect_uri(request, party)
    if refusal or party is None:
        words, reason = (refusal.description, refusal.reason) if refusal else ("", "")
        party_id = party.id if party else None
        if party is None and (closed := explain_closed(db, client_id=request.client_id)):
            party_id, reason = closed
        raise RequestRefused(400, words, detail=reason, relying_party_id=party_id)
    return BrowserOpener(http=http, part=part, request=request, party=party)


def _find_refusal(opener: BrowserOpener) -> Refusal | None:
    context = context_of(opener.part, opener.request, opener.party)
    return find_refusal(context, Address.AUTHORIZE)


def _proceed(
    db: Session,
    opener: BrowserOpener,
    interaction: Interaction | None,
    fault: Refusal | None = None,
    *,
    begun: CurrentSession | None = None,
) -> Response:
    if refusal := fault or _find_refusal(opener):
        return refuse(db, opener, interaction, refusal)
    if interaction is None:
        tell_ignored(opener.part, db, opener.request, opener.party)
    browser, rules = RequestBrowser(opener.http, begun), opener.part.rules
    match advance(db, opener, interaction, browser=browser, rules=rules):
        case Page() as page:
            return RedirectResponse(page.path, status_code=303)
        case answer:
            return answer
