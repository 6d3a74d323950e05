"""Writes `idp/places/outlines.csv`: the 63 provinces, and the 34 they were merged to, simplified.

    npm pack @svg-maps/vietnam@2.0.0 && tar xzf svg-maps-vietnam-2.0.0.tgz
    python -m tests.support.province_outlines package/vietnam.svg

The shapes are by Stephen Truong and the contributors of svg-maps, CC BY 4.0. Their borders do not
meet exactly, so they are painted on a fine raster first: what lies between two provinces goes to
the nearer one, and a border is then one line that both sides share and that is simplified once.

Columns: `since` (2008: the 63 provinces, 2025: the 34), `code`, `islands` (the name of an
archipelago, drawn as circles in an inset, as it would not be seen otherwise; empty for the land),
`x` and `y` of a label, `path` (SVG, in units of the source).
"""

import csv
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import idp

CELL = 0.5
"""Edge of a raster cell, in units of the source."""
REACH = 4
"""Cells that a gap between two shapes may be wide to each side."""
TOLERANCE = 0.9
"""Units by which a simplified line may leave the border."""
SMALLEST = 14
"""Square units of the smallest island drawn, but for a place's largest part."""
ISLANDS = {
    "hoangsa": ("48", "Hoàng Sa", (430, 385, 100, 60)),
    "truongsa": ("56", "Trường Sa", (430, 590, 100, 110)),
}
"""The archipelagos: the code of their province, before and after 2025 (Đà Nẵng, Khánh Hòa), their
name, and left, top, width and height of the inset."""
RADIUS = 4.5
"""Of an island in an inset."""
OTHER_NAMES = {"baria": "77", "hcm": "79", "tthue": "46"}

Point: TypeAlias = tuple[float, float]
Node: TypeAlias = tuple[int, int]
Raster: TypeAlias = dict[Node, str]

_PLACES = Path(idp.__file__).parent / "places"
_OPERANDS = {"m": 2, "l": 2, "c": 6, "h": 1, "v": 1}
_TOKEN = re.compile(r"[a-df-zA-DF-Z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")


def main(source: Path) -> None:
    """Write the table."""
    rows = _rows("provinces_2025_mapping.csv")
    codes = {_plain(row["old_name_vi"]): row["old_code"] for row in rows} | OTHER_NAMES
    merged = {row["old_code"]: row["new_code"] for row in rows}
    shapes = dict(_shapes(source.read_text("utf-8")))
    provinces = {codes[n]: rings for n, rings in shapes.items() if n not in ISLANDS}
    assert len(provinces) == len(merged) == 63
    raster = fill_gaps(paint(provinces))
    with (_PLACES / "outlines.csv").open("w", encoding="utf-8", newline="") as file:
        _write(csv.writer(file, lineterminator="\n"), raster, merged, shapes)


