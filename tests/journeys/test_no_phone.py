"""Somebody without any phone: a desk prints codes, and the ministry gets level 3 for one of them.

From registering at home to signing in, in Chromium at 375 px, in both languages.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import look, visit
from tests.support.demo import Demo, Player, next_code

PASSWORD = "một câu dài dễ nhớ của tôi"
FOLDED_HEIGHT = 1_400
"""Pixels of the desk's page on a phone: it had 4,500."""


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """What both browsers prefer."""
    return str(request.param)


@pytest.fixture
def pages(browser: Browser, language: str) -> Iterator[tuple[Page, Page]]:
    """The browser of the citizen, on the desk's computer later; and that of the official."""
    with ExitStack() as stack:
        contexts = [stack.enter_context(visit(browser, language=language)) for _ in range(2)]
        yield contexts[0].new_page(), contexts[1].new_page()


def go_on(page: Page) -> None:
    page.click("main form:not(#passkey) button.primary")


def register(page: Page, player: Player) -> None:
    """At home, on the way to a service."""
    page.click("a[href$='register']")
    day = "/".join(reversed(player.birthdate.split("-")))
    for name, value in (("number", player.number), ("name", player.name), ("birthdate", day)):
        page.fill(f"[name={name}]", value)
    page.check(f"[name=sex][value={player.sex}]")
    page.fill("[name=password]", PASSWORD)
    go_on(page)


def sign_in_as_official(page: Page, demo: Demo) -> None:
    operator = demo.player("operator")
    page.goto(f"{demo.issuer}/console/people")
    for name, value in (("identifier", operator.number), ("password", operator.password)):
        page.fill(f"[name={name}]", value)
        go_on(page)
    page.fill("[name=otp]", next_code(operator.totp_secret))
    go_on(page)


def fill_card(page: Page, player: Player, act: str, *, number: str, form: str = "") -> None:
    if page.locator(f"[name={number}]").count() == 0:
        page.click(f"a[href*='act={act}']")
    page.fill(f"[name={number}]", player.number)
    page.fill(f"[name={form}name]", player.name)
    page.fill(f"[name={form}birthdate]", player.birthdate)


def press(page: Page, act: str) -> None:
    page.click(f"form[action$='/{act}'] button.primary")


def test_a_desk_prints_a_second_step(demo: Demo, pages: tuple[Page, Page], language: str) -> None:
    citizen, official = pages
    who = demo.player("stranger" if language == "vi" else "newcomer")
    citizen.goto(demo.service("ministry-service"))
    citizen.click("#sign-in")
    register(citizen, who)
    citizen.click("[name=later]")
    citizen.goto(f"{demo.issuer}/help/no-app")
    look(citizen, f"help-no-app-{language}")
    citizen.goto(f"{demo.issuer}/account/desk-code")
    go_on(citizen)

    sign_in_as_official(official, demo)
    official.set_viewport_size({"width": 375, "height": 800})
    assert official.evaluate("document.documentElement.scrollHeight") <= FOLDED_HEIGHT
    look(official, f"desk-folded-{language}")
    fill_card(official, who, "prove", number="number")
    official.fill("[name=code]", citizen.inner_text("#desk-code"))
    press(official, "prove")
    if official.locator("[name=compared]").count():
        look(official, f"desk-doubt-{language}")
        official.check("[name=compared]")
        press(official, "prove")
    expect(official.locator(".error-summary")).to_have_count(0)
    look(official, f"desk-proven-{language}")

    fill_card(official, who, "sheet", number="sheet_number", form="sheet_")
    official.check("[name=sheet_seen]")
    press(official, "sheet")
    if official.locator("[name=sheet_compared]").count():
        look(official, f"desk-sheet-doubt-{language}")
        for box in ("sheet_compared", "sheet_seen"):
            official.check(f"[name={box}]")
        press(official, "sheet")
    expect(official).to_have_url(re.compile(r"/console/people/sheet$"))
    codes = official.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    look(official, f"desk-sheet-{language}")
    official.reload()
    expect(official).to_have_url(re.compile(r"/console/people$"))

    citizen.goto(demo.service("ministry-service"))
    citizen.click("#sign-in")
    for name, value in (("identifier", who.number), ("password", PASSWORD)):
        citizen.fill(f"[name={name}]", value)
        go_on(citizen)
    look(citizen, f"sheet-sign-in-{language}")
    citizen.fill("[name=code]", codes[4].lower())
    go_on(citizen)
    citizen.click("[name=consent-allow]")
    expect(citizen.locator("#name")).to_have_text(who.name)
    expect(citizen.locator("#acr")).to_have_text("LoA3")

    citizen.goto(f"{demo.issuer}/account")
    expect(citizen.locator("a[href='/account/factor/new']")).to_have_count(0)
    look(citizen, f"sheet-account-{language}")
    citizen.goto(f"{demo.issuer}/account/factor")
    look(citizen, f"sheet-factor-{language}")
    citizen.click("a[href='/account/codes']")
    citizen.wait_for_url("**/account/codes")
    own = citizen.locator(".codes code").all_inner_texts()
    citizen.check("[name=kept]")
    go_on(citizen)
    expect(citizen).to_have_url(re.compile(r"/account/factor$"))
    look(citizen, f"sheet-own-codes-{language}")
    assert not {*own} & {*codes}
