"""A real Chromium: the distribution's, or Playwright's own, whichever the machine offers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from idp.kit.languages import LANGUAGES
from tests.support.chromium import find_chromium

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = 375, 1280
MAX_PAGE_BYTES = 60 * 1024


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visit(
    browser: Browser, *, width: int = PHONE, language: str = "en", has_script: bool = True
) -> Iterator[BrowserContext]:
    """A browser without history, as wide as a phone or a desk's screen."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        locale=LANGUAGES[language].locale.replace("_", "-"),
        java_script_enabled=has_script,
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


def look(page: Page, name: str) -> None:
    """Check a page as everyone needs it, on a phone and at a desk.

    No accessibility violation, one h1, no sideways scrolling, not too heavy. Keeps pictures as
    `<name>-<width>.png` in the folder IDP_TEST_SCREENSHOTS, if that is set.
    """
    page.wait_for_selector("h1")
    assert page.locator("h1").count() == 1, f"{name}: {page.locator('h1').all_inner_texts()}"
    assert len(page.content().encode()) <= MAX_PAGE_BYTES, f"{name} is too heavy"
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        if folder := os.environ.get("IDP_TEST_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        scroll_width = page.evaluate("document.documentElement.scrollWidth")
        assert scroll_width <= width, f"{name} scrolls sideways at {width}"
    results = Axe().run(page)
    assert results.violations_count == 0, f"{name}: {results.generate_report()}"
