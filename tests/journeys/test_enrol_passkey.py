"""A passkey as the first second step, set up on the way to a service. In Chromium, on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, update

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.sessions.models import SignInSession
from idp.settings import Settings
from tests.journeys.test_passkeys import PASSKEY, SUBMIT
from tests.journeys.test_passkeys import language as language  # noqa: PLC0414 - a fixture
from tests.journeys.test_passkeys import page as page  # noqa: PLC0414 - a fixture
from tests.support.browser import look, visit
from tests.support.country import Citizen, Country, add_citizen
from tests.support.hands import Thumb
from tests.support.served import Served
from tests.support.virtual_authenticator import plug_in

MOST_PAGES = 5
"""From the choice of a second step to what the service asks for, with codes to print."""


@pytest.fixture
def citizen(
    engine: Engine, country: Country, country_settings: Settings, country_keyring: Keyring
) -> Citizen:
    """Somebody who has a password and nothing else."""
    assert country
    return one_without(engine, country_settings, country_keyring)


def one_without(engine: Engine, settings: Settings, keyring: Keyring) -> Citizen:
    """Somebody of proofing 1 who has a password and nothing else."""
    with transaction(engine) as db:
        return add_citizen(db, settings=settings, keyring=keyring, proofing=1, has_totp=False)


def to_choice(page: Page, provider: Served, country: Country, citizen: Citizen) -> None:
    """By number and password, for level 2."""
    page.goto(country.ministry(provider.url).authorize_url())
    page.fill("[name=identifier]", citizen.number)
    page.click(SUBMIT)
    page.fill("[name=password]", citizen.password)
    page.click(SUBMIT)
    page.wait_for_url("**/enrol")


def just_proven(engine: Engine, citizen: Citizen) -> None:
    """As for who has just shown in this session that the number is theirs."""
    with transaction(engine) as db:
        mine = SignInSession.person_id == citizen.person_id
        db.execute(update(SignInSession).where(mine).values(proven_at=clock.now()))


def test_it_is_chosen_made_and_shown_and_the_sign_in_goes_on(
    page: Page,
    provider: Served,
    country: Country,
    engine: Engine,
    citizen: Citizen,
    language: str,
) -> None:
    plug_in(page, is_synced=True)
    to_choice(page, provider, country, citizen)
    expect(page.locator("a[href='enrol-passkey']")).to_be_visible()
    look(page, f"enrol-waits-{language}")
    page.click("a[href='enrol-passkey']")
    look(page, f"enrol-passkey-waits-{language}")
    page.click("main a[href='enrol']")
    just_proven(engine, citizen)
    hands = Thumb(page)
    page.reload()
    look(page, f"enrol-{language}")
    page.click("a[href='enrol-passkey']")
    expect(page.locator(PASSKEY)).to_be_visible()
    expect(page.locator("#no-passkey")).to_be_hidden()
    look(page, f"enrol-passkey-{language}")
    page.click(PASSKEY)
    page.wait_for_selector("[name=called]")
    look(page, f"enrol-passkey-try-{language}")
    page.check("[name=codes]")
    page.click(PASSKEY)
    page.wait_for_url("**/codes")
    look(page, f"enrol-passkey-codes-{language}")
    page.check("[name=kept]")
    page.locator("main form button.primary:not([type=button])").click()
    page.wait_for_url("**/consent")
    assert 0 < len(hands.effort.pages) <= MOST_PAGES
    page.context.clear_cookies()
    page.goto(country.ministry(provider.url).authorize_url())
    page.wait_for_url("**/consent")


def test_who_does_not_unlock_the_device_reads_so_and_has_the_other_ways(
    page: Page, provider: Served, country: Country, citizen: Citizen, language: str
) -> None:
    plug_in(page).verify_nobody()
    to_choice(page, provider, country, citizen)
    page.click("a[href='enrol-passkey']")
    page.click(PASSKEY)
    expect(page.locator("#passkey .field-error:visible")).to_have_count(1)
    look(page, f"enrol-passkey-unused-{language}")
    page.click("main a[href='enrol']")
    expect(page.locator("[name=otp]")).to_be_visible()


def test_without_a_script_the_choice_is_not_there_and_the_rest_is(
    browser: Browser, provider: Served, country: Country, citizen: Citizen
) -> None:
    with visit(browser, language="vi", has_script=False) as context:
        page = context.new_page()
        to_choice(page, provider, country, citizen)
        expect(page.locator("a[href='enrol-passkey']")).to_be_hidden()
        expect(page.locator("a[href='#app']")).to_be_visible()
        expect(page.locator("[name=otp]")).to_be_visible()
        page.goto(page.url + "-passkey")
        expect(page.locator("#no-passkey")).to_be_visible()
        expect(page.locator("main a[href='enrol']")).to_be_visible()
