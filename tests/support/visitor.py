"""A browser without a window: keeps cookies, follows links, fills in the forms it is shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

_MAX_HOPS = 12


@dataclass
class PageForm:
    """A form as the page offers it."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """What the visitor sees."""

    url: str
    status: int
    text: str
    headers: httpx2.Headers

    @property
    def path(self) -> str:
        """The address without host and query."""
        return urlsplit(self.url).path

    @property
    def is_refused(self) -> bool:
        """Whether it says why a form was refused, opened anew so that reloading sends nothing."""
        return self.status == 200 and 'class="error-summary"' in self.text

    @property
    def is_undone(self) -> bool:
        """Whether it says first that nothing was done, and why."""
        found = re.search(r'<div class="notice warning"\s+role="status"', self.text)
        return self.status == 200 and found is not None

    @property
    def forms(self) -> list[PageForm]:
        """The page's forms, in order."""
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms

    def form(self, *names: str) -> PageForm:
        """The first form that has all those fields or buttons."""
        for form in self.forms:
            present = {*form.fields, *(name for name, _ in form.buttons)}
            if set(names) <= present:
                return form
        raise AssertionError(f"no form with {names} on {self.url}: {self.text[:2000]}")


class Visitor:
    """One browser. `stop_at` are addresses that are returned instead of opened."""

    def __init__(self, *, stop_at: tuple[str, ...] = (), headers: Mapping[str, str] | None = None):
        self.client = httpx2.Client(
            headers={"Accept-Language": "en", "Accept": "text/html", **(headers or {})}, timeout=20
        )
        self._stop_at = stop_at

    def open(self, url: str) -> Page:
        """Go to an address and follow its redirects."""
        return self._follow(self.client.get(url, headers={"Sec-Fetch-Site": "none"}))

    def post(self, url: str, fields: Mapping[str, str], *, site: str = "same-origin") -> Page:
        """Send a form and follow the redirects."""
        response = self.client.post(url, data=dict(fields), headers={"Sec-Fetch-Site": site})
        return self._follow(response)

    def submit(self, page: Page, fields: Mapping[str, str], *, button: str = "") -> Page:
        """Fill in the form that has those fields (and that button) and send it."""
        form = page.form(*fields, *([button] if button else []))
        pressed = dict([pair for pair in form.buttons if pair[0] == button][:1])
        return self.post(urljoin(page.url, form.action), {**form.fields, **fields, **pressed})

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _follow(self, response: httpx2.Response) -> Page:
        for _ in range(_MAX_HOPS):
            target = response.headers.get("location")
            if not response.is_redirect or target is None:
                break
            url = urljoin(str(response.url), target)
            if url.startswith(self._stop_at or ("\0",)):
                return Page(url=url, status=response.status_code, text="", headers=response.headers)
            response = self.client.get(url, headers={"Sec-Fetch-Site": "same-origin"})
        return Page(
            url=str(response.url),
            status=response.status_code,
            text=response.text,
            headers=response.headers,
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._select = ""
        self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            typed = self.forms[-1].fields
            typed[self._textarea] = (typed[self._textarea] + data).removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(
                PageForm(action=values.get("action", ""), method=values.get("method", "get"))
            )
        if not self.forms:
            return
        form, name = self.forms[-1], values.get("name", "")
        if tag == "button" and name:
            form.buttons.append((name, values.get("value", "")))
        elif tag == "select":
            self._select = name
            form.fields.setdefault(name, "")
        elif tag == "option" and "selected" in values:
            form.fields[self._select] = values.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif tag == "input" and name:
            is_choice = values.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in values:
                form.fields[name] = values.get("value", "")
            else:
                form.fields.setdefault(name, "")
