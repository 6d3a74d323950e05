"""Where places stand on a map, and as tiles. Pure; `macros/country.html` draws it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from idp.adoption.shades import SHADES, UNKNOWN, Shade, shade_of
from idp.kit.immutable import immutable
from idp.places.drawing import MAP_HEIGHT, MAP_WIDTH, Outline, Tile, outlines_on, tiles_on

TILE_WIDTH, TILE_HEIGHT, GAP = 55, 27, 2
COLUMNS = 6
_ISLANDS = (("Hoàng Sa", "48"), ("Trường Sa", "56"))
"""Whose tiles stand in the last column, beside those of their provinces."""
_LONGEST = 9
"""Letters that a tile has room for."""
_SHORT = {"Hồ Chí Minh": "TP. HCM", "Bà Rịa - Vũng Tàu": "BR-VT", "Thừa Thiên Huế": "Huế"}


@immutable
class Shown:
    """What is shown of a place: its rate in percent points, unknown, or suppressed."""

    code: str
    name: str
    percent: float | None
    decimals: int
    is_suppressed: bool = False


@immutable
class Label:
    """The rate of a place, in the middle of it; on a tile below its name."""

    x: int
    y: int
    place: Shown
    name: str = ""


@immutable
class Group:
    """The places of one shade, drawn as one shape."""

    shade: Shade
    path: str
    labels: tuple[Label, ...]


@immutable
class Picture:
    """The places by shade, and the archipelagos' names."""

    width: int
    height: int
    groups: tuple[Group, ...]
    islands: tuple[tuple[int, int, str], ...]


def draw_map(places: Sequence[Shown], on: date) -> Picture:
    """The provinces of that day as outlines, both archipelagos in insets, whoever is shown."""
    by_code = {place.code: place for place in places}
    drawn = [(outline, _of(by_code, outline.code)) for outline in outlines_on(on)]
    return Picture(
        width=MAP_WIDTH,
        height=MAP_HEIGHT,
        groups=tuple(_groups((p, o.path, _map_label(o, p)) for o, p in drawn)),
        islands=tuple((o.x, o.y, o.islands) for o, _ in drawn if o.islands),
    )


def draw_tiles(places: Sequence[Shown], on: date) -> Picture:
    """The provinces of that day as tiles of one size, with both archipelagos."""
    by_code = {place.code: place for place in places}
    tiles = tiles_on(on)
    pieces: list[tuple[Shown, str, Label | None]] = [
        (p := _of(by_code, tile.code), _tile(tile), _tile_label(tile, p)) for tile in tiles
    ]
    rows = {tile.code: tile.row for tile in tiles}
    beside = [(name, Tile(code, COLUMNS - 1, rows[code])) for name, code in _ISLANDS]
    pieces += [(_of(by_code, tile.code), _dots(tile), None) for _, tile in beside]
    return Picture(
        width=COLUMNS * (TILE_WIDTH + GAP) - GAP,
        height=(max(rows.values()) + 1) * (TILE_HEIGHT + GAP) - GAP,
        groups=tuple(_groups(pieces)),
        islands=tuple((_middle(tile), _top(tile) + 25, name) for name, tile in beside),
    )


def _of(places: Mapping[str, Shown], code: str) -> Shown:
    return places.get(code) or Shown(code, "", None, 0)


def _groups(pieces: Iterable[tuple[Shown, str, Label | None]]) -> Iterable[Group]:
    found = [(shade_of(place.percent), path, label) for place, path, label in pieces]
    for shade in (*SHADES, UNKNOWN):
        path = "".join(path for own, path, _ in found if own == shade)
        if path:
            labels = tuple(label for own, _, label in found if own == shade and label)
            yield Group(shade, path, labels)


def _map_label(outline: Outline, place: Shown) -> Label | None:
    return None if outline.islands else Label(outline.x, outline.y + 4, place)


def _tile_label(tile: Tile, place: Shown) -> Label:
    return Label(_middle(tile), _top(tile) + 11, place, short_name(place.name))


def short_name(name: str) -> str:
    """As it fits on a tile: of two syllables that are too long the first is its letter."""
    if name in _SHORT or len(name) <= _LONGEST:
        return _SHORT.get(name, name)
    first, _, rest = name.partition(" ")
    return f"{first[0]}. {rest}"


def _left(tile: Tile) -> int:
    return tile.column * (TILE_WIDTH + GAP)


def _top(tile: Tile) -> int:
    return tile.row * (TILE_HEIGHT + GAP)


def _middle(tile: Tile) -> int:
    return _left(tile) + TILE_WIDTH // 2


def _tile(tile: Tile) -> str:
    return f"M{_left(tile)} {_top(tile)}h{TILE_WIDTH}v{TILE_HEIGHT}h-{TILE_WIDTH}z"


def _dots(tile: Tile) -> str:
    """Three islands, each eight pixels wide and a little more."""
    places = ((14, 9), (27, 6), (40, 10))
    left, top = _left(tile), _top(tile)
    return "".join(
        f"M{left + x - 4} {top + y}a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0" for x, y in places
    )
