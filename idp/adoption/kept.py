"""Pages that are kept until something is published, and answered by their ETag."""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from idp.web.language import language_of

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


def tagged(request: Request, body: bytes, media_type: str, **headers: str) -> Response:
    """The answer with its ETag, or 304 where whoever asks has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    sent = {**HEADERS, "ETag": tag, "Content-Language": language_of(request), **headers}
    asked = request.headers.get("if-none-match", "").split(",")
    if tag in (each.strip().removeprefix("W/") for each in asked):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media_type, headers=sent)
