"""Age bands and sexes: who belongs to which, and the residents that they are a share of. Pure.

The age in a month is the one that somebody reaches in its year: the journal knows the year of birth
alone. Residents are told of each band and sex; the sum over a band, or a sex, is known when all its
parts are: a missing part makes it unknown, never less.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pyroaring import BitMap

from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import Dimension, SliceKey
from idp.people.models import Sex

COUNTED = "residents.counted"
AGE_BANDS = {"0-13": 0, "14-17": 14, "18-29": 18, "30-44": 30, "45-59": 45, "60+": 60}
"""Code of a band → the youngest of it, in years."""
SEXES = (Sex.FEMALE, Sex.MALE)
"""By which residents are counted."""


def band_of(age: int) -> str:
    """The band of an age in whole years."""
    return [band for band, youngest in AGE_BANDS.items() if youngest <= max(age, 0)][-1]


@dataclass
class Traits:
    """Who was born in which year, and is of which sex; who is in none is not known."""

    born: dict[int, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    sexes: dict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))

    def tell(self, subject: int, data: Mapping[str, Any]) -> None:
        """Take in what an entry says of somebody."""
        if "born" in data:
            _put(self.born, int(data["born"]), subject)
        if "sex" in data:
            _put(self.sexes, str(data["sex"]), subject)

    def cuts(self, last: date, among: BitMap) -> Iterator[tuple[Dimension, str, BitMap]]:
        """Those of `among` by age band and by sex; the last of each are those not known."""
        ages: dict[str, BitMap] = defaultdict(BitMap)
        for year, members in self.born.items():
            ages[band_of(last.year - year)] |= members
        for dimension, parts in ((Dimension.AGE, ages), (Dimension.SEX, self.sexes)):
            for code, members in parts.items():
                yield dimension, code, among & members
            yield dimension, "", among - BitMap.union(BitMap(), *parts.values())


def _put(parts: dict[Any, BitMap], code: object, subject: int) -> None:
    if subject in parts[code]:
        return
    for members in parts.values():
        members.discard(subject)
    parts[code].add(subject)


def group_populations(entries: Iterable[Mapping[str, Any]], *, last: date) -> dict[SliceKey, int]:
    """POP of each age band and sex, by the newest counts that are whole on that day.

    `entries` are the journal's `residents.counted`, oldest first.
    """
    counts: dict[date, dict[tuple[str, str], int]] = defaultdict(dict)
    for data in entries:
        counted_on = date.fromisoformat(data["counted_on"])
        if counted_on <= last:
            counts[counted_on][data["age"], data["sex"]] = int(data["value"])
    rows: dict[SliceKey, int] = {}
    for _, cells in sorted(counts.items()):
        parts = [(Dimension.AGE, band, [(band, sex) for sex in SEXES]) for band in AGE_BANDS]
        parts += [(Dimension.SEX, sex, [(band, sex) for band in AGE_BANDS]) for sex in SEXES]
        for dimension, code, needed in parts:
            if all(cell in cells for cell in needed):
                rows[SliceKey(dimension, code, PERSON, "POP", AT_DAY)] = sum(
                    cells[cell] for cell in needed
                )
    return rows
