"""By keyboard alone through every slip: focus is on what is wrong, and one Enter from its field."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support import stories
from tests.support.browser import visit
from tests.support.demo import Demo, next_code
from tests.support.hands import Keys

SUBMIT = "main form:not(#passkey) button.primary"


@pytest.fixture
def keys(browser: Browser) -> Iterator[Keys]:
    """A keyboard before a phone's screen."""
    with visit(browser, language="vi") as context:
        yield Keys(context.new_page())


def slip(keys: Keys, field: str) -> None:
    """Send the form as it is: focus is on the summary, whose first link leads to the field."""
    keys.press(SUBMIT)
    assert keys.is_at(".error-summary")
    keys.go_to(".error-summary a")
    keys.page.keyboard.press("Enter")
    assert keys.is_at(field), keys.page.evaluate("document.activeElement.outerHTML")
    keys.seen()


def test_each_slip_of_a_sign_in_leads_to_its_field(demo: Demo, keys: Keys) -> None:
    citizen = demo.player("citizen")
    keys.open(demo.service("ministry-service"))
    keys.press("#sign-in")
    slip(keys, "[name=identifier]")
    keys.page.keyboard.type(citizen.number)
    keys.press(SUBMIT)
    slip(keys, "[name=password]")
    keys.page.keyboard.type("not this one at all")
    slip(keys, "[name=password]")
    keys.page.keyboard.type(citizen.password)
    keys.press(SUBMIT)
    slip(keys, "[name=otp]")
    keys.page.keyboard.type(next_code(citizen.totp_secret))
    keys.press(SUBMIT)
    expect(keys.page.locator("[name=consent-allow]")).to_be_visible()


def test_each_slip_of_a_newcomer_leads_to_its_field(demo: Demo, keys: Keys) -> None:
    newcomer = demo.player("newcomer")
    keys.open(demo.service("ministry-service"))
    keys.press("#register")
    slip(keys, "[name=number]")
    keys.page.keyboard.type(newcomer.number)
    slip(keys, "[name=name]")
    keys.page.keyboard.type(newcomer.name)
    slip(keys, "[name=birthdate]")
    keys.page.keyboard.type("2008")
    slip(keys, "[name=sex]")
    keys.choose(f"[name=sex][value={newcomer.sex}]")
    slip(keys, "[name=password]")
    keys.page.keyboard.type(stories.PASSWORD)
    keys.press(SUBMIT)
    assert keys.is_at("[role=status]"), keys.page.inner_text("main")
    slip(keys, "[name=code]")


def test_the_skip_link_is_first_and_leads_to_what_the_page_is_about(demo: Demo, keys: Keys) -> None:
    keys.open(demo.issuer)
    keys.page.keyboard.press("Tab")
    assert keys.is_at("a.skip")
    keys.seen()
    keys.page.keyboard.press("Enter")
    keys.page.keyboard.press("Tab")
    assert keys.is_at("main *")
    keys.seen()
