"""In the demo: somebody waits to get an account back, and an operator refuses with a reason."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_after_each_action import look_told, press
from tests.journeys.test_convincing_minute import prove
from tests.support.browser import look, visit
from tests.support.demo import Demo

ADDRESS = "citizen-of-the-demo@mail.example"
WHY = "Chủ tài khoản gọi tổng đài: không phải người đó yêu cầu."


def newest_code(page: Page, demo: Demo) -> str:
    """The code in the newest message of the demo's outbox."""
    page.goto(demo.facts["outbox"])
    return re.findall(r"\b(\d{6})\b", page.inner_text("main"))[0]


def test_an_operator_sees_who_waits_and_refuses(demo: Demo, browser: Browser) -> None:
    citizen = demo.player("citizen")
    with visit(browser, language="vi") as theirs, visit(browser, language="vi") as reading:
        page, mail = theirs.new_page(), reading.new_page()
        page.goto(f"{demo.issuer}/account/email")
        prove(page, citizen)
        page.fill("[name=email]", ADDRESS)
        press(page, "/account/email")
        page.fill("[name=code]", newest_code(mail, demo))
        press(page, "/account/email/code")
        theirs.clear_cookies()
        page.goto(f"{demo.issuer}/recovery/address")
        page.fill("[name=number]", citizen.number)
        page.fill("[name=contact]", ADDRESS)
        press(page, "/recovery/address")
        page.fill("[name=code]", newest_code(mail, demo))
        press(page, "/recovery/address/code")
        press(page, "/recovery/address/wait")
        expect(page.locator("form[action='/recovery/address/stop']")).to_be_visible()
        look(page, "refused-waits")
        with visit(browser, language="en") as context:
            console = context.new_page()
            console.goto(f"{demo.issuer}/console/recoveries")
            prove(console, demo.player("operator"))
            console.goto(f"{demo.issuer}/console/recoveries")
            expect(console.locator("main .panel")).to_have_count(1)
            look(console, "console-recoveries")
            press(console, "/refuse?page=1")
            look(console, "console-recoveries-without-a-reason")
            console.fill("main textarea", WHY)
            press(console, "/refuse?page=1")
            look_told(console, "console-recovery-refused", "It is refused.")
        page.reload()
        expect(page.locator("form[action='/recovery/address/anew']")).to_be_visible()
        look(page, "refused")
        mail.goto(demo.facts["outbox"])
        expect(mail.locator("main")).to_contain_text(WHY)
