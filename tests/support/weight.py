"""What a page weighs in a browser: what came over the wire for it, not what was kept before."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

FIRST, LATER = 25_000, 8_000
"""Bytes: of a browser's first page with all that it loads, and of any after it."""
HEAD = 580
"""Bytes of the status line and headers of one answer, which scripts are not told."""
_FIGURES = "public, without a form or a name: a proxy compresses it to a fifth"
HEAVIER: dict[str, tuple[int, str]] = {
    "/adoption$": (34_000, f"{_FIGURES}: four answers on one screen, the country as tiles"),
    "/adoption/places$": (90_000, f"{_FIGURES}: a map, two plots, 63 rows before the merger"),
    "/adoption/places/[^/]+$": (16_000, f"{_FIGURES}: a chart for two widths, 12 months"),
    "/adoption/agencies$": (40_000, f"{_FIGURES}: 34 provinces and all ministries"),
    "/adoption/agencies/[^/]+$": (14_000, f"{_FIGURES}: its services, systems, lists, action"),
    "/adoption/scores$": (10_000, f"{_FIGURES}: each component of 34 provinces or all ministries"),
    "/adoption/businesses$": (10_000, f"{_FIGURES}: six states of each kind of organization"),
    "/adoption/coverage$": (24_000, f"{_FIGURES}: 15 systems with what they owe, 12 months"),
    "/adoption/actions$": (32_000, f"{_FIGURES}: five actions with their queries, who moved"),
    "/adoption/months$": (32_000, f"{_FIGURES}: two charts for two widths, 18 months each"),
    "/adoption/figures$": (18_000, _FIGURES),
    "/adoption/(definitions|data)$": (24_000, f"{_FIGURES}: every figure, every column in words"),
    "/console/figures$": (10_000, "operators' own: eight provinces or agencies, five figures each"),
    "/portal/figures$": (14_000, "an agency's own figures: its systems, eight services, reasons"),
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
