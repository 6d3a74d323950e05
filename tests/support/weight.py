"""What a page weighs in a browser: what came over the wire for it, not what was kept before."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

FIRST, LATER = 25_000, 8_000
"""Bytes: of a browser's first page with all that it loads, and of any after it."""
HEAD = 580
"""Bytes of the status line and headers of one answer, which scripts are not told."""
HEAVIER: dict[str, tuple[int, str]] = {
    "/adoption$": (47_000, "public, without a form or a name: a proxy compresses it to 9 kB"),
    "/signin/[^/]+/confirm$": (
        8_800,
        "a mailed code and a new app at once: in two pages it is 12 kB",
    ),
}
"""Pages that need more, by a pattern of their path: how much, and why (decision 39's table)."""

_LOADED = """() => performance.getEntriesByType("navigation")
    .concat(performance.getEntriesByType("resource"))
    .map((entry) => [entry.name, entry.transferSize, entry.encodedBodySize])"""


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
