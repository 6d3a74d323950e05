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
<<<<<<< HEAD
    "/adoption/places$": (
        15_000,
        "outlines of the country are 4 kB of it; 34 or 63 rows, two plots",
    ),
=======
    "/adoption$": (24_000, f"{_FIGURES}: four answers on one screen, the country as tiles"),
    "/adoption/places$": (86_000, f"{_FIGURES}: a map, two plots, 63 rows before the merger"),
    "/adoption/places/[^/]+$": (17_000, f"{_FIGURES}: a chart for two widths, 12 months, when"),
    "/adoption/why$": (16_000, f"{_FIGURES}: ten states, reasons, whose services are missing"),
    "/adoption/agencies$": (51_000, f"{_FIGURES}: 34 provinces, all ministries with their scores"),
    "/adoption/agencies/[^/]+$": (15_000, f"{_FIGURES}: its services, systems, lists, 12 months"),
    "/adoption/services/[^/]+$": (10_000, f"{_FIGURES}: 12 months, what to do"),
    "/adoption/systems/[^/]+$": (13_000, f"{_FIGURES}: its services, lists, 12 months"),
    "/adoption/coverage$": (21_000, f"{_FIGURES}: 15 systems with what they owe, 12 months"),
    "/adoption/actions$": (23_000, f"{_FIGURES}: five actions with their queries, who moved"),
    "/adoption/months$": (29_000, f"{_FIGURES}: two charts for two widths, 18 months each"),
    "/adoption/figures$": (17_000, _FIGURES),
    "/adoption/groups$": (20_000, f"{_FIGURES}: five small tables, each with a chart"),
>>>>>>> fin
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
