"""Every page after every action that it offers, in a real browser, against the real demo."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_convincing_minute import prove
from tests.support.browser import look, visit
from tests.support.demo import Demo


def look_told(page: Page, name: str, words: str) -> None:
    """The page says what was done, and focus is on it."""
    told = page.locator("[role=status]").first
    expect(told).to_contain_text(re.compile(words))
    expect(told).to_be_focused()
    look(page, name)


def press(page: Page, action: str) -> None:
    """The button of the form that is sent there."""
    page.locator(f"form[action$='{action}'] button").first.click()


def test_what_a_person_does_in_the_account(demo: Demo, browser: Browser) -> None:
    """In Vietnamese; the account after a document exchange has the widest words."""
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(demo.service("building-permits"))
        page.click("#sign-in")
        prove(page, demo.player("citizen"))
        page.click("[name=consent-allow]")
        page.click("[name=fetch]")
        expect(page.locator("#document")).to_be_visible()
        look(page, "exchanged")
        page.goto(f"{demo.issuer}/account/activity")
        expect(page.locator("main")).to_contain_text("thay bạn")
        look(page, "account-exchanged")
        page.goto(f"{demo.issuer}/account/services")
        look(page, "account-connected")
        press(page, "/withdraw")
        look_told(page, "account-withdrawn", "Đã rút lại sự đồng ý với")
        page.goto(f"{demo.issuer}/account/password")
        press(page, "/password")
        look(page, "account-password-refused")
        page.goto(f"{demo.issuer}/account/factor/new")
        press(page, "/new")
        look(page, "account-factor-refused")
        page.goto(f"{demo.issuer}/account/sessions")
        page.click("a[href$='/end-all']")
        look(page, "account-end-all")
        press(page, "/end-all")
        look_told(page, "signed-out-everywhere", "Đã đăng xuất ở mọi nơi")


def test_what_staff_do_in_the_portal_and_the_console(demo: Demo, browser: Browser) -> None:
    """In English, as the convincing minute is in Vietnamese."""
    with visit(browser, language="en") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/portal")
        prove(page, demo.player("owner"))
        page.goto(f"{demo.issuer}/portal/new?system=G01.DKX")
        page.fill("[name=client_name]", "Fines")
        press(page, "/new")
        look(page, "portal-new-refused")
        assert page.input_value("[name=client_name]") == "Fines"
        page.get_by_role("link", name="Tiếng Việt").click()
        assert page.input_value("[name=client_name]") == "Fines"
        page.get_by_role("link", name="English").click()
        page.fill("[name=redirect_uris]", "http://localhost:9000/callback")
        page.locator("[name^='service.']").first.check()
        press(page, "/new")
        look(page, "portal-secret")
        secret = page.locator(".copyable code").first.inner_text()
        page.get_by_role("button", name="Copy: Client secret").click()
        expect(page.locator(".copyable output").first).to_have_text("Copied")
        assert page.evaluate("getSelection().toString()") == secret
        page.reload()
        assert page.locator(".copyable code").first.inner_text() == secret
        page.get_by_role("link", name="I have copied the secret").click()
        application = page.url
        page.goto(f"{application}/configuration")
        page.get_by_role("button", name=re.compile(r"^Copy: ")).first.click()
        expect(page.locator(".copyable output").first).to_have_text("Copied")
        look(page, "portal-configuration-copied")
        page.goto(f"{application}/testers")
        press(page, "/testers")
        look(page, "portal-testers-refused")
        page.fill("[name=number]", demo.player("director").number)
        press(page, "/testers")
        look_told(page, "portal-testers-invited", "may now try")
        press(page, "/remove")
        look_told(page, "portal-testers-removed", "taken back")
        page.goto(f"{application}/edit/addresses")
        press(page, "/edit/addresses")
        look_told(page, "portal-saved", "Saved")
        page.locator("a[href$='/edit/sign-out']").click()
        uris = ("post_logout_redirect_uris", "backchannel_logout_uri", "frontchannel_logout_uri")
        for name in uris:
            page.fill(f"[name={name}]", "http://wrong.example.vn/#x")
        press(page, "/edit/sign-out")
        look(page, "portal-edit-refused")
        assert page.input_value(f"[name={uris[0]}]") == "http://wrong.example.vn/#x"
        page.goto(f"{application}/production")
        page.fill("[name=redirect_uris]", "")
        press(page, "/production")
        look(page, "portal-production-refused")
        page.fill("[name=redirect_uris]", "https://fines.example.gov.vn/callback")
        page.fill("[name=purpose_vi]", "tra cứu và nộp phạt nguội")
        page.fill("[name=purpose_en]", "looking up and paying your traffic fines")
        page.fill("[name=policy_uri]", "https://fines.example.gov.vn/data")
        press(page, "/production")
        look_told(page, "portal-production", "Submitted to the operator")
        production = page.url.rsplit("/", 1)[-1]
    with visit(browser, language="en") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/console")
        prove(page, demo.player("operator"))
        page.goto(f"{demo.issuer}/console/applications/{production}")
        press(page, "/changes")
        look(page, "console-changes-refused")
        page.fill("[name=reason]", "Say what it is for.")
        press(page, "/changes")
        look_told(page, "console-sent-back", "is sent back")
        page.get_by_role("link", name="Back to what waits").click()
        look(page, "console-queue")
