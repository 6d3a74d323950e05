"""“This was not me”, in a real browser: from the history to a new password, and to an operator."""

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.test_after_each_action import look_told, press
from tests.journeys.test_convincing_minute import prove
from tests.support.browser import look, visit
from tests.support.demo import Demo

_NEW = "trâu già đứng đợi nắng chiều"


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
