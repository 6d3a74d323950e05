"""My data, a request about it, leaving and coming back, in a real browser and in both languages."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_after_each_action import look_told, press
from tests.journeys.test_convincing_minute import prove
from tests.support.browser import look, visit
from tests.support.demo import Demo

WORDS = {
    "vi": {
        "mine": "Dữ liệu của tôi",
        "sent": "Đã nhận yêu cầu",
        "closed": "Tài khoản đã đóng và đã đăng xuất",
        "keep": "Giữ lại tài khoản",
        "kept": "Đã giữ lại tài khoản",
        "read": "Mời bạn mang thẻ đến.",
    },
    "en": {
        "mine": "My data",
        "sent": "Your request is received",
        "closed": "Your account is closed, and you are signed out",
        "keep": "Keep my account",
        "kept": "Your account stays",
        "read": "Please bring your card.",
    },
}


def open_fresh(page: Page, demo: Demo, path: str) -> None:
    """Open a page of the citizen's account, signing in where that is asked."""
    page.goto(f"{demo.issuer}{path}")
    if "/signin/" in page.url:
        prove(page, demo.player("citizen"))
        page.goto(f"{demo.issuer}{path}")


def ask(page: Page, demo: Demo, language: str) -> None:
    """Send a request about one's data, as a form that first lacks something."""
    open_fresh(page, demo, "/account/data/requests")
    press(page, "/data/requests")
    look(page, f"leaving-{language}-request-refused")
    page.check("[name=kind][value=correction]")
    page.fill("[name=text]", "Tên đệm của tôi viết sai.")
    press(page, "/data/requests")
    look_told(page, f"leaving-{language}-request-sent", WORDS[language]["sent"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_person_reads_their_data_leaves_and_comes_back(
    demo: Demo, browser: Browser, language: str, tmp_path: Path
) -> None:
    """T23, in one browser: the way out says what happens, the way back leaves all as it was."""
    said = WORDS[language]
    with visit(browser, language=language) as context:
        page = context.new_page()
        open_fresh(page, demo, "/account")
        look(page, f"leaving-{language}-overview")
        open_fresh(page, demo, "/account/data")
        expect(page.locator("h1")).to_have_text(said["mine"])
        look(page, f"leaving-{language}-data")
        with page.expect_download() as downloading:
            press(page, "/data/file")
        saved = tmp_path / "data.json"
        downloading.value.save_as(saved)
        held = json.loads(saved.read_text("utf-8"))["held"]
        assert held["person"][0]["name"] == demo.player("citizen").name
        ask(page, demo, language)
        page.goto(f"{demo.issuer}/account/close")
        look(page, f"leaving-{language}-asked")
        press(page, "/account/close")
        look(page, f"leaving-{language}-not-ticked")
        page.check("[name=understood]")
        press(page, "/account/close")
        look_told(page, f"leaving-{language}-closed", said["closed"])
        page.goto(demo.service("ministry-service"))
        page.click("#sign-in")
        prove(page, demo.player("citizen"))
        look(page, f"leaving-{language}-at-a-service")
        page.click("a[href='/account/closing']")
        if "/signin/" in page.url:
            prove(page, demo.player("citizen"))
        expect(page.locator("form[action='/account/closing'] button")).to_have_text(said["keep"])
        look(page, f"leaving-{language}-closing")
        page.goto(f"{demo.issuer}/account/services")
        expect(page).to_have_url(f"{demo.issuer}/account/closing")
        press(page, "/account/closing")
        look_told(page, f"leaving-{language}-kept", said["kept"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_way_out_and_back_works_without_a_script(
    demo: Demo, browser: Browser, language: str
) -> None:
    """T2, T25: and the navigation is a menu of its own."""
    with visit(browser, language=language, has_script=False) as context:
        page = context.new_page()
        open_fresh(page, demo, "/account")
        expect(page.locator("nav.nav li").first).to_be_hidden()
        page.click("nav.nav summary")
        page.click("nav.nav a[href='/account/data']")
        open_fresh(page, demo, "/account/close")
        page.check("[name=understood]")
        press(page, "/account/close")
        expect(page.locator("[role=status]")).to_contain_text(WORDS[language]["closed"])
        open_fresh(page, demo, "/account/closing")
        press(page, "/account/closing")
        expect(page.locator("[role=status]")).to_contain_text(WORDS[language]["kept"])


def test_the_navigation_fits_one_line_at_a_desk(demo: Demo, browser: Browser) -> None:
    """T25: in the language with the wider words, too."""
    for language in ("vi", "en"):
        with visit(browser, language=language, width=1280) as context:
            page = context.new_page()
            open_fresh(page, demo, "/account")
            tops = page.locator("nav.nav li").evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().top)"
            )
            assert len(set(tops)) == 1, language


def test_an_operator_answers_what_was_asked(demo: Demo, browser: Browser) -> None:
    """T24, with its last days in sight; the person reads the answer."""
    with visit(browser, language="en") as context:
        ask(context.new_page(), demo, "en")
    with visit(browser, language="en") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/console")
        prove(page, demo.player("operator"))
        page.get_by_role("link", name="People asked about their data").click()
        look(page, "console-data-requests")
        page.locator("main .panel h2 a").first.click()
        look(page, "console-data-request")
        press(page, "/answer")
        look(page, "console-data-request-refused")
        page.check("[name=choice][value=accept]")
        page.fill("[name=text]", WORDS["en"]["read"])
        press(page, "/answer")
        look_told(page, "console-data-request-answered", "The request is answered")
        page.go_back()
    with visit(browser, language="en") as context:
        page = context.new_page()
        open_fresh(page, demo, "/account/data/requests")
        expect(page.locator("main")).to_contain_text(WORDS["en"]["read"])
