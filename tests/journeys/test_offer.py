"""After a sign-in at a service a passkey is offered, made and shown. In Chromium, on a phone."""

from playwright.sync_api import Page, expect

from tests.journeys.test_passkeys import PASSKEY, SUBMIT, sign_out
from tests.journeys.test_passkeys import language as language  # noqa: PLC0414 - a fixture
from tests.journeys.test_passkeys import page as page  # noqa: PLC0414 - a fixture
from tests.support.browser import look
from tests.support.country import Citizen, Country
from tests.support.served import Served
from tests.support.sign_in import fresh_code
from tests.support.virtual_authenticator import plug_in


def sign_in(page: Page, provider: Served, country: Country, citizen: Citizen) -> None:
    """At the ministry, by number, password and code."""
    page.goto(country.ministry(provider.url).authorize_url())
    page.fill("[name=identifier]", citizen.number)
    page.click(SUBMIT)
    page.fill("[name=password]", citizen.password)
    page.click(SUBMIT)
    page.fill("[name=otp]", fresh_code(citizen))
    page.click(SUBMIT)


def test_it_is_added_on_the_way_and_is_the_whole_of_the_next_sign_in(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    plug_in(page, is_synced=True)
    sign_in(page, provider, country, citizen)
    page.wait_for_url("**/offer")
    expect(page.locator(PASSKEY)).to_be_visible()
    expect(page.locator("#no-passkey")).to_be_hidden()
    look(page, f"offer-{language}")
    page.click(PASSKEY)
    page.wait_for_selector("[name=called]")
    look(page, f"offer-try-{language}")
    page.click(PASSKEY)
    page.wait_for_url("**/consent")
    page.context.clear_cookies()
    page.goto(country.ministry(provider.url).authorize_url())
    page.wait_for_url("**/consent")


def test_who_says_not_now_goes_on_and_is_not_asked_the_next_time(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    plug_in(page).be_away()
    sign_in(page, provider, country, citizen)
    page.wait_for_url("**/offer")
    page.click("button[name=later]")
    page.wait_for_url("**/consent")
    sign_out(page)
    sign_in(page, provider, country, citizen)
    page.wait_for_url("**/consent")


def test_where_the_device_can_keep_none_there_is_no_page_more(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    sign_in(page, provider, country, citizen)
    page.wait_for_url("**/consent")
