"""What the figures of a month are a share of: the newest counts of the country and of each place.

What a merged province has is the sum of its parts, known when all of them are; a missing part makes
it unknown, never less. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import Dimension, SliceKey
from idp.places.crosswalk import Crosswalk

_FIGURES = {
    "residents": (PERSON, "POP"),
    "residents_14": (PERSON, "POP_14"),
    "enterprises": ("enterprise", "POP"),
}
"""Kind of count → kind of subject and figure."""


def populations(
    entries: Iterable[Mapping[str, Any]], *, last: date, crosswalk: Crosswalk
) -> dict[SliceKey, int]:
    """POP of the country and of each province, by the newest counts that hold on that day.

    `entries` are the journal's `denominator.set`, oldest first.
    """
    counts: dict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    for data in entries:
        counted_on, held = date.fromisoformat(data["counted_on"]), data.get("in_force_on")
        if counted_on <= last and (not held or date.fromisoformat(held) <= last):
            counts[data["kind"], counted_on][data.get("place") or ""] = int(data["value"])
    rows: dict[SliceKey, int] = {}
    for (kind, counted_on), by_place in sorted(counts.items()):
        subject, figure = _FIGURES[kind]
        for dimension, code, value in _sums(by_place, counted_on, last, crosswalk):
            rows[SliceKey(dimension, code, subject, figure, AT_DAY)] = value
    return rows


def _sums(
    counts: Mapping[str, int], counted_on: date, last: date, crosswalk: Crosswalk
) -> Iterator[tuple[Dimension, str, int]]:
    if "" in counts:
        yield Dimension.COUNTRY, "", counts[""]
    if len(counts) <= ("" in counts):
        return
    sums: dict[tuple[Dimension, str], list[int | None]] = defaultdict(list)
    for place in crosswalk.standing_on(counted_on):
        part = counts.get(place.code)
        sums[Dimension.PLACE, crosswalk.now(place).code].append(part)
        if crosswalk.changed_after(last):
            sums[Dimension.PLACE_THEN, crosswalk.on(place, last).code].append(part)
    for (dimension, code), parts in sums.items():
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            yield dimension, code, sum(known)
