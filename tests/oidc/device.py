"""A device, and the phone of whoever stands at it, for the tests of the device grant."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from httpx2 import Response
from sqlalchemy import func, select

from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.models import Person
from idp.relying_parties.grant_types import DEVICE_CODE
from idp.relying_parties.models import RelyingParty
from idp.tokens.devices import claim_for_person
from idp.tokens.models import DeviceRequest
from tests.oidc.conftest import Browser, World, page_of

LATER = timedelta(seconds=6)
"""Longer than the interval at which a device may ask."""


def add_kiosk(world: World, client_id: str = "kiosk", **values: Any) -> RelyingParty:
    """A public client that may do nothing but this."""
    columns = {
        "client_name": "Ki-ốt",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "client_secret_hash": None,
        "redirect_uris": [],
        "grant_types": [DEVICE_CODE, "refresh_token"],
    }
    return world.party(client_id, **{**columns, **values})


def ask(browser: Browser, client_id: str = "kiosk", **fields: str) -> Response:
    """POST /device_authorization."""
    sent = {"client_id": client_id, "scope": "openid profile", **fields}
    return browser.client.post("/device_authorization", data=sent)


def asked(browser: Browser, **fields: str) -> dict[str, Any]:
    """The codes of a device that may ask."""
    answer = ask(browser, **fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def poll(
    browser: Browser, codes: dict[str, Any], client_id: str = "kiosk", **more: Any
) -> Response:
    """POST /token with the device code; `more` holds `headers`, or form fields."""
    headers = more.pop("headers", {})
    form = {"grant_type": DEVICE_CODE, "device_code": codes["device_code"], "client_id": client_id}
    return browser.client.post("/token", data={**form, **more}, headers=headers)


def error_of(answer: Response) -> str:
    """The error of OAuth JSON."""
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def type_code(browser: Browser, user_code: str, **headers: str) -> Response:
    """Open /device in that browser and send its form."""
    page = browser.get("/device").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token, page
    form = {"user_code": user_code, "csrf_token": token.group(1)}
    return browser.client.post("/device", data=form, headers=headers)


def fault_of(answer: Response) -> str:
    """Why a code was sent back to its form."""
    assert answer.status_code == 303, answer.text
    found = re.search(r"/device\?.*fault=(\w+)", answer.headers["location"])
    assert found, answer.headers["location"]
    return found.group(1)


def begin(browser: Browser, codes: dict[str, Any]) -> UUID:
    """Type the code and come to the page that asks; whoever is signed in has not been shown it."""
    answer = type_code(browser, codes["user_code"])
    interaction_id, page = page_of(browser.get(answer.headers["location"]))
    assert page == "consent"
    return interaction_id


def decide(
    browser: Browser, interaction_id: UUID, person: Person, *, is_allowed: bool = True
) -> Response:
    """What the page does for the person who is shown it and decides; then back."""
    world = browser.world
    with transaction(world.engine) as db:
        claim_for_person(db, interaction_id=interaction_id, person_id=person.id)
        decide_consent(db, interaction_id=interaction_id, allowed=is_allowed)
    return browser.get(f"/device/resume/{interaction_id}")


def phone_of(world: World, party: RelyingParty, **values: Any) -> tuple[Person, Browser]:
    """Someone signed in on their phone, who has agreed with the party to everything."""
    person, phone = world.person(**values), world.browser("phone-of-the-tests-0123456789")
    world.consent(person, party)
    phone.sign_in(person)
    return person, phone


def allow(world: World, party: RelyingParty, codes: dict[str, Any]) -> tuple[Person, Browser]:
    """Someone on their phone allows the device; who, and the phone."""
    person, phone = phone_of(world, party)
    done = decide(phone, begin(phone, codes), person)
    assert done.headers["location"] == "/device/allowed", done.headers
    return person, phone


def later(times: int = 1) -> Any:
    """The clock, put forward by so many intervals."""
    return clock.shifted(LATER * times)


def waiting(world: World) -> int:
    """How many devices' requests are kept."""
    with transaction(world.engine) as db:
        return db.scalar(select(func.count()).select_from(DeviceRequest)) or 0
