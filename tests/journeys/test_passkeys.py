"""A passkey on a telephone: added in the account, then two pages and no password. In Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.support.browser import look, visit
from tests.support.country import Citizen, Country
from tests.support.served import Served
from tests.support.sign_in import fresh_code
from tests.support.virtual_authenticator import Authenticator, plug_in

SUBMIT = "main form:not(#passkey) button.primary"
PASSKEY = "#passkey button"


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
    page.fill("[name=otp]", fresh_code(citizen))
    page.click(SUBMIT)
    page.wait_for_url("**/account/factor")


def add_passkey(page: Page, name: str = "") -> None:
    """From the account's page to the passkey that counts."""
    page.click("a[href='/account/passkey']")
    if name:
        look(page, f"passkey-new{name}")
    page.click(PASSKEY)
    page.wait_for_selector("[name=called]")
    if name:
        look(page, f"passkey-try{name}")
    page.fill("[name=called]", "Máy của mẹ")
    page.click(PASSKEY)
    page.wait_for_url("**/account/factor")
    if name:
        look(page, f"passkey-added{name}")
    expect(page.get_by_role("heading", name="Máy của mẹ")).to_be_visible()


def leave(page: Page) -> None:
    """As in a browser that nobody has used."""
    page.context.clear_cookies()


def come_back_without(page: Page, provider: Served, citizen: Citizen) -> Authenticator:
    """Add a passkey, and come to a browser that nobody has used, where it is not at hand."""
    phone = plug_in(page)
    enter(page, provider, citizen)
    add_passkey(page)
    leave(page)
    phone.be_away()
    page.goto(f"{provider.url}/account")
    return phone


