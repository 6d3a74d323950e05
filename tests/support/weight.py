"""What a page weighs in a browser: what came over the wire for it, not what was kept before."""

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from playwright.sync_api import Page

FIRST, LATER = 25_000, 8_000
"""Bytes: of a browser's first page with all that it loads, and of any after it."""
HEAD = 580
"""Bytes of the status line and headers of one answer, which scripts are not told."""
HEAVIER: dict[str, tuple[int, str]] = {
    "/adoption/places$": (
        15_000,
        "outlines of the country are 4 kB of it; 34 or 63 rows, two plots",
    ),
}
"""Pages that need more, by a pattern of their path: how much, and why (decision 39)."""

_LOADED = """() => performance.getEntriesByType("navigation")
    .concat(performance.getEntriesByType("resource"))
    .map((entry) => [entry.name, entry.transferSize, entry.encodedBodySize])"""


class Answer(Protocol):
    """An answer as any client has it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By name."""
        ...


def on_the_wire(answer: Answer) -> int:
    """Bytes of a body as they were sent, compressed where it was."""
    return int(answer.headers["content-length"])


def most_of(path: str) -> int:
    """What a page at that path may weigh, when what all pages load is there already."""
    return next((size for start, (size, _) in HEAVIER.items() if re.match(start, path)), LATER)


def look_at_weight(page: Page) -> None:
    """The open page and what the browser loaded for it are light; its cache costs nothing."""
    loaded = page.evaluate(_LOADED)
    path = urlsplit(page.url).path
    is_first = any(sent and urlsplit(name).path.endswith(".css") for name, sent, _ in loaded)
    weight = sum(body + HEAD for _, sent, body in loaded if sent)
    most = max(FIRST, most_of(path)) if is_first else most_of(path)
    assert weight <= most, f"{path} weighs {weight} B of {most}: {loaded}"