def _write(
    writer: "csv._writer",
    raster: Raster,
    merged: dict[str, str],
    shapes: dict[str, list[list[Point]]],
) -> None:
    writer.writerow(("since", "code", "islands", "x", "y", "path"))
    for since, owner in ((2008, {c: c for c in merged}), (2025, merged)):
        for code, rings in sorted(outline({cell: owner[c] for cell, c in raster.items()}).items()):
            x, y = label_point(cell for cell, c in raster.items() if owner[c] == code)
            writer.writerow((since, code, "", round(x), round(y), path(rings)))
        for shape, (code, name, inset) in ISLANDS.items():
            left, top, width, _ = inset
            drawn = circles(shapes[shape], inset)
            writer.writerow((since, code, name, left + width // 2, top - 14, drawn))


def _rows(name: str) -> list[dict[str, str]]:
    with (_PLACES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _plain(name: str) -> str:
    """As the source spells it: `Đắk Lắk` is `daklak`."""
    letters = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


def _shapes(svg: str) -> Iterator[tuple[str, list[list[Point]]]]:
    for name, drawn in re.findall(r'<path\s+id="([^"]+)"[^>]*?\sd="([^"]+)"', svg):
        yield name, read_path(drawn)


def read_path(drawn: str) -> list[list[Point]]:
    """The rings of an SVG path; of a curve its end."""
    tokens, at, (x, y), command = _TOKEN.findall(drawn), 0, (0.0, 0.0), ""
    rings: list[list[Point]] = []
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
            if command in "zZ":
                x, y = rings[-1][0]
                continue
            if command in "mM":
                rings.append([])
        count = _OPERANDS[command.lower()]
        a, b = (float(token) for token in tokens[at : at + count][-2:])
        at += count
        x, y = (a, b) if command.isupper() else (x + a, y + b)
        rings[-1].append((x, y))
    return rings


def paint(provinces: dict[str, list[list[Point]]]) -> Raster:
    """Which province the middle of each cell lies in, by the even-odd rule."""
    raster: Raster = {}
    for code, rings in provinces.items():
        crossings: dict[int, list[float]] = defaultdict(list)
        for ring in rings:
            for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
                low, high = sorted((y0, y1))
                for row in range(int(low / CELL) - 1, int(high / CELL) + 2):
                    y = (row + 0.5) * CELL
                    if low <= y < high:
                        crossings[row].append(x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        for row, found in crossings.items():
            found.sort()
            for left, right in zip(found[::2], found[1::2], strict=True):
                for column in range(int(left / CELL + 0.5), int(right / CELL + 0.5)):
                    raster.setdefault((column, row), code)
    return raster


def _beside(cell: Node) -> tuple[Node, ...]:
    x, y = cell
    return (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)


def fill_gaps(raster: Raster) -> Raster:
    """Grow every province, then take back what touches the outside: gaps stay filled."""
    grown = dict(raster)
    for _ in range(REACH):
        edge = {n: code for cell, code in grown.items() for n in _beside(cell) if n not in grown}
        grown.update(edge)
    for _ in range(REACH):
        new = [cell for cell in grown if cell not in raster]
        for cell in [cell for cell in new if any(n not in grown for n in _beside(cell))]:
            del grown[cell]
    return grown


def outline(raster: Raster) -> dict[str, list[list[Node]]]:
    """Of each place its rings of simplified borders, the largest first."""
    lines = [(owner, _simplified(arc)) for arc, owner in _arcs(raster).items()]
    rings: dict[str, list[list[Node]]] = {}
    for code in set(raster.values()):
        found = list(_rings(line for owner, line in lines if owner == code))
        found.sort(key=lambda ring: -abs(area(ring)))
        rings[code] = [r for i, r in enumerate(found) if i == 0 or abs(area(r)) >= SMALLEST]
    return rings


def _arcs(raster: Raster) -> dict[tuple[Node, ...], str]:
    """The borders between junctions, each with the place to its right; both directions."""
    onward: dict[tuple[Node, Node], str] = {}
    for (x, y), code in raster.items():
        corners = ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))
        for neighbour, i in (((x, y - 1), 0), ((x + 1, y), 1), ((x, y + 1), 2), ((x - 1, y), 3)):
            if raster.get(neighbour) != code:
                onward[corners[i], corners[(i + 1) % 4]] = code
    around: dict[Node, set[Node]] = defaultdict(set)
    for a, b in onward:
        around[a].add(b)
        around[b].add(a)
    arcs: dict[tuple[Node, ...], str] = {}
    seen: set[tuple[Node, Node]] = set()
    starts = [edge for edge in sorted(onward) if len(around[edge[0]]) != 2]
    for start in (*starts, *sorted(onward)):
        if start in seen:
            continue
        line = [*start]
        seen.add(start)
        while len(around[line[-1]]) == 2 and line[-1] != line[0]:
            (after,) = around[line[-1]] - {line[-2]}
            seen.add((line[-1], after))
            line.append(after)
        arcs[tuple(line)] = onward[start]
    return arcs


def _rings(lines: Iterable[list[Node]]) -> Iterator[list[Node]]:
    """Borders end to end; at a corner where a place meets itself, whichever comes."""
    onward: dict[Node, list[list[Node]]] = defaultdict(list)
    for line in lines:
        onward[line[0]].append(line)
    while any(onward.values()):
        start = next(node for node, found in onward.items() if found)
        ring = list(onward[start].pop())
        while ring[-1] != ring[0]:
            ring += onward[ring[-1]].pop()[1:]
        if len(ring) > 3:
            yield ring[:-1]


def _simplified(arc: tuple[Node, ...]) -> list[Node]:
    """The same line whichever way it is gone."""
    back = arc[::-1]
    return simplify(list(arc)) if arc <= back else simplify(list(back))[::-1]


def simplify(line: list[Node]) -> list[Node]:
    """Douglas and Peucker; a closed line by its halves."""
    if line[0] == line[-1]:
        half = max(range(len(line)), key=lambda i: _square(line[0], line[i]))
        return simplify(line[: half + 1])[:-1] + simplify(line[half:])
    keep, open_spans = {0, len(line) - 1}, [(0, len(line) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        far, at = max(
            ((_distance(line[i], line[first], line[last]), i) for i in range(first + 1, last)),
            default=(0.0, first),
        )
        if far * CELL > TOLERANCE:
            keep.add(at)
            open_spans += [(first, at), (at, last)]
    return [line[i] for i in sorted(keep)]


def _square(a: Node, b: Node) -> int:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _distance(p: Node, a: Node, b: Node) -> float:
    """From the point to the line through two others, in cells."""
    length = _square(a, b) ** 0.5
    return abs((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / length


def area(ring: list[Node]) -> float:
    """In square units of the source."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return CELL**2 * sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def label_point(cells: Iterable[Node]) -> Point:
    """The cell that lies deepest inside, so that a name fits."""
    inside = set(cells)
    depth = 0
    while inside:
        last, depth = inside, depth + 1
        inside = {c for c in inside if all(n in inside for n in _beside(c))}
    middle = (sum(x for x, _ in last) / len(last), sum(y for _, y in last) / len(last))
    x, y = min(last, key=lambda c: _square(c, (round(middle[0]), round(middle[1]))))
    return (x + 0.5) * CELL, (y + 0.5) * CELL


def path(rings: list[list[Node]]) -> str:
    """Whole units, each point as the way from the one before."""
    return "".join(_drawn([(round(x * CELL), round(y * CELL)) for x, y in ring]) for ring in rings)


def circles(rings: list[list[Point]], inset: tuple[int, int, int, int]) -> str:
    """The islands in an inset, where they are to each other, but for those too close."""
    left, top, width, height = inset
    xs, ys = ([p[axis] for ring in rings for p in ring] for axis in (0, 1))
    scale = min(width / (max(xs) - min(xs)), height / (max(ys) - min(ys)))
    kept: list[Point] = []
    for ring in sorted(rings, key=len, reverse=True):
        x = left + scale * (sum(p[0] for p in ring) / len(ring) - min(xs))
        y = top + scale * (sum(p[1] for p in ring) / len(ring) - min(ys))
        if all((x - a) ** 2 + (y - b) ** 2 > (2.2 * RADIUS) ** 2 for a, b in kept):
            kept.append((x, y))
    r = f"{RADIUS:g}"
    return "".join(
        f"M{x - RADIUS:.0f} {y:.0f}a{r} {r} 0 1 0 {2 * RADIUS:g} 0a{r} {r} 0 1 0-{2 * RADIUS:g} 0"
        for x, y in kept
    )


def _drawn(ring: list[Node]) -> str:
    steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(ring) if a != b]
    return f"M{ring[0][0]} {ring[0][1]}l{' '.join(steps)}z".replace(" -", "-")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