def test_a_passkey_is_added_and_signs_in_by_two_pages_without_a_password(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    """T1."""
    phone = plug_in(page, is_synced=True)
    enter(page, provider, citizen)
    add_passkey(page, f"-{language}")
    assert len(phone.credentials) == 1
    leave(page)
    seen: list[str] = []
    page.on("response", lambda one: seen.append(one.url) if is_page(one) else None)
    phone.be_away()
    page.goto(country.ministry(provider.url).authorize_url())
    page.wait_for_selector(PASSKEY)
    phone.be_there()
    page.click(PASSKEY)
    page.wait_for_url("**/consent")
    assert len(seen) == 2, seen
    assert not [url for url in seen if "password" in url]
    look(page, f"passkey-consent-{language}")


def test_the_browser_offers_it_in_the_field_for_the_number(
    page: Page, provider: Served, citizen: Citizen, language: str
) -> None:
    plug_in(page)
    enter(page, provider, citizen)
    add_passkey(page)
    leave(page)
    page.goto(f"{provider.url}/account/factor")
    page.wait_for_url("**/account/factor")
    expect(page.get_by_role("heading", name="Máy của mẹ")).to_be_visible()


def test_after_a_password_it_is_the_second_step_and_whose_it_is_was_said_before(
    page: Page, provider: Served, citizen: Citizen, language: str
) -> None:
    phone = come_back_without(page, provider, citizen)
    page.fill("[name=identifier]", citizen.number)
    look(page, f"passkey-page-one-{language}")
    page.click(SUBMIT)
    look(page, f"passkey-page-two-{language}")
    page.fill("[name=password]", citizen.password)
    page.click(SUBMIT)
    page.wait_for_url("**/passkey")
    expect(page.locator("#no-passkey")).to_be_hidden()
    look(page, f"passkey-second-{language}")
    phone.be_there()
    page.click(PASSKEY)
    page.wait_for_url("**/account")


def test_used_without_its_pin_it_opens_nothing_and_the_password_still_does(
    page: Page, provider: Served, citizen: Citizen, language: str
) -> None:
    phone = come_back_without(page, provider, citizen)
    page.wait_for_selector(PASSKEY)
    phone.be_there()
    phone.verify_nobody()
    page.click(PASSKEY)
    expect(page.locator("[data-when]:visible")).to_have_count(1)
    look(page, f"passkey-unused-{language}")
    phone.be_away()
    page.fill("[name=identifier]", citizen.number)
    page.click(SUBMIT)
    page.fill("[name=password]", citizen.password)
    page.click(SUBMIT)
    page.wait_for_url("**/passkey")
    page.click("a[href$='otp']")
    page.fill("[name=otp]", fresh_code(citizen))
    page.click(SUBMIT)
    page.wait_for_url("**/account")


def test_one_that_was_taken_away_is_refused_in_words(
    page: Page, provider: Served, citizen: Citizen, language: str
) -> None:
    phone = plug_in(page)
    enter(page, provider, citizen)
    add_passkey(page)
    panel = page.locator("section", has=page.get_by_role("heading", name="Máy của mẹ"))
    panel.locator("a").click()
    page.click("button[value=remove]")
    page.wait_for_url("**/account/factor")
    leave(page)
    phone.be_away()
    page.goto(f"{provider.url}/account")
    page.wait_for_selector(PASSKEY)
    phone.be_there()
    page.click(PASSKEY)
    page.wait_for_selector(".error-summary")
    look(page, f"passkey-refused-{language}")


def test_it_is_offered_once_where_the_device_can_keep_one(
    page: Page, provider: Served, citizen: Citizen, language: str
) -> None:
    phone = plug_in(page)
    phone.be_away()
    enter(page, provider, citizen)
    page.goto(f"{provider.url}/account")
    expect(page.locator("#offer")).to_be_visible()
    look(page, f"passkey-offer-{language}")
    page.click("#offer a[href='/account']")
    page.wait_for_url("**/account")
    expect(page.locator("#offer")).to_have_count(0)


@pytest.mark.parametrize("language", ["en"])
def test_it_is_not_offered_where_the_device_can_keep_none(
    page: Page, provider: Served, citizen: Citizen, language: str
) -> None:
    enter(page, provider, citizen)
    page.goto(f"{provider.url}/account")
    expect(page.locator("#offer")).to_have_count(0)


def is_page(response: Response) -> bool:
    """Whether it is a page that somebody sees."""
    return response.request.is_navigation_request() and response.status == 200


def test_where_its_owner_is_known_it_is_asked_for_after_the_number(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    """Two pages, and no password; it stands beside."""
    phone = plug_in(page)
    enter(page, provider, citizen)
    add_passkey(page)
    sign_out(page)
    phone.be_away()
    seen: list[str] = []
    page.on("response", lambda one: seen.append(one.url) if is_page(one) else None)
    page.goto(country.ministry(provider.url).authorize_url())
    page.fill("[name=identifier]", citizen.number)
    page.click(SUBMIT)
    expect(page.locator(PASSKEY)).to_be_visible()
    expect(page.locator("[name=password]")).to_be_hidden()
    look(page, f"passkey-first-{language}")
    page.locator("#no-passkey summary").click()
    expect(page.locator("[name=password]")).to_be_visible()
    phone.be_there()
    page.click(PASSKEY)
    page.wait_for_url("**/consent")
    assert len(seen) == 3, "two of ours, and what the service asks"


@pytest.mark.parametrize("language", ["vi"])
def test_without_a_script_the_password_stands_on_that_page(
    page: Page, browser: Browser, provider: Served, citizen: Citizen, language: str
) -> None:
    plug_in(page)
    enter(page, provider, citizen)
    add_passkey(page)
    sign_out(page)
    with visit(browser, language=language, has_script=False) as plain:
        plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]
        page = plain.new_page()
        page.goto(f"{provider.url}/account/activity")
        page.fill("[name=identifier]", citizen.number)
        page.locator("main form[action$=identifier] button").click()
        expect(page.locator(PASSKEY)).to_be_hidden()
        page.fill("[name=password]", citizen.password)
        page.locator("main form[action$=password] button").click()
        page.wait_for_url("**/passkey")
        page.click("a[href$='otp']")
        page.fill("[name=otp]", fresh_code(citizen))
        page.locator("main form[action$=otp] button").click()
        page.wait_for_url("**/account/activity")


def sign_out(page: Page) -> None:
    """As in a browser that was closed: it is still known."""
    page.context.clear_cookies(name=re.compile("session"))
