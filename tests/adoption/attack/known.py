"""All that a reader knows: unknown counts by name, what is printed of them; and the truth."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from fastapi.testclient import TestClient

from idp.figures.disclosure import FEWEST
from idp.figures.partitions import FigureOf
from idp.figures.slice_rows import ActionKey, SliceKey
from tests.adoption.attack.country import Country
from tests.support.recovering import Reader

GIVE = 2
"""A count that is printed rounded to five is off by so many at most."""
Table = list[list[str]]
_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_CAPTION = re.compile(r"<caption>(.*?)</caption>", re.DOTALL)
_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass
class Version:
    """A freeze: its name in addresses, and what was frozen."""

    name: str
    rows: Mapping[SliceKey, int]
    actions: Mapping[ActionKey, int]

    @property
    def month(self) -> str:
        """As filters have it."""
        return self.name.partition("/")[0]


@dataclass
class Known:
    """What is collected by reading; `like` is the truth, which guides the search alone."""

    browser: TestClient
    country: Country
    versions: list[Version]
    reader: Reader = field(default_factory=Reader)
    like: dict[str, int] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)
    """Those that are numbers of somebody: not rests that nobody prints."""

    def rows(self, address: str) -> list[dict[str, Any]]:
        """A file."""
        found = self.browser.get(address)
        assert found.status_code == 200, found.text
        rows: list[dict[str, Any]] = found.json()
        return rows

    def page(self, address: str) -> str:
        """A page, in English."""
        found = self.browser.get(address)
        assert found.status_code == 200, found.text
        return found.text

    def name(self, version: Version, dimension: str, code: str, figure: FigureOf) -> str:
        """The cell of that figure; as it is frozen."""
        own = f"{version.name} {dimension}:{code} {' '.join(figure)}"
        return self.cell(own, version.rows.get(SliceKey(dimension, code, *figure), 0))

    def nation(self, version: Version, *figure: str) -> str:
        """A cell of the nation, as its file names it."""
        kind, name, window = figure
        truth = version.rows.get(SliceKey("country", "", kind, name, window), 0)
        return self.cell(f"{version.name} {kind} {name} {window}", truth)

    def cell(self, name: str, truth: int, *, is_somebody: bool = True) -> str:
        """A count; nobody prints it as long as nothing is told of it."""
        if name not in self.like:
            self.like[name] = truth
            self.reader.at_least({name: 1})
        if is_somebody:
            self.cells.add(name)
        return name

    def printed(self, name: str, value: float | None) -> None:
        """A rounded count; None: a star, and nobody knows whether there is anybody."""
        if value is not None:
            low = max(int(value) - GIVE, FEWEST)
            self.reader.between({name: 1}, low, int(value) + GIVE)

    def share(self, name: str, percent: float | None, of: float | None) -> None:
        """A whole percent, cut down, of a printed count: what the rounded numerator was."""
        if percent is not None and of is not None:
            least, most = -(-int(percent * of) // 100), -(-int((percent + 1) * of) // 100)
            self.reader.between({name: 1}, max(least - GIVE, FEWEST), most + GIVE)

    def adds_up(
        self, whole: str, parts: Iterable[str], *, rest: str = "", of_rest: int = 0
    ) -> None:
        """Parts are the whole, with those of `rest`, of whom nothing is printed."""
        signs = {whole: -1, **dict.fromkeys(parts, 1)}
        if rest:
            signs[self.cell(rest, of_rest)] = 1
        self.reader.told(signs, 0)

    def lies_within(self, outer: str, *inner: str) -> None:
        """Each alone, not together."""
        for each in inner:
            self.reader.at_least({outer: 1, each: -1})

    def is_union(self, whole: str, parts: Iterable[str]) -> None:
        """Everybody of the whole stands in a part, some in several."""
        names = list(dict.fromkeys(parts))
        self.lies_within(whole, *names)
        self.reader.at_least({whole: -1, **dict.fromkeys(names, 1)})

    def recovered(self, *, at_once: bool = False) -> tuple[list[str], list[str]]:
        """The cells of 1 to 9 that are known better than that; and all such cells.

        `at_once`: no more than follows without a search.
        """
        for told in self.reader.all_told:
            if not self.reader.derived & told.of.keys():
                is_so = sum(sign * self.like[name] for name, sign in told.of.items())
                assert told.low <= is_so <= told.high, (told, is_so)
        known = self.reader.known()
        ends = (1, FEWEST - 1)
        small = sorted(name for name in self.cells if 0 < self.like[name] < FEWEST)
        found = [
            name
            for name in small
            if not all(known[name][0] <= end <= known[name][1] for end in ends)
            or not (
                at_once
                or all(self.reader.allows(name, e, like=self.like, known=known) for e in ends)
            )
        ]
        return found, small


def tables_of(page: str) -> dict[str, Table]:
    """The tables of a page by their captions: rows of texts, those of headings among them."""
    found: dict[str, Table] = {}
    for table in _TABLE.findall(page):
        caption = _CAPTION.search(table)
        rows = [[text_of(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(table)]
        found[text_of(caption[1]) if caption else ""] = rows
    return found


def text_of(html: str) -> str:
    """What is read of it."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def said_of(said: list[str], words: str) -> int | None:
    """Of a sentence's groups (`12 given up`, `given up: not told`) what is said of one.

    None: a star, or nothing at all, as the whole is few.
    """
    if not said or f"{words}: not told" in said:
        return None
    found = next((each for each in said if each.endswith(words)), words)
    before = found.removesuffix(words).split()
    return int(before[-1].replace(",", "")) if before else 0


def number(text: str) -> int | None:
    """A printed count or whole percent; None: a star, or not known."""
    digits = re.sub(r"[^\d.]", "", text)
    return None if "*" in text or not digits else int(float(digits))
