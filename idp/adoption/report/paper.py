"""A template's HTML as blocks for paper: headings, paragraphs, tables, pictures. Pure.

So a report has the sentences, tables and charts of the pages, and no second list of them. What
stands there for narrow pages alone is left out, as are links: paper leads nowhere.
"""

import re
from dataclasses import asdict, dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from idp.kit.immutable import immutable

_SVG = '<svg xmlns="http://www.w3.org/2000/svg"'
_WHOLE_LINE = 560
"""Pixels of what is as wide as its page."""
_EMPTY = {"br", "img", "hr", "link", "meta", "input", "wbr", "col"}
_LEFT_OUT = {"at-narrow", "hidden"}
_LEADS = {"lead", "verdict-word"}
_ENDS = {"p", "h1", "h2", "h3", "figcaption", "li", "dt", "dd", "caption", "td", "th", "div"}


@immutable
class Words:
    """A piece of text."""

    text: str
    is_strong: bool = False


@immutable
class Picture:
    """A chart as SVG, with its result in a sentence; empty: it only decorates. Pixels."""

    svg: str
    said: str
    width: float
    height: float


Piece = Words | Picture


@dataclass
class Block:
    """A heading (`h2`, `h3`), a paragraph (`p`, `lead`, `small`), a point (`li`), a picture."""

    kind: str
    pieces: list[Piece] = field(default_factory=list)


@dataclass
class Cell:
    """One cell of a table."""

    pieces: list[Piece] = field(default_factory=list)
    is_number: bool = False
    is_heading: bool = False


@dataclass
class Table:
    """A table with its caption; the rows of `head` are repeated on each page."""

    caption: list[Piece] = field(default_factory=list)
    head: list[list[Cell]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    kind: str = "table"


def read_paper(html: str) -> list[Block | Table]:
    """The blocks, in their order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [block for block in reader.blocks if isinstance(block, Table) or block.pieces]


def as_json(blocks: list[Block | Table]) -> list[dict[str, Any]]:
    """What the typesetting program reads."""
    return [asdict(block) for block in blocks]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[Block | Table] = []
        self._left_out = 0
        """Elements that are open in one that is left out, that one with them."""
        self._strong = 0
        self._drawn: list[str] | None = None
        self._drawn_depth = 0
        self._table: Table | None = None
        self._into: list[Piece] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = {*(given.get("class") or "").split()}
        if self._left_out or classes & _LEFT_OUT or tag == "a":
            self._left_out += tag not in _EMPTY
        elif self._drawn is not None or tag == "svg":
            self._draw(tag, given)
        elif tag in ("strong", "b"):
            self._strong += 1
        elif tag == "br":
            self._say(" ")
        else:
            self._open(tag, classes)

    def handle_startendtag(self, _tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if self._drawn is not None and not self._left_out:
            self._drawn.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self._left_out:
            self._left_out -= tag not in _EMPTY
        elif self._drawn is not None:
            self._drawn.append(f"</{tag}>")
            self._drawn_depth -= tag == "svg"
            if not self._drawn_depth:
                self._keep_drawn()
        elif tag in ("strong", "b"):
            self._strong -= 1
        elif tag == "table":
            self._table = self._into = None
        elif tag in _ENDS and self._table is None:
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._left_out:
            return
        if self._drawn is not None:
            self._drawn.append(data)
        else:
            self._say(data)

    def handle_entityref(self, name: str) -> None:
        self._refer(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._refer(f"&#{name};")

    def _refer(self, reference: str) -> None:
        self.handle_data(reference if self._drawn is not None else unescape(reference))

    def _open(self, tag: str, classes: set[str]) -> None:
        if tag == "table":
            self._table = Table()
            self.blocks.append(self._table)
        elif self._table is not None:
            self._open_in_table(self._table, tag, classes)
        elif tag in ("h2", "h3", "p", "li", "figcaption"):
            is_small = "small" in classes or "soft" in classes or tag == "figcaption"
            usual = "small" if is_small else "p" if tag == "figcaption" else tag
            block = Block("lead" if classes & _LEADS else usual)
            self.blocks.append(block)
            self._into = block.pieces

    def _open_in_table(self, table: Table, tag: str, classes: set[str]) -> None:
        match tag:
            case "caption":
                self._into = table.caption
            case "thead":
                table.head.append([])
            case "tr" if table.rows or not table.head or table.head[-1]:
                table.rows.append([])
            case "td" | "th":
                is_head = table.head and not table.rows
                cell = Cell(is_number="number" in classes, is_heading=tag == "th")
                (table.head if is_head else table.rows)[-1].append(cell)
                self._into = cell.pieces

    def _say(self, text: str) -> None:
        if self._into is None:
            return
        said = re.sub(r"\s+", " ", text)
        last = self._into[-1] if self._into else None
        if (isinstance(last, Words) and last.text.endswith(" ")) or last is None:
            said = said.removeprefix(" ")
        if said:
            self._into.append(Words(said, is_strong=self._strong > 0))

    def _draw(self, tag: str, given: dict[str, str | None]) -> None:
        if self._drawn is None:
            self._drawn, self._drawn_depth = [], 0
            self._drawn_as = given
        self._drawn.append(self.get_starttag_text() or "")
        self._drawn_depth += tag == "svg"

    def _keep_drawn(self) -> None:
        given, svg = self._drawn_as, "".join(self._drawn or ())
        self._drawn = None
        width = given.get("width") or ""
        pixels = float(width) if width.isdecimal() else _WHOLE_LINE
        if width.endswith("%"):
            svg = svg.replace(f'width="{width}"', f'width="{pixels:g}"', 1)
        said = given.get("aria-label") or ""
        picture = Picture(
            _SVG + svg.removeprefix("<svg"), said, pixels, float(given.get("height") or 0)
        )
        if self._into is None:
            self.blocks.append(Block("picture", [picture]))
        else:
            self._into.append(picture)
