"""/device: where a person types the code that a device shows (RFC 8628 section 3.3).

From there it is a sign-in as any other, bound to this browser, through the same pages and the same
`decide`; its end is a grant for the device. Approving is the success of the sign-in, as issuing a
code is elsewhere: then someone has signed in here for a service, whether or not the device still
listens. A device that nobody took up has begun no sign-in.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.lookup import find_interaction
from idp.interactions.open import open_interaction
from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.oidc.checks.table import DEVICE_CHECKS, find_refusal
from idp.oidc.endpoints import answer
from idp.oidc.endpoints.visit import Visit
from idp.oidc.grants.approval import Approval
from idp.oidc.parameters import AuthorizationRequest, Refusal
from idp.oidc.part import OidcPart
from idp.oidc.user_codes import read_user_code, shown, user_code_hash
from idp.rate_limits import DEVICE_CODES, DEVICE_CODES_OF_BROWSER, Allowance, count, take_back
from idp.tokens.devices import (
    ClaimedRequest,
    allow_device,
    claim_device,
    deny_device,
    find_claim,
)
from idp.web.client_ip import client_ip
from idp.web.csrf import OwnForm
from idp.web.current import BrowserId
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.refusals import RequestRefused
from idp.web.templates import render

router = APIRouter()
RETURN_PATH = "/device/resume/{id}"
_FAULTS = {
    "malformed": N_("A code has 8 characters, like BCFG-HJKL. Copy it from the device."),
    "unknown": N_(
        "This code is wrong, too old, or in use on another phone. Ask the device for a new one."
    ),
    "throttled": N_("Too many wrong codes came from here. Please try again in an hour."),
}
_OVER = N_("This sign-in has ended, or began in another browser. Ask the device for a new code.")


@dataclass(frozen=True)
class DevicePage:
    """The form for the code; what stood in the address is shown to be compared."""

    user_code: str = ""
    is_from_link: bool = False
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DeviceDone:
    """How it ended."""

    is_allowed: bool


@dataclass(frozen=True)
class DeviceVisit(Visit):
    """What a device asks, and for how long it waits; its answer is a row, not a redirect."""

    user_code: str = ""
    claimed: ClaimedRequest | None = None

    spent: ClassVar[Refusal] = Refusal("expired_token", "The device waits no longer.")

    def interaction_values(self) -> dict[str, Any]:
        """As for a browser's request, until the device's time is over."""
        values = {**super().interaction_values(), "return_path": RETURN_PATH}
        if self.claimed is None:
            return values
        told = {
            "user_code": self.user_code,
            "device_asked_at": self.claimed.created_at.isoformat(),
        }
        lifetime = self.claimed.expires_at - clock.now()
        return {**values, "lifetime": lifetime, "parameters": {**self.asked.stored(), **told}}

    def issue(self, db: Session, approval: Approval) -> Response | None:
        """The grant that the device will get; None when it waits no longer, or for another."""
        now, part = clock.now(), self.part
        lifetime = part.devices.lifetime + part.tokens.access_lifetime
        grant = approval.grant_values(
            relying_party_id=self.party.id,
            scope=" ".join(self.scopes),
            created_at=now,
            expires_at=now + lifetime,
        )
        if not allow_device(db, interaction_id=approval.sign_in_id, grant=grant):
            return None
        return RedirectResponse("/device/allowed", status_code=303)

    def send_refusal(self, db: Session, sign_in_id: UUID, _refusal: Refusal) -> Response:
        """The device gets `access_denied`, whatever the reason."""
        deny_device(db, interaction_id=sign_in_id)
        return RedirectResponse("/device/denied", status_code=303)


@router.get("/device")
def show(request: Request, query: Query) -> Response:
    """The form. A link that holds the code fills it in; nothing happens before it is sent.

    Beside a fault a whole code is not filled in: there a link would not be asked to be compared.
    """
    typed, fault = query.get("user_code", "")[:50], _FAULTS.get(query.get("fault", ""))
    code = read_user_code(typed)
    page = DevicePage(
        user_code="" if code and fault else shown(code) if code else typed,
        is_from_link=code is not None and not fault,
        errors={"user_code": fault} if fault else {},
    )
    return render(request, "oidc/device.html", page)


@router.post("/device")
def submit(request: Request, browser: BrowserId, form: OwnForm) -> Response:
    """Begin the sign-in that the code is for; in the browser that began it, go on with it."""
    typed = form.get("user_code", "")
    code = read_user_code(typed)
    if code is None:
        return _back("malformed", typed)
    with transaction(request) as db:
        allowances, at = _allowances(request, browser), clock.now()
        if not all(count(db, allowance, at=at) for allowance in allowances):
            return _back("throttled")
        return_path = _begin(request, db, browser, code) or _find_begun(request, db, browser, code)
        if return_path is None:
            return _back("unknown")
        for allowance in allowances:
            take_back(db, allowance)
        return RedirectResponse(return_path, status_code=303)


@router.get("/device/resume/{interaction_id}")
def resume(request: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    """Look again after the sign-in pages, in the browser that began."""
    with transaction(request) as db:
        interaction = find_interaction(
            db, interaction_id=interaction_id, browser_hash=token_hash(browser)
        )
        if interaction is None or interaction.return_path != request.url.path:
            raise RequestRefused(400, _OVER, detail="no live sign-in of this browser at a device")
        asked = AuthorizationRequest.read_stored(interaction.parameters)
        party = OidcPart.of(request).relying_parties.find(asked.client_id, db=db)
        if party is None:
            raise RequestRefused(400, _OVER, detail="the device's client is no longer in use")
        visit = DeviceVisit(request, asked, party)
        if refusal := find_refusal(visit.context, DEVICE_CHECKS):
            return answer.refuse(db, visit, interaction, refusal)
        return answer.advance(db, visit, interaction)


@router.get("/device/allowed")
def allowed(request: Request) -> Response:
    """The device goes on; what ends the sign-in there is said."""
    return render(request, "oidc/device_done.html", DeviceDone(is_allowed=True))


@router.get("/device/denied")
def denied(request: Request) -> Response:
    """The device got nothing."""
    return render(request, "oidc/device_done.html", DeviceDone(is_allowed=False))


def _back(fault: str, typed: str = "") -> Response:
    query = urlencode({"user_code": typed[:50], "fault": fault})
    return RedirectResponse(f"/device?{query}", status_code=303)


def _begin(request: Request, db: Session, browser: str, code: str) -> str | None:
    """Claim the code for a new sign-in; where that goes on."""
    interaction_id, part = uuid4(), OidcPart.of(request)
    claimed = claim_device(
        db, user_hash=user_code_hash(part.keyring, code), interaction_id=interaction_id
    )
    if claimed is None:
        return None
    party = part.relying_parties.find(claimed.client_id, db=db)
    if party is None:
        return None
    asked = AuthorizationRequest.read_stored(claimed.parameters)
    visit = DeviceVisit(request, asked, party, user_code=shown(code), claimed=claimed)
    interaction = open_interaction(
        db,
        **visit.interaction_values(),
        browser_hash=token_hash(browser),
        interaction_id=interaction_id,
    )
    return interaction.return_path


def _find_begun(request: Request, db: Session, browser: str, code: str) -> str | None:
    """Where a sign-in with that code goes on that this browser began before."""
    claim = find_claim(db, user_hash=user_code_hash(OidcPart.of(request).keyring, code))
    begun = claim and find_interaction(db, interaction_id=claim, browser_hash=token_hash(browser))
    return begun.return_path if begun else None


def _allowances(request: Request, browser: str) -> tuple[Allowance, ...]:
    """Guesses are counted by source, then by browser; right ones are taken back.

    Many phones share an address, so a browser has less. Counted before anything is looked up; a
    source that waits leaves no row for each new browser it pretends to be.
    """
    part, browser_hash = OidcPart.of(request), token_hash(browser).hex()
    counted = ((DEVICE_CODES, client_ip(request)), (DEVICE_CODES_OF_BROWSER, browser_hash))
    return tuple(
        limit.of(value, keyring=part.keyring, settings=part.throttle) for limit, value in counted
    )
