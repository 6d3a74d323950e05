"""Somebody of 65 who is stuck finds a person to turn to: without JavaScript, on a small phone."""

import pytest
from playwright.sync_api import Browser, Page

from idp.help.topics import TOPICS
from tests.support.browser import look, visit
from tests.support.demo import Demo

SMALLEST = 320


def fits(page: Page) -> bool:
    """Whether nothing is beside the screen of the smallest phone."""
    page.set_viewport_size({"width": SMALLEST, "height": 600})
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width <= SMALLEST


def test_from_the_password_to_the_desk_of_ones_commune(demo: Demo, browser: Browser) -> None:
    """C3, D1: by links and one search, typed as an old phone types."""
    with visit(browser, language="vi", has_script=False) as context:
        page = context.new_page()
        page.goto(demo.service("province-portal") + "sign-in")
        assert "Cách nhận biết trang thật" in page.inner_text("main")
        page.fill("[name=identifier]", demo.player("citizen").number)
        page.click("main form:not(#passkey) button")
        page.click("summary")
        page.click("details a.desks")
        page.fill("[name=commune]", "tho quang")
        page.click("main form:not(#passkey) button")
        assert fits(page)
        desk = page.inner_text("section.panel")
        for words in ("phường Sơn Trà", "7:30", "0236", "Thẻ căn cước", "giả\xa0lập"):
            assert words in desk
        assert page.locator("section.panel a[href^='tel:']").count() == 1
        assert page.locator("footer a[href='/help']").count() == 1


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_help_reads_well(demo: Demo, browser: Browser, language: str) -> None:
    """The demo has its own terms among them."""
    with visit(browser, language=language) as context:
        page = context.new_page()
        paths = ["/help", "/help/desks", "/help/desks?commune=hai+chau", "/help/desks?province=48"]
        for path in [*paths, *(topic.path for topic in TOPICS)]:
            page.goto(demo.issuer + path)
            look(page, f"help-{path.strip('/').replace('/', '-').partition('?')[0]}-{language}")
            assert fits(page), path
