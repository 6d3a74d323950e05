"""How a story is walked: by a thumb, whose work is counted, or by a keyboard alone."""

from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page, expect

_MOST_TABS = 60


class Hands(Protocol):
    """What a person does to get through a story."""

    page: Page

    def open(self, url: str) -> None:
        """Come to an address that somebody else gave: nothing is typed for it."""

    def press(self, selector: str) -> None:
        """Follow a link or press a button that leads to a page."""

    def fill(self, selector: str, text: str) -> None:
        """Type into a field."""

    def copy(self, selector: str, text: str) -> None:
        """Type what an app or a message shows at this moment."""

    def choose(self, selector: str) -> None:
        """Tick a box or one of several."""


@dataclass
class Loaded:
    """A page as it came over the wire, with what it loaded; and redirects that led to it."""

    origin: str
    size: int = 0
    on_the_way: int = 0


@dataclass
class Effort:
    """What a story took; codes that an app or a message shows are counted apart."""

    pages: list[Loaded] = field(default_factory=list)
    sent: int = 0
    redirects: int = 0
    cached: set[str] = field(default_factory=set)
    """What was sent but answered by the browser itself, by its id there."""
    taps: int = 0
    typed: int = 0
    copied: int = 0

    @property
    def requests(self) -> int:
        """Those that went over the wire."""
        return self.sent - len(self.cached)

    @property
    def size(self) -> int:
        """Bytes over the wire, heads included."""
        return sum(page.size + page.on_the_way for page in self.pages)


class Thumb:
    """A phone: each link, button, choice and field that is gone to is a tap."""

    def __init__(self, page: Page) -> None:
        self.page, self.effort = page, Effort()
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self._watch(self._wire)

    def open(self, url: str) -> None:
        """Nothing is counted but the page."""
        self.page.goto(url)

    def press(self, selector: str) -> None:
        """One tap."""
        self.effort.taps += 1
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(selector).first.click()
        self.page.wait_for_selector("h1")

    def fill(self, selector: str, text: str) -> None:
        """A tap, unless the field has focus already, and every character."""
        self._type(selector, text)
        self.effort.typed += len(text)

    def copy(self, selector: str, text: str) -> None:
        """The same; its characters stand apart."""
        self._type(selector, text)
        self.effort.copied += len(text)

    def choose(self, selector: str) -> None:
        """One tap."""
        self.effort.taps += 1
        self.page.check(selector)

    def _type(self, selector: str, text: str) -> None:
        where = self.page.locator(selector)
        if not where.evaluate("part => part === document.activeElement"):
            self.effort.taps += 1
            where.click()
        where.press_sequentially(text)

    def _watch(self, wire: CDPSession) -> None:
        """Bytes count for the page that is being opened or was opened last."""

        def begin(event: dict[str, Any]) -> None:
            self.effort.sent += event["request"]["url"].startswith("http")
            if "redirectResponse" in event:
                self.effort.redirects += 1
                size = event["redirectResponse"]["encodedDataLength"]
                self.effort.pages[-1].on_the_way += round(size)
            elif event["type"] == "Document":
                self.effort.pages.append(Loaded(""))
            if event["type"] == "Document":
                self.effort.pages[-1].origin = urlsplit(event["request"]["url"]).netloc

        def end(event: dict[str, Any]) -> None:
            self.effort.pages[-1].size += round(event["encodedDataLength"])

        def receive(event: dict[str, Any]) -> None:
            if event["response"].get("fromDiskCache"):
                self.effort.cached.add(event["requestId"])

        def serve(event: dict[str, Any]) -> None:
            self.effort.cached.add(event["requestId"])

        wire.on("Network.requestWillBeSent", begin)
        wire.on("Network.responseReceived", receive)
        wire.on("Network.requestServedFromCache", serve)
        wire.on("Network.loadingFinished", end)


class Keys:
    """A keyboard: Tab, Shift+Tab, Space, Enter and letters. Where focus is, is asserted always."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        """As by a bookmark."""
        self.page.goto(url)
        self._arrive()

    def press(self, selector: str) -> None:
        """Go there and press Enter; what comes is a page whose beginning has focus, or news."""
        self.go_to(selector)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")
        self._arrive()

    def fill(self, selector: str, text: str) -> None:
        """Go there and type."""
        self.go_to(selector)
        self.page.keyboard.type(text)

    copy = fill

    def choose(self, selector: str) -> None:
        """Go there and press Space: of several alike, Tab stops at one, and arrows move on."""
        group = self.page.locator(selector).get_attribute("name")
        self.go_to(f"[name='{group}']")
        for _ in range(_MOST_TABS):
            if self.is_at(selector):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        expect(self.page.locator(selector)).to_be_checked()

    def go_to(self, selector: str) -> None:
        """Tab until it has focus; each stop is seen, and Shift+Tab leads back to the one before."""
        before = ""
        for _ in range(_MOST_TABS):
            if self.is_at(selector):
                return
            self.page.keyboard.press("Tab")
            here = self.seen()
            if before:
                self.page.keyboard.press("Shift+Tab")
                assert self.seen() == before
                self.page.keyboard.press("Tab")
                assert self.seen() == here
            before = here
        raise AssertionError(f"Tab does not lead to {selector} on {self.page.url}")

    def is_at(self, selector: str) -> bool:
        """Whether one of those has focus."""
        return bool(
            self.page.evaluate("selector => document.activeElement.matches(selector)", selector)
        )

    def seen(self) -> str:
        """What has focus, which must be seen: on the screen, with a ring around it."""
        found: dict[str, Any] = self.page.evaluate(_FOCUSED)
        assert found["is_seen"], f"focus is not seen on {self.page.url}: {found}"
        return str(found["name"])

    def _arrive(self) -> None:
        """Focus is on what the page has to say, else at its beginning: next is the skip link."""
        self.page.wait_for_selector("h1")
        news = self.page.locator("main .error-summary, main [role=status][autofocus]")
        if news.count():
            expect(news.first).to_be_focused()
            self.seen()
        else:
            assert self.is_at("body"), self.page.evaluate("document.activeElement.outerHTML")


_FOCUSED = """() => {
    const part = document.activeElement, box = part.getBoundingClientRect();
    const style = getComputedStyle(part);
    const hasRing = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
        || style.boxShadow !== "none";
    const isOnScreen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0
        && box.top < innerHeight && box.left < innerWidth;
    const all = [...document.querySelectorAll("*")];
    const name = `${all.indexOf(part)} ${part.outerHTML.slice(0, 160)}`;
    return {name, is_seen: hasRing && isOnScreen, hasRing, isOnScreen};
}"""
