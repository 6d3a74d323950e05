"""Pages that are kept until something is published, and answered by their ETag."""

from collections import OrderedDict
from threading import Lock
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from idp.web.language import language_of
from idp.web.tagged import tagged

Stamp: TypeAlias = tuple[object, ...]
"""Changes with whatever is published."""
MOST_KEPT = 200
"""Pages, in each language and with each filter."""
HEADERS = {"Cache-Control": "public, no-cache", "Vary": "Accept-Language, Cookie"}
"""Anybody may keep it, and asks each time whether it still holds."""


class KeptPages:
    """Pages by address and language; the one asked for longest ago is the first to go."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._pages: OrderedDict[tuple[str, ...], tuple[Stamp, bytes]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: tuple[str, ...], stamp: Stamp) -> bytes | None:
        """The page, if it is of that stamp."""
        with self._lock:
            found = self._pages.get(key)
            if found is None or found[0] != stamp:
                return None
            self._pages.move_to_end(key)
            return found[1]

    def keep(self, key: tuple[str, ...], stamp: Stamp, body: bytes) -> None:
        """Keep it instead of what was kept."""
        with self._lock:
            self._pages[key] = stamp, body
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


def kept_answer(request: Request, body: bytes, media_type: str, **headers: str) -> Response:
    """The answer, which anybody may keep and asks for again each time; 304 where they have it."""
    sent = {**HEADERS, "Content-Language": language_of(request), **headers}
    return tagged(request, body, media_type, **sent)
