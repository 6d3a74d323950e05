"""A passkey on a telephone: added in the account, then two pages and no password. In Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.settings import Settings
from tests.support.browser import look, visit
from tests.support.country import Citizen, Country, add_citizen
from tests.support.served import Served
from tests.support.virtual_authenticator import plug_in

SUBMIT = "main form:not(#passkey) button.primary"
PASSKEY = "#passkey button"


@pytest.fixture
def citizen(
    engine: Engine, country: Country, country_settings: Settings, country_keyring: Keyring
) -> Citizen:
    """Somebody of the country, with an app of their own."""
    assert country
    with transaction(engine) as db:
        return add_citizen(db, settings=country_settings, keyring=country_keyring)


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """What the browser asks for."""
    return str(request.param)


@pytest.fixture
def page(browser: Browser, language: str) -> Iterator[Page]:
    """A telephone."""
    with visit(browser, language=language) as context:
        yield context.new_page()


def enter(page: Page, provider: Served, citizen: Citizen) -> None:
    """Sign in as before: number, password, code."""
    page.goto(f"{provider.url}/account/factor")
    page.fill("[name=identifier]", citizen.number)
    page.click(SUBMIT)
    page.fill("[name=password]", citizen.password)
    page.click(SUBMIT)
    page.fill("[name=otp]", citizen.code())
    page.click(SUBMIT)
    page.wait_for_url("**/account/factor")


def add_passkey(page: Page, name: str = "") -> None:
    """From the account's page to the passkey that counts."""
    page.click("a[href='/account/passkey']")
    look(page, f"passkey-new{name}")
    page.click(PASSKEY)
    page.wait_for_selector("[name=called]")
    look(page, f"passkey-try{name}")
    page.fill("[name=called]", "Máy của mẹ")
    page.click(PASSKEY)
    page.wait_for_url("**/account/factor")
    look(page, f"passkey-added{name}")
    expect(page.get_by_role("heading", name="Máy của mẹ")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_by_two_pages_without_a_password(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    phone = plug_in(page, is_synced=True)
    enter(page, provider, citizen)
    add_passkey(page, f"-{language}")
    assert len(phone.credentials) == 1
    page.context.clear_cookies()
    seen: list[str] = []
    page.on("response", lambda one: seen.append(one.url) if _is_page(one) else None)
    phone.send("setAutomaticPresenceSimulation", enabled=False)
    page.goto(country.ministry(provider.url).authorize_url())
    page.wait_for_selector(PASSKEY)
    phone.send("setAutomaticPresenceSimulation", enabled=True)
    page.click(PASSKEY)
    page.wait_for_url("**/consent")
    assert len(seen) == 2, seen
    assert not [url for url in seen if "password" in url]


def _is_page(response: object) -> bool:
    return response.request.is_navigation_request() and response.status == 200  # type: ignore[attr-defined]
