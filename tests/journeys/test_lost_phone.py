"""A lost phone, on a telephone: the sheet that was printed leads to the same level, and a new app.

In both languages, in Chromium at 375 px; and without a script.
"""

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from idp.kit import clock
from tests.support.browser import look, visit
from tests.support.country import Citizen
from tests.support.served import Served

MOST_PAGES = 10
"""T9: from the first page to the new app in the place of the lost one."""


class Walk:
    """A browser in which somebody walks, and the pages they came to see."""

    def __init__(self, context: BrowserContext, provider: Served) -> None:
        self.page, self.url, self.seen = context.new_page(), provider.url, 0
        self.page.on("response", self._count)

    def _count(self, response: Response) -> None:
        is_page = response.request.is_navigation_request() and response.status == 200
        self.seen += is_page

    def password(self, citizen: Citizen) -> Page:
        """As far as a right password leads."""
        self.page.goto(f"{self.url}/account")
        self.page.fill("[name=identifier]", citizen.number)
        self.go_on()
        self.page.fill("[name=password]", citizen.password)
        self.go_on()
        return self.page

    def go_on(self) -> None:
        """Press the form's button."""
        self.page.click("main form:not(#passkey) button.primary")


@pytest.fixture(params=["vi", "en", "no script"])
def way(request: pytest.FixtureRequest) -> str:
    """How the browser is: its language, and whether scripts run."""
    return str(request.param)


@pytest.fixture
def walks(browser: Browser, provider: Served, way: str) -> Iterator[tuple[Walk, Walk]]:
    """The browser of before, and that of the new phone."""
    language, has_script = ("vi", False) if way == "no script" else (way, True)
    how = {"language": language, "has_script": has_script}
    with visit(browser, **how) as here, visit(browser, **how) as there:  # type: ignore[arg-type]
        yield Walk(here, provider), Walk(there, provider)


def print_codes(walk: Walk, citizen: Citizen, way: str) -> list[str]:
    """Sign in with the app, and take a sheet."""
    page = walk.password(citizen)
    page.fill("[name=otp]", citizen.code())
    walk.go_on()
    page.goto(f"{walk.url}/account/factor")
    see(page, "factor-without-codes", way)
    page.click("a[href='/account/codes']")
    page.wait_for_url("**/account/codes")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    expect(page.locator("#print")).to_be_visible(visible=way != "no script")
    see(page, "codes", way)
    walk.go_on()
    expect(page.locator("#kept-error")).to_be_visible()
    see(page, "codes-not-ticked", way)
    page.check("[name=kept]")
    walk.go_on()
    expect(page).to_have_url(f"{walk.url}/account/factor")
    see(page, "factor-with-codes", way)
    return codes


def see(page: Page, name: str, way: str) -> None:
    if way != "no script":
        look(page, f"{name}-{way}")


def test_a_lost_phone_is_replaced_in_few_pages(
    walks: tuple[Walk, Walk], citizen: Citizen, way: str
) -> None:
    """T9, T2, T25."""
    before, after = walks
    [first, *_] = print_codes(before, citizen, way)
    page = after.password(citizen)
    see(page, "otp-with-codes", way)
    page.click("a[href$='recovery-code']")
    see(page, "recovery-code", way)
    page.fill("[name=code]", "K4QM-7R2X-B9TN-0C3H")
    after.go_on()
    expect(page.locator("#code-error")).to_be_visible()
    see(page, "recovery-code-wrong", way)
    page.fill("[name=code]", first.lower().replace("-", " "))
    after.go_on()
    expect(page).to_have_url(f"{after.url}/account")
    see(page, "account-by-code", way)
    page.click(".notice a[href='/account/factor/new']")
    page.wait_for_url("**/account/factor/new")
    shown = page.locator("code").all_text_contents()
    secret = next(text for text in shown if re.fullmatch(r"[A-Z2-7 ]{32,}", text))
    page.fill("[name=otp]", pyotp.TOTP(secret.replace(" ", "")).at(clock.now()))
    after.go_on()
    expect(page).to_have_url(f"{after.url}/account/factor")
    assert after.seen <= MOST_PAGES
    before.page.goto(f"{before.url}/account")
    expect(before.page.locator("[name=identifier]")).to_be_visible()
