"""What a request may look like, decided before any route sees it.

Order: address and headers, then the body, read whole, within size and time: no slow sender holds a
thread.
"""

import asyncio
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.kit import measures
from idp.kit.errors import Overloaded
from idp.settings.server import ServerSettings
from idp.web.errors import answer
from idp.web.forms import percent_decoded
from idp.web.messages import N_
from idp.web.refusals import RequestRefused

MAX_TARGET = 16 * 1024
"""Bytes of path and query; a signed request object is the longest thing in a query."""
MAX_HEADERS = 32 * 1024
"""Bytes of all header names and values."""
_ONCE = (b"authorization", b"content-type")
"""Headers that routes read, of which a request has one."""
_HOST = re.compile(rb"[\w.~%!$&'()*+,;=:\[\]-]*")
"""A name or address and its port (RFC 3986 section 3.2.2)."""
BODY_SECONDS = 10.0
"""A body not received within this time is given up."""
UPLOADS = "/portal/lists/"
"""Addresses below this one take a file (`web.uploads`)."""
MOST_UPLOAD = 1024 * 1024
"""Bytes of a request there: a list of sixty thousand lines, which takes some seconds; longer ones
are an operator's to take in by command."""
UPLOAD_SECONDS = 60.0
_UPLOADS_AT_ONCE = 4
"""Received by one process; one more is told to come again."""
WHOLE = "onedoor.whole"
"""The extension of a request's scope (ASGI) by which a connection says that its body has come."""


class LimitsMiddleware:
    """Refuses what cannot be read, and bounds what is sent."""

    def __init__(self, app: ASGIApp, *, settings: ServerSettings) -> None:
        self._app = app
        self._max_body = settings.max_body_bytes
        self._uploads = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_target(scope)
            check_headers(scope)
            if has_body(scope):
                body = await self._read(scope, receive)
                if body is None:
                    return
                receive = _replayed(body, receive)
            await self._app(scope, receive, send)
        except (RequestRefused, Overloaded) as error:
            response = await answer(Request(scope), error)
            measures.request_ended(method=scope["method"], route="", status=response.status_code)
            await response(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        if not takes_file(scope["path"]):
            return await read_body(scope, receive, limit=self._max_body)
        if self._uploads.locked():
            raise Overloaded(N_("Other files are being received at this moment: try again."))
        async with self._uploads:
            limit = max(self._max_body, MOST_UPLOAD)
            return await read_body(scope, receive, limit=limit, seconds=UPLOAD_SECONDS)


def takes_file(path: str) -> bool:
    """Whether the address takes a file, and so a longer body."""
    return path.startswith(UPLOADS)


def check_target(scope: Scope) -> None:
    """Path and query are short, well-formed percent-encoded UTF-8 without control characters."""
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    query: bytes = scope.get("query_string", b"")
    if len(path) + len(query) > MAX_TARGET:
        raise RequestRefused(414, N_("This address is too long."))
    for part in (path, query):
        if percent_decoded(part) is None:
            raise RequestRefused(400, N_("This address cannot be read."))


def check_headers(scope: Scope) -> None:
    """The headers together are not too long, and none that is one thing is sent as two.

    Of two, a proxy may have looked at the other (RFC 9110 section 5.3). Since HTTP/1.1 a request
    has a Host (RFC 9112 section 3.2).
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 and not (scope["http_version"] == "1.0" and not hosts):
        raise RequestRefused(400, N_("What was sent cannot be read."), detail="not one Host")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise RequestRefused(400, N_("What was sent cannot be read."), detail="a Host that is none")
    names = [name for name, _ in scope["headers"]]
    if any(names.count(one) > 1 for one in _ONCE):
        raise RequestRefused(400, N_("What was sent cannot be read."), detail="a header twice")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise RequestRefused(
            431, N_("Your browser sent too much. Clear its cookies for this site.")
        )


def has_body(scope: Scope) -> bool:
    """Whether the request announces a body (RFC 9112 section 6)."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def read_body(
    scope: Scope, receive: Receive, *, limit: int, seconds: float = BODY_SECONDS
) -> bytes | None:
    """The whole body; None when the sender went away. Raises RequestRefused (400, 408, 413)."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not declared.isdigit():
        raise RequestRefused(400, N_("What was sent cannot be read."))
    if len(declared) > 18 or int(declared) > limit:
        raise _too_large()
    if WHOLE in scope.get("extensions", ()):
        return await _received(receive, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _received(receive, limit)
    except TimeoutError:
        raise RequestRefused(408, N_("What was sent did not arrive in time.")) from None


async def _received(receive: Receive, limit: int) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > limit:
            raise _too_large()
        if not message.get("more_body", False):
            return body


def _too_large() -> RequestRefused:
    return RequestRefused(413, N_("What was sent is too long."))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out the body once, then whatever the server says."""
    is_handed_out = False

    async def replay() -> Message:
        nonlocal is_handed_out
        if is_handed_out:
            return await receive()
        is_handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
