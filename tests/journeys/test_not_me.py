"""“This was not me”, in a real browser: from the history to a new password, and to an operator."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_after_each_action import look_told, press
from tests.journeys.test_convincing_minute import prove
from tests.support.browser import look, visit
from tests.support.demo import Demo

_NEW = "trâu già đứng đợi nắng chiều"
_CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b")


@pytest.mark.parametrize("language", ["vi"])
def test_a_person_protects_their_account(demo: Demo, browser: Browser, language: str) -> None:
    with visit(browser, language=language) as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/account/activity")
        prove(page, demo.player("citizen"))
        page.goto(f"{demo.issuer}/account/activity")
        look(page, "not-me-history")
        page.goto(f"{demo.issuer}/account/sessions")
        look(page, "not-me-sessions")
        page.goto(f"{demo.issuer}/account/activity")
        page.get_by_role("link", name="Không phải tôi").first.click()
        expect(page.locator("h1")).to_have_text("Đây không phải hoạt động của bạn?")
        look(page, "not-me-asked")
        press(page, "/not-me")
        look_told(page, "not-me-password", "mật khẩu cũ hết hiệu lực")
        page.fill("[name=password]", "ngắn")
        press(page, "/not-me/password")
        look(page, "not-me-password-refused")
        page.fill("[name=password]", _NEW)
        if page.locator("[name=again]").is_visible():
            page.fill("[name=again]", _NEW)
        press(page, "/not-me/password")
        look_told(page, "not-me-done", "chỉ mình bạn")
    with visit(browser, language="en") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/console")
        prove(page, demo.player("operator"))
        page.get_by_role("link", name="People said that a sign-in was not theirs").click()
        look(page, "console-reports")
        press(page, "/answer")
        look_told(page, "console-report-answered", "The report is answered")


def sign_in_by_code(page: Page, demo: Demo, code: str) -> None:
    """At a service, as whoever knows the password and has a picture of the sheet."""
    player = demo.player("director")
    page.goto(demo.service("building-permits"))
    page.click("#sign-in")
    for name, value in (("identifier", player.number), ("password", player.password)):
        page.fill(f"[name={name}]", value)
        page.click("main form:not(#passkey) button")
    if page.locator("a[href=recovery-code]").count():
        page.click("a[href=recovery-code]")
        page.fill("[name=code]", code)
        page.click("main form:not(#passkey) button")


def test_a_sheet_that_somebody_has_a_picture_of_opens_nothing_more(
    demo: Demo, browser: Browser
) -> None:
    """Owner and thief beside each other."""
    director = demo.player("director")
    with visit(browser, language="vi") as theirs, visit(browser, language="en") as elsewhere:
        page, thief = theirs.new_page(), elsewhere.new_page()
        page.goto(f"{demo.issuer}/account/codes")
        prove(page, director)
        page.goto(f"{demo.issuer}/account/codes")
        codes = _CODE.findall(page.inner_text("main"))
        assert len(codes) == 10
        page.check("[name=kept]")
        press(page, "/account/codes")
        page.wait_for_url("**/account/factor")
        sign_in_by_code(thief, demo, codes[0])
        expect(thief.locator("[name=consent-allow]")).to_be_visible()
        page.goto(f"{demo.issuer}/account/activity")
        page.locator("a[href$='/not-me']", has_text="Đã dùng mã khôi phục").click()
        expect(page.get_by_label("Mã khôi phục, thêm ngày")).to_be_checked()
        look(page, "not-me-hands")
        page.get_by_label("Không: tôi vẫn giữ tất cả").check()
        press(page, "/not-me")
        look(page, "not-me-hands-refused")
        page.get_by_label("Không: tôi vẫn giữ tất cả").uncheck()
        press(page, "/not-me")
        page.fill("[name=password]", _NEW)
        if page.locator("[name=again]").is_visible():
            page.fill("[name=again]", _NEW)
        press(page, "/not-me/password")
        look_told(page, "not-me-hands-done", "Tạo bộ mã khôi phục mới")
        thief.goto(f"{demo.issuer}/account")
        expect(thief.locator("[name=identifier]")).to_be_visible()
        sign_in_by_code(thief, demo, codes[1])
        expect(thief.locator("#password-error")).to_be_visible()
