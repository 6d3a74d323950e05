"""A real Chromium: the distribution's, or Playwright's own, whichever the machine offers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from idp.kit.languages import LANGUAGES
from tests.support.chromium import find_chromium
from tests.support.tables import look_at_tables
from tests.support.weight import look_at_weight

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
NARROW, PHONE, DESK = 320, 375, 1280
ENLARGED = DESK // 2
"""What is left of a desk's screen to whoever enlarges everything twice; also a small tablet."""


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


def look(page: Page, name: str, *, is_loaded: bool = True) -> None:
    """Check a page as everyone needs it: on a small phone, a phone and at a desk.

    No accessibility violation, in the light and in the dark; one h1, not too heavy; nothing
    scrolls sideways, with text twice as large and spaced as WCAG 1.4.12 says neither; a table is
    heard as one although a phone shows cards; whoever chooses colours themselves sees where they
    are; after an error focus is on what it says. Keeps pictures as `<name>-<width>.png` in the
    folder IDP_TEST_SCREENSHOTS, if that is set. `is_loaded`: it came over the wire.
    """
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_selector("h1")
    assert page.locator("h1").count() == 1, f"{name}: {page.locator('h1').all_inner_texts()}"
    if is_loaded:
        look_at_weight(page)
    if page.locator(".error-summary").count():
        expect(page.locator(".error-summary"), name).to_be_focused()
    for width in (DESK, NARROW, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        _keep_picture(page, f"{name}-{width}")
        for how, change in _TEXT.items():
            page.evaluate(change)
            wide = page.evaluate(_SCROLLS_SIDEWAYS)
            assert not wide, f"{name} scrolls sideways at {width}{how}: {wide}"
        page.evaluate(_TEXT[""])
    look_at_tables(page, name)
    page.set_viewport_size({"width": ENLARGED, "height": 800})
    wide = page.evaluate(_SCROLLS_SIDEWAYS)
    assert not wide, f"{name} scrolls sideways when enlarged twice: {wide}"
    page.set_viewport_size({"width": PHONE, "height": 800})
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(_FAINT_WORDS) == [], f"{name}: words of a picture, {scheme}"
        results = Axe().run(page)
        assert results.violations_count == 0, f"{name}, {scheme}: {results.generate_report()}"
        _keep_picture(page, f"{name}-{scheme}")
    page.emulate_media(forced_colors="active")
    _keep_picture(page, f"{name}-forced")
    assert page.evaluate(_KNOWS_WHERE_IT_IS), f"{name}: the current page is not told apart"
    assert page.evaluate(_FAINT_LINES) == [], f"{name}: lines are hardly seen in forced colours"
    page.emulate_media(forced_colors="none")


def _keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("IDP_TEST_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


_TEXT = {
    "": """() => {
        document.documentElement.style.fontSize = "";
        document.adoptedStyleSheets = [];
    }""",
    " with spaced text": """() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`
            * { line-height: 1.5 !important; letter-spacing: .12em !important; }
            * { word-spacing: .16em !important; }
            p { margin-bottom: 2em !important; }
        `);
        document.adoptedStyleSheets = [sheet];
    }""",
    " with text twice as large": """() => {
        document.adoptedStyleSheets = [];
        document.documentElement.style.fontSize = "200%";
    }""",
}
"""What people change about text (WCAG 1.4.4, 1.4.12)."""

_SCROLLS_SIDEWAYS = """() => {
    const seen = (part) => `${part.tagName}.${part.className.baseVal ?? part.className}`;
    const root = document.documentElement;
    const beyond = root.scrollWidth > root.clientWidth
        ? [...document.querySelectorAll("body *")]
            .filter((part) => part.getBoundingClientRect().right > root.clientWidth + 1)
        : [];
    const inner = [...document.querySelectorAll("body *:not(pre)")].filter((part) =>
        ["auto", "scroll"].includes(getComputedStyle(part).overflowX)
        && part.scrollWidth > part.clientWidth + 1);
    const words = root.scrollWidth > root.clientWidth && !beyond.length ? [root] : [];
    return [...beyond, ...inner, ...words].map(seen).slice(0, 5);
}"""
"""The parts that stick out, or scroll by themselves: only source text may.

The root itself where a word does that is longer than the part it is in.
"""

_KNOWS_WHERE_IT_IS = """() => {
    const line = (part) => getComputedStyle(part).borderBottomColor;
    const here = document.querySelector(".nav [aria-current]");
    const others = [...document.querySelectorAll(".nav a:not([aria-current])")];
    return !here || others.every((other) => line(other) !== line(here));
}"""

_FAINT_LINES = """() => {
    const probe = document.body.appendChild(document.createElement("i"));
    const system = ["CanvasText", "Canvas", "Highlight", "GrayText"].map((colour) => {
        probe.style.color = colour;
        return getComputedStyle(probe).color;
    });
    probe.remove();
    const seen = (part) => {
        const { fill, stroke } = getComputedStyle(part);
        const colours = part.matches("line, polyline") ? [stroke] : [fill, stroke];
        return colours.some((colour) => system.includes(colour) || colour.startsWith("url("));
    };
    const parts = "line, polyline, rect, circle, path, polygon";
    return [...document.querySelectorAll(`svg:not(.mark) :is(${parts})`)]
        .filter((part) => !part.closest("defs") && !seen(part))
        .map((part) => part.outerHTML.slice(0, 200));
}"""

_FAINT_WORDS = """() => {
    const light = (colour) => {
        const [red, green, blue] = colour.match(/[\\d.]+/g).map((part) => part / 255)
            .map((part) => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
        return .2126 * red + .7152 * green + .0722 * blue;
    };
    const ground = (part) => {
        const colour = getComputedStyle(part).backgroundColor;
        return colour.endsWith(", 0)") && part.parentElement ? ground(part.parentElement) : colour;
    };
    const under = (word) => {
        const { left, right, top, bottom } = word.getBoundingClientRect();
        const middle = new DOMPoint((left + right) / 2, (top + bottom) / 2);
        const shapes = [...word.ownerSVGElement.querySelectorAll("rect, path")];
        const inside = (shape) => middle.matrixTransform(shape.getScreenCTM().inverse());
        return shapes.filter((shape) => shape.isPointInFill(inside(shape)))
            .map((shape) => getComputedStyle(shape).fill)
            .filter((fill) => fill.startsWith("rgb(")).pop();
    };
    return [...document.querySelectorAll("svg:not(.mark) text")]
        .filter((word) => word.getClientRects().length).filter((word) => {
            const behind = under(word) ?? ground(word.ownerSVGElement);
            const both = [light(getComputedStyle(word).fill), light(behind)].sort((a, b) => a - b);
            return (both[1] + .05) / (both[0] + .05) < 4.5;
        }).map((word) => word.outerHTML.slice(0, 200));
}"""
"""Words in pictures, which axe does not look at, that hardly stand out from what is behind them."""
