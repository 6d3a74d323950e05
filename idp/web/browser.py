"""The browser behind a request: the values its cookies carry, unverified.

The session behind a token is looked up by `idp.sessions`; nothing here reads the database.
"""

import re
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from idp.kit import secrets
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.web import cookies
from idp.web.reply import reply_of

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")


def browser_id(request: HTTPConnection) -> str:
    """The browser's random id; a browser without a well-formed one is handed a new one.

    Interactions and CSRF tokens are bound to it. It identifies no person.
    """
    reply = reply_of(request)
    if reply.new_browser_id:
        return reply.new_browser_id
    value = _read_one(request, cookies.CookieNames.of(request).browser)
    if value:
        return value
    reply.new_browser_id = secrets.new_token()
    cookies.set_browser(request, reply.new_browser_id)
    return reply.new_browser_id


def has_cookies(request: HTTPConnection) -> bool:
    """Whether any cookie of ours came; else they are blocked, cleared, or this is the first visit.

    Where a page is the second of several, none can mean only that they do not get here.
    """
    return not cookies.CookieNames.of(request).all.isdisjoint(request.cookies)


def session_token(request: HTTPConnection) -> str | None:
    """The session token the browser sent, if it has the form of one."""
    return _read_one(request, cookies.CookieNames.of(request).session) or None


def device_secret(request: HTTPConnection) -> str:
    """The secret by which the browser says it is known; empty without one."""
    return _read_one(request, cookies.CookieNames.of(request).device)


def _read_one(request: HTTPConnection, name: str) -> str:
    """The cookie's value; empty when absent, malformed, or sent twice with different values.

    A second value means that somebody else planted one: neither can be believed.
    """
    values = _sent(request).get(name, ())
    value = next(iter(values)) if len(values) == 1 else ""
    return value if _TOKEN.fullmatch(value) else ""


def _sent(request: HTTPConnection) -> dict[str, set[str]]:
    """Every value sent under each name, read once for a request."""
    state = request.scope.setdefault("state", {})
    found: dict[str, set[str]] | None = state.get("sent_cookies")
    if found is not None:
        return found
    sent: dict[str, set[str]] = {}
    for header in request.headers.getlist("cookie"):
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            sent.setdefault(name.strip(), set()).add(value.strip())
    state["sent_cookies"] = sent
    return sent


async def _browser_id(request: Request) -> str:
    return browser_id(request)


BrowserId = Annotated[str, Depends(_browser_id)]
"""The random id of the browser (see `browser_id`)."""


@immutable
class RequestBrowser:
    """As the loop of an authorization asks about it; what it sets is noted on the request."""

    http: Request
    begun: CurrentSession | None = None

    @property
    def session_token(self) -> str | None:
        """The session cookie, unverified."""
        return session_token(self.http)

    @property
    def binding(self) -> bytes:
        """The digest of its random id; a browser that has none is given one."""
        return secrets.token_hash(browser_id(self.http))

    def forget_session(self) -> None:
        """Take back what relying parties' frames compare."""
        cookies.clear_state(self.http)
