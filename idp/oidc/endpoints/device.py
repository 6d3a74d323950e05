"""/device: where a person types the code that a device shows (RFC 8628 section 3.3).

From there it is a sign-in as any other, bound to this browser, through the same pages and the same
`decide`; its end is a grant for the device. Approving is the success of the sign-in, as issuing a
code is elsewhere: then someone has signed in here for a service, whether or not the device still
listens. A device that nobody took up has begun no sign-in.
"""

from dataclasses import field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.authorization.advance import Page, advance
from idp.authorization.finish import refuse
from idp.interactions.lookup import find_interaction
from idp.interactions.models import Interaction
from idp.interactions.opening import open_interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.secrets import token_hash
from idp.oidc.checks.context import context_of
from idp.oidc.checks.rules import Address, find_refusal
from idp.oidc.openers import DeviceOpener
from idp.oidc.over import answer_over
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.user_codes import (
    DIGITS,
    NO_LETTERS,
    format_user_code,
    is_as_long,
    read_user_code,
    user_code_hashes,
)
from idp.rate_limits import DEVICE_CODES, DEVICE_CODES_OF_BROWSER, Allowance, count, take_back
from idp.tokens.devices import claim_device, find_claim
from idp.web.browser import BrowserId, RequestBrowser
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_, Message
from idp.web.refusals import RequestRefused
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = Router()
_FAULTS = {
    "malformed": Message("A code has 8 characters, like BCF4-HJK7. Copy it from the device."),
    "unknown": Message(
        "This code is wrong, too old, or in use on another phone. Ask the device for a new one."
    ),
    "throttled": Message("Too many wrong codes came from here. Please try again in an hour."),
}
_OTHER_SIGNS = Message(
    "No code has the letters %(letters)s, and of the digits only %(digits)s. Look at each "
    "character on the device again.",
    letters=", ".join(NO_LETTERS),
    digits=", ".join(DIGITS),
)
_OVER = N_("This sign-in has ended, or began in another browser. Ask the device for a new code.")


@immutable
class DevicePage:
    """The form for the code; what stood in the address is shown to be compared."""

    user_code: str = ""
    is_from_link: bool = False
    errors: dict[str, Message] = field(default_factory=dict)


@immutable
class DeviceDone:
    """How it ended."""

    is_allowed: bool


@router.get("/device")
def show(http: Request, query: Query) -> Response:
    """The form. A link that holds the code fills it in; nothing happens before it is sent.

    Beside a fault a whole code is not filled in: there a link would not be asked to be compared.
    """
    typed, fault = query.get("user_code", "")[:50], _FAULTS.get(query.get("fault", ""))
    code = read_user_code(typed)
    if fault is _FAULTS["malformed"] and is_as_long(typed):
        fault = _OTHER_SIGNS
    page = DevicePage(
        user_code="" if code and fault else format_user_code(code) if code else typed,
        is_from_link=code is not None and not fault,
        errors={"user_code": fault} if fault else {},
    )
    return render(http, "oidc/device.html", page)


@router.post("/device")
def submit(http: Request, browser: BrowserId, form: OwnForm) -> Response:
    """Begin the sign-in that the code is for; in the browser that began it, go on with it."""
    typed = form.get("user_code", "")
    code = read_user_code(typed)
    if code is None:
        return _back("malformed", typed)
    with transaction(http) as db:
        allowances, at = _allowances(http, browser), clock.now()
        if not all(count(db, allowance, at=at) for allowance in allowances):
            return _back("throttled")
        return_path = _begin(http, db, browser, code) or _find_begun(http, db, browser, code)
        if return_path is None:
            return _back("unknown")
        for allowance in allowances:
            take_back(db, allowance)
        return RedirectResponse(return_path, status_code=303)


@router.get("/device/resume/{interaction_id}")
def resume(http: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    """Look again after the sign-in pages, in the browser that began."""
    with transaction(http) as db:
        browser_hash = token_hash(browser)
        interaction = find_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
        if interaction is None or interaction.return_path != http.url.path:
            return answer_over(http, db, interaction_id, browser_hash, not_here=_OVER)
        opener = _find_opener(
            http,
            db,
            interaction.parameters,
            code=interaction.device_code,
            asked_at=interaction.device_asked_at,
            expires_at=interaction.expires_at,
        )
        if opener is None:
            raise RequestRefused(400, _OVER, detail="the device's client is no longer in use")
        return RedirectResponse(_proceed(http, db, opener, interaction), status_code=303)


def _proceed(http: Request, db: Session, opener: DeviceOpener, interaction: Interaction) -> str:
    """Where the person goes on."""
    context = context_of(opener.part, opener.request, opener.party)
    if refusal := find_refusal(context, Address.DEVICE):
        return refuse(db, opener, interaction, refusal)
    browser, rules = RequestBrowser(http), opener.part.rules
    match advance(db, opener, interaction, browser=browser, rules=rules):
        case Page() as page:
            return page.path
        case path:
            return path


@router.get("/device/allowed")
def allowed(http: Request) -> Response:
    """The device goes on; what ends the sign-in there is said."""
    return render(http, "oidc/device_done.html", DeviceDone(is_allowed=True))


@router.get("/device/denied")
def denied(http: Request) -> Response:
    """The device got nothing."""
    return render(http, "oidc/device_done.html", DeviceDone(is_allowed=False))


def _back(fault: str, typed: str = "") -> Response:
    query = urlencode({"user_code": typed[:50], "fault": fault})
    return RedirectResponse(f"/device?{query}", status_code=303)


def _begin(http: Request, db: Session, browser: str, code: str) -> str | None:
    """Claim the code for a new sign-in; where that goes on."""
    interaction_id, user_hashes = uuid4(), user_code_hashes(OidcPart.of(http).keyring, code)
    claimed = claim_device(db, user_hashes=user_hashes, interaction_id=interaction_id)
    if claimed is None:
        return None
    opener = _find_opener(
        http,
        db,
        claimed.parameters,
        code=format_user_code(code),
        asked_at=claimed.created_at,
        expires_at=claimed.expires_at,
    )
    if opener is None:
        return None
    interaction = open_interaction(
        db, opener.opening, browser_hash=token_hash(browser), interaction_id=interaction_id
    )
    return interaction.return_path


def _find_opener(
    http: Request, db: Session, parameters: dict[str, str], **device: Any
) -> DeviceOpener | None:
    """What the device asked for, as stored; None when its client is no longer in use."""
    part, request = OidcPart.of(http), AuthorizationRequest.read_stored(parameters)
    party = part.relying_parties.find(request.client_id, db=db)
    return DeviceOpener(part=part, request=request, party=party, **device) if party else None


def _find_begun(http: Request, db: Session, browser: str, code: str) -> str | None:
    """Where a sign-in with that code goes on that this browser began before."""
    claim = find_claim(db, user_hashes=user_code_hashes(OidcPart.of(http).keyring, code))
    begun = claim and find_interaction(db, interaction_id=claim, browser_hash=token_hash(browser))
    return begun.return_path if begun else None


def _allowances(http: Request, browser: str) -> tuple[Allowance, ...]:
    """Guesses are counted by source, then by browser; right ones are taken back.

    Many phones share an address, so a browser has less. Counted before anything is looked up; a
    source that waits leaves no row for each new browser it pretends to be.
    """
    part, browser_hash = OidcPart.of(http), token_hash(browser).hex()
    counted = ((DEVICE_CODES, client_ip(http)), (DEVICE_CODES_OF_BROWSER, browser_hash))
    return tuple(
        limit.of(value, keyring=part.keyring, settings=part.throttle) for limit, value in counted
    )
