"""From registering to the day the phone is lost: passkey, recovery code, a new phone, no thief.

Against the demo, in Chromium with a virtual authenticator at 375 px, in both languages.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_no_phone import PASSWORD, register
from tests.journeys.test_passkeys import PASSKEY, SUBMIT
from tests.support.browser import look, visit
from tests.support.demo import Demo, running_demo
from tests.support.hands import Thumb
from tests.support.stories import code_of_mail
from tests.support.virtual_authenticator import Authenticator, plug_in

NEW = "Máy mới"
BY_PASSKEY = 2
"""Pages of a sign-in with it, the service's answer among them."""
MOST_PAGES = 10
"""T9: from the sign-in without the phone to the same level again, and a new way in its place."""


@pytest.fixture(scope="module", params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """What every browser asks for."""
    return str(request.param)


@pytest.fixture(scope="module")
def demo(language: str) -> Iterator[Demo]:
    """A demo for each language: its newcomer registers once."""
    assert language
    with running_demo() as demo:
        yield demo


@pytest.fixture
def hands(browser: Browser, language: str) -> Iterator[tuple[Thumb, Thumb]]:
    """On the phone that will be lost, and on the one after it."""
    with ExitStack() as both:
        first, second = (
            both.enter_context(visit(browser, language=language)).new_page() for _ in range(2)
        )
        yield Thumb(first), Thumb(second)


def come(page: Page, demo: Demo) -> None:
    """To the ministry, in a browser that nobody has used, as far as its button leads."""
    page.context.clear_cookies()
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    page.wait_for_url("**/identifier")


def level_at_service(page: Page, demo: Demo) -> str:
    """The acr in the ID token that the ministry shows, once it has one."""
    page.wait_for_url(f"{demo.service('ministry-service').rstrip('/')}/**")
    expect(page.locator("#name")).to_have_text(demo.player("newcomer").name)
    return page.inner_text("#acr")


def make_passkey(page: Page, name: str) -> None:
    """Press the button that makes it; the one that tries it is there then."""
    page.wait_for_selector(PASSKEY)
    look(page, f"{name}-make")
    page.click(PASSKEY)
    page.wait_for_selector("[name=called]")
    look(page, f"{name}-try")


def register_with_passkey(hands: Thumb, demo: Demo, language: str) -> tuple[str, list[str]]:
    """At the service, by the register's e-mail address; the level there, and the codes."""
    page = hands.page
    come(page, demo)
    register(page, demo.player("newcomer"))
    page.wait_for_selector("[name=code]")
    look(page, f"story-prove-{language}")
    page.fill("[name=code]", code_of_mail(demo, hands))
    page.click(SUBMIT)
    page.wait_for_url("**/enrol")
    page.click("a[href='enrol-passkey']")
    make_passkey(page, f"story-first-{language}")
    page.check("[name=codes]")
    page.click(PASSKEY)
    page.wait_for_url("**/codes")
    codes = page.locator(".codes code").all_inner_texts()
    look(page, f"story-codes-{language}")
    page.check("[name=kept]")
    page.click("main form button.primary:not([type=button])")
    page.wait_for_url("**/consent")
    page.click("[name=consent-allow]")
    return level_at_service(page, demo), codes


def use_passkey(page: Page, demo: Demo, phone: Authenticator) -> None:
    """By whoever holds that phone, from the service: on the first page."""
    phone.be_away()
    come(page, demo)
    page.wait_for_selector(PASSKEY)
    phone.be_there()
    page.click(PASSKEY)


def sign_in_by_passkey(hands: Thumb, demo: Demo, phone: Authenticator) -> str:
    """The same where it signs in; the level at the service, whose front page is not counted."""
    seen = len(hands.effort.pages) + 1
    use_passkey(hands.page, demo, phone)
    level = level_at_service(hands.page, demo)
    assert len(hands.effort.pages) - seen == BY_PASSKEY
    return level


def sign_in_by_code(page: Page, demo: Demo, code: str, language: str) -> str:
    """Without the phone; the level at the service."""
    come(page, demo)
    page.fill("[name=identifier]", demo.player("newcomer").number)
    page.click(SUBMIT)
    page.fill("[name=password]", PASSWORD)
    page.click(SUBMIT)
    page.wait_for_url("**/passkey")
    look(page, f"story-without-{language}")
    page.click("a[href$='recovery-code']")
    page.wait_for_url("**/recovery-code")
    look(page, f"story-code-{language}")
    page.fill("[name=code]", code)
    page.click(SUBMIT)
    return level_at_service(page, demo)


def add_new_phone(page: Page, demo: Demo, language: str) -> None:
    """From the service to the account, and a passkey beside the lost one."""
    page.goto(f"{demo.issuer}/account")
    look(page, f"story-account-{language}")
    page.click(".notice a[href='/account/factor']")
    page.wait_for_url("**/account/factor")
    page.click("a[href='/account/passkey']")
    make_passkey(page, f"story-second-{language}")
    page.fill("[name=called]", NEW)
    page.click(PASSKEY)
    page.wait_for_url("**/account/factor")
    expect(page.get_by_role("heading", name=NEW)).to_be_visible()


def say_it_is_lost(page: Page, language: str) -> None:
    """Take away the passkey that is not on this phone: the page asks for it until then."""
    asks = page.locator(".notice.warning")
    expect(asks).to_have_count(1)
    is_new = page.get_by_role("heading", name=NEW)
    page.locator("section:has(a[href^='/account/way'])").filter(has_not=is_new).locator("a").click()
    page.wait_for_url("**/account/way?**")
    page.click("button[value=remove]")
    page.wait_for_url("**/account/factor")
    expect(asks).to_have_count(0)
    look(page, f"story-lost-{language}")


def test_from_registering_to_a_new_phone_with_a_thief_beside(
    demo: Demo, hands: tuple[Thumb, Thumb], language: str
) -> None:
    """T9, T1, T25."""
    before, after = hands
    lost = plug_in(before.page, is_synced=True)
    level, codes = register_with_passkey(before, demo, language)
    assert (level, len(set(codes))) == ("LoA2", 10)
    assert sign_in_by_passkey(before, demo, lost) == level

    page, thief = after.page, before.page
    assert sign_in_by_code(page, demo, codes[3], language) == level
    assert sign_in_by_passkey(before, demo, lost) == level, "whoever found the phone"
    phone = plug_in(page, is_synced=True)
    add_new_phone(page, demo, language)
    first, *needed = after.effort.pages
    assert demo.service("ministry-service").startswith(f"http://{first.origin}")
    assert len(needed) <= MOST_PAGES, [one.origin for one in needed]

    thief.goto(f"{demo.issuer}/account")
    expect(thief.locator("#next")).to_be_visible()
    say_it_is_lost(page, language)
    thief.reload()
    expect(thief.locator("[name=identifier]")).to_be_visible()
    use_passkey(thief, demo, lost)
    thief.wait_for_selector(".error-summary")
    look(thief, f"story-thief-{language}")
    assert sign_in_by_passkey(after, demo, phone) == level
