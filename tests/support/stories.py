"""The stories that everybody's day is made of, whatever hands walk them (`hands`).

In Vietnamese on a phone, against the demo. Each leaves the browser where the person wanted to be.
"""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.demo import Demo, next_code
from tests.support.hands import Hands

PASSWORD = "mưa xuân bến đò"
"""Of the newcomer: as short as a good one may be."""
Story = Callable[[Demo, Hands], None]
_SUBMIT = "main form:not(#passkey) button.primary"


def register_as_a_newcomer(demo: Demo, hands: Hands) -> None:
    """Their app is installed; what it and the mail show is copied from beside."""
    newcomer = demo.player("newcomer")
    hands.open(demo.service("ministry-service"))
    hands.press("#register")
    hands.fill("[name=number]", newcomer.number)
    hands.fill("[name=name]", newcomer.name)
    _, month, day = newcomer.birthdate.split("-")
    hands.fill("[name=birthdate]", day + month)
    hands.choose(f"[name=sex][value={newcomer.sex}]")
    hands.fill("[name=password]", PASSWORD)
    hands.press(_SUBMIT)
    hands.copy("[name=code]", code_of_mail(demo, hands))
    hands.copy("[name=otp]", next_code(secret_shown(hands)))
    hands.press(_SUBMIT)
    hands.press("[name=consent-allow]")
    expect(hands.page.locator("#name")).to_have_text(newcomer.name)


def return_to_a_service(demo: Demo, hands: Hands) -> None:
    """By whoever agreed there before."""
    citizen = demo.player("citizen")
    hands.open(demo.service("ministry-service"))
    hands.press("#sign-in")
    hands.fill("[name=identifier]", citizen.number)
    hands.press(_SUBMIT)
    hands.fill("[name=password]", citizen.password)
    hands.press(_SUBMIT)
    hands.copy("[name=otp]", next_code(citizen.totp_secret))
    hands.press(_SUBMIT)
    expect(hands.page.locator("#name")).to_have_text(citizen.name)


def return_where_remembered(demo: Demo, hands: Hands) -> None:
    """The same in a browser that was asked to remember, closed since."""
    citizen = demo.player("citizen")
    hands.open(demo.service("ministry-service"))
    hands.press("#sign-in")
    hands.fill("[name=password]", citizen.password)
    hands.copy("[name=otp]", next_code(citizen.totp_secret))
    hands.press(_SUBMIT)
    expect(hands.page.locator("#name")).to_have_text(citizen.name)


def go_on_to_another_service(demo: Demo, hands: Hands) -> None:
    """Signed in, and agreed before."""
    hands.open(demo.service("province-portal"))
    hands.press("#sign-in")
    expect(hands.page.locator("#name")).to_have_text(demo.player("citizen").name)


def sign_in_at_a_device(demo: Demo, hands: Hands) -> None:
    """With the phone, signed out: the kiosk shows a code."""
    citizen, kiosk = demo.player("citizen"), hands.page.context.new_page()
    kiosk.goto(demo.service("kiosk"))
    kiosk.click("#begin")
    code = kiosk.inner_text("#user-code")
    hands.page.bring_to_front()
    hands.open(f"{demo.issuer}/device")
    hands.fill("[name=user_code]", code)
    hands.press(_SUBMIT)
    hands.fill("[name=identifier]", citizen.number)
    hands.press(_SUBMIT)
    hands.fill("[name=password]", citizen.password)
    hands.press(_SUBMIT)
    hands.press("[name=consent-allow]")
    expect(kiosk.locator("#name")).to_have_text(citizen.name, timeout=20_000)
    kiosk.close()


def withdraw_a_consent(demo: Demo, hands: Hands) -> None:
    """Signed in, from the start page."""
    hands.open(demo.issuer)
    hands.press("main a.button[href='/account']")
    hands.press("main a[href='/account/services']")
    hands.press("form[action$='/withdraw'] button")
    expect(hands.page.locator("[role=status]").first).to_contain_text("Đã rút lại sự đồng ý")


def register_an_application(demo: Demo, hands: Hands) -> None:
    """In the sandbox, by an agency's developer who is signed out."""
    developer = demo.player("developer")
    hands.open(f"{demo.issuer}/portal")
    hands.fill("[name=identifier]", developer.number)
    hands.press(_SUBMIT)
    hands.fill("[name=password]", developer.password)
    hands.press(_SUBMIT)
    hands.copy("[name=otp]", next_code(developer.totp_secret))
    hands.press(_SUBMIT)
    hands.press("main a[href^='/portal/new']")
    hands.fill("[name=client_name]", "Tra cứu phạt nguội")
    hands.fill("[name=redirect_uris]", "http://localhost:9000/callback")
    service = hands.page.locator("[name^='service.']").first.get_attribute("name")
    hands.choose(f"[name='{service}']")
    hands.press(_SUBMIT)
    expect(hands.page.locator(".copyable code").first).to_be_visible()


def agree(demo: Demo, page: Page, *services: str, is_remembered: bool = False) -> None:
    """Be signed in as the citizen, who has agreed to what these services ask for.

    `is_remembered`: the browser is asked to know them again.
    """
    citizen = demo.player("citizen")
    for service in services:
        page.goto(demo.service(service))
        _press(page, "#sign-in")
        if page.locator("[name=identifier]").count():
            page.fill("[name=identifier]", citizen.number)
            _press(page, _SUBMIT)
            page.fill("[name=password]", citizen.password)
            page.set_checked("[name=remember]", is_remembered)
            _press(page, _SUBMIT)
        if page.locator("[name=otp]").count():
            page.fill("[name=otp]", next_code(citizen.totp_secret))
            _press(page, _SUBMIT)
        if page.locator("[name=consent-allow]").count():
            _press(page, "[name=consent-allow]")
        expect(page.locator("#name")).to_have_text(citizen.name)


def prepare(demo: Demo, browser: BrowserContext, story: Story) -> None:
    """What the person did before: in this browser, or where they signed in from then."""
    page = browser.new_page()
    if story is go_on_to_another_service:
        agree(demo, page, "ministry-service", "province-portal")
        browser.clear_cookies(name="province-portal-session")
    elif story is return_where_remembered:
        agree(demo, page, "ministry-service", is_remembered=True)
        browser.clear_cookies(name=re.compile("session"))
    elif story in (return_to_a_service, withdraw_a_consent):
        agree(demo, page, "ministry-service")
    if story is return_to_a_service:
        browser.clear_cookies()
    page.close()


def _press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


def code_of_mail(demo: Demo, hands: Hands) -> str:
    """The newest code that was sent, read in another window."""
    mail = hands.page.context.new_page()
    mail.goto(demo.facts["outbox"])
    code = re.search(r"\b\d{6}\b", mail.locator("article").first.inner_text())
    mail.close()
    hands.page.bring_to_front()
    assert code
    return code[0]


def secret_shown(hands: Hands) -> str:
    """What goes into the app, as the page spells it out."""
    return re.sub(r"\s", "", hands.page.locator(".copyable code").text_content() or "")
