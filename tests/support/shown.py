"""Pages that the application makes within a test, as a browser shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mimetypes import guess_type
from unittest.mock import patch
from urllib.parse import urlsplit

from httpx2 import Response
from playwright.sync_api import BrowserContext, Page, Route

from idp.web.static import FILES
from idp.web.templates import Pages
from idp.web.told import read_told
from tests.support.states import Browser


@dataclass(frozen=True)
class Shown:
    """A page as it came: its template, the fields with an error, whether it says what was done."""

    template: str
    errors: tuple[str, ...]
    is_told: bool
    answer: Response

    @property
    def state(self) -> tuple[str, tuple[str, ...], bool]:
        """What pages of one look have in common."""
        return self.template, self.errors, self.is_told


class Recorder:
    """The page made last."""

    def __init__(self) -> None:
        self.last: tuple[str, tuple[str, ...], bool] | None = None

    def follow(self, browser: Browser, answer: Response) -> Shown | None:
        """The page that a request led to; None where it led to a service, or to no page."""
        for _ in range(6):
            where = answer.headers.get("location", "")
            if not answer.is_redirect or "rp.example" in where:
                break
            self.last = None
            answer = browser.send("GET", where)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        return Shown(*self.last, answer) if self.last and is_page else None


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Within it, which page was made is known."""
    recorder, render = Recorder(), Pages.render

    def told(self: Pages, request: object, template: str, page: object) -> str:
        errors = tuple(sorted(getattr(page, "errors", None) or {}))
        recorder.last = template, errors, read_told(request) is not None  # type: ignore[arg-type]
        return render(self, request, template, page)  # type: ignore[arg-type]

    with patch.object(Pages, "render", told):
        yield recorder


def open_shown(page: Page, context: BrowserContext, shown: Shown) -> None:
    """Let a browser have that page, with what it loads, at the address that it came from."""
    url = str(shown.answer.url)

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if name := path.removeprefix("/static/") if path.startswith("/static/") else "":
            kind = guess_type(name)[0] or "application/octet-stream"
            route.fulfill(body=FILES[name], content_type=kind)
        elif route.request.url == url:
            kept = {"content-type", "content-security-policy"}
            headers = {k: v for k, v in shown.answer.headers.items() if k.lower() in kept}
            route.fulfill(status=200, body=shown.answer.text, headers=headers)
        else:
            route.fulfill(status=404, body="")

    context.unroute_all()
    context.route("**/*", answer)
    page.goto(url)
