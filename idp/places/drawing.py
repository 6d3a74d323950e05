"""How the provinces are drawn: outlines for a map, and tiles of one size for a small screen.

`tests/support/province_outlines.py` makes the outlines; `tiles.csv` is kept by hand.
"""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from idp.kit.immutable import immutable
from idp.places.load import MERGER

ATTRIBUTION = "Stephen Truong, @svg-maps/vietnam 2.0.0, CC BY 4.0"
"""Whose shapes the outlines were made of; their licence asks that it is shown with them."""
MAP_WIDTH, MAP_HEIGHT = 548, 806
"""What the outlines take, in their units."""


@immutable
class Outline:
    """A province, or an archipelago of one in an inset: `islands` is then its name."""

    code: str
    islands: str
    x: int
    y: int
    """Where its label stands, in the middle."""
    path: str


@immutable
class Tile:
    """Where a province stands in a grid, about where it lies in the country."""

    code: str
    column: int
    row: int


def outlines_on(day: date) -> tuple[Outline, ...]:
    """The provinces of that day, and both archipelagos."""
    return _outlines(_since(day))


def tiles_on(day: date) -> tuple[Tile, ...]:
    """The provinces of that day, the archipelagos being of theirs."""
    return _tiles(_since(day))


def _since(day: date) -> str:
    return "2025" if day >= MERGER else "2008"


@cache
def _outlines(since: str) -> tuple[Outline, ...]:
    return tuple(
        Outline(row["code"], row["islands"], int(row["x"]), int(row["y"]), row["path"])
        for row in _rows("outlines.csv", since)
    )


@cache
def _tiles(since: str) -> tuple[Tile, ...]:
    return tuple(
        Tile(row["code"], int(row["column"]), int(row["row"])) for row in _rows("tiles.csv", since)
    )


def _rows(name: str, since: str) -> list[dict[str, str]]:
    with (files("idp.places") / name).open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["since"] == since]
