"""Sets of subjects, their unions over windows, and the figures that are counted from them. Pure.

A subject is a person (by `subject_number`) or an organization (by `organization_number`). A figure
as of a day counts only subjects that are live at its end: an account closed in the evening is in no
figure of that day, and is back in all of them on the day it is opened again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from pyroaring import BitMap

from idp.catalogue.models import Tier
from idp.figures.days import DAY, each_day, month_end, month_start
from idp.figures.state import State
from idp.journal.replay import Uses
from idp.organizations.models import OrganizationKind

PERSON = "person"
ORGANIZATION = "organization"

ROLLING_DAYS = 365
ROLLING = "rolling_365"
"""The 365 days that end with the as-of day."""
MONTHS = "months_12"
"""The 12 whole months that end with the as-of day, itself the end of a month."""
AT_DAY = "at_day"
"""No window: the state at the end of the as-of day."""


class Figure(StrEnum):
    """What is counted; `definitions.py` defines each in words."""

    REG = "REG"
    VER1 = "VER1"
    VER2 = "VER2"
    VER = "VER"
    ACT = "ACT"
    UNI_USED = "UNI_USED"
    PART = "PART"


STATES = frozenset({Figure.REG, Figure.VER1, Figure.VER2, Figure.VER})
"""Figures of one day alone; the others are counted over a window."""


class Count(NamedTuple):
    """A figure of one kind of subject; `subject_kind` is `person` or a kind of organization."""

    subject_kind: str
    figure: Figure
    value: int


class Use(defaultdict[tuple[str, str], BitMap]):
    """Who had a counted success: (subject kind, name) → subjects.

    Names: `any`, at any acr; `strong`, at an acr that counts (LoA2 or higher); `central` and
    `local`, strong and for a service owned by an agency of that tier.
    """

    NAMES = ("any", "strong", "central", "local")

    def __init__(self) -> None:
        super().__init__(BitMap)

    def add(self, uses: Uses, strong_acrs: frozenset[str]) -> None:
        """Take in one group of successes."""
        names = ["any"]
        if uses.acr in strong_acrs:
            names.append("strong")
            if uses.tier is not None:
                names.append("local" if Tier(uses.tier).is_local else "central")
        for name in names:
            self[PERSON, name].update(uses.persons)
            if uses.organizations:
                self[ORGANIZATION, name].update(uses.organizations)

    def copy(self) -> "Use":
        """The same, which goes on by itself."""
        copied = Use()
        copied.update((key, members.copy()) for key, members in self.items())
        return copied

    @classmethod
    def union(cls, parts: Iterable["Use"]) -> "Use":
        """Who is in any of the parts."""
        bitmaps: dict[tuple[str, str], list[BitMap]] = {}
        for key, bitmap in chain.from_iterable(part.items() for part in parts):
            bitmaps.setdefault(key, []).append(bitmap)
        united = cls()
        united.update((key, BitMap.union(*several)) for key, several in bitmaps.items())
        return united


def count_figures(state: State, window: Use) -> Iterator[Count]:
    """Every figure of persons and of each kind of organization, at `state` and over `window`."""
    people = state.persons
    live, proven = people["live"], people["live"] & people["proofed_1"]
    highly_proven = proven & people["proofed_2"]
    yield Count(PERSON, Figure.REG, len(live))
    yield Count(PERSON, Figure.VER1, len(proven))
    yield Count(PERSON, Figure.VER2, len(highly_proven))
    yield from _count_use(PERSON, live, proven, window, PERSON)
    represented = state.represented_by(highly_proven)
    for kind in OrganizationKind:
        live = state.organizations["live"] & state.organizations[kind]
        yield Count(kind, Figure.REG, len(live))
        yield Count(kind, Figure.VER, len(live & represented))
        yield from _count_use(kind, live, live & represented, window, ORGANIZATION)


def _count_use(
    kind: str, live: BitMap, proven: BitMap, window: Use, subject_kind: str
) -> Iterator[Count]:
    both = window[subject_kind, "central"] & window[subject_kind, "local"]
    yield Count(kind, Figure.ACT, proven.intersection_cardinality(window[subject_kind, "strong"]))
    yield Count(kind, Figure.UNI_USED, live.intersection_cardinality(both))
    yield Count(kind, Figure.PART, live.intersection_cardinality(window[subject_kind, "any"]))


class Windows:
    """The use of each closed day; days are added in order, an absent day had none."""

    def __init__(self, days: dict[date, Use]) -> None:
        self._days = days
        self._months: dict[date, Use] = {}

    def add(self, day: date, use: Use) -> None:
        """The next day's use."""
        self._days[day] = use

    def forget(self, *, before: date) -> None:
        """Drop days older than that, and months that begin there: no window reaches them again."""
        for known in (self._days, self._months):
            for day in [day for day in known if day < before]:
                del known[day]

    def span(self, first: date, last: date) -> Use:
        """Who is in any day from `first` to `last`, both included and closed."""
        parts: list[Use] = []
        day = first
        while day <= last:
            if day.day == 1 and month_end(day) <= last:
                parts.append(self._month(day))
                day = month_end(day) + DAY
            else:
                if day in self._days:
                    parts.append(self._days[day])
                day += DAY
        return Use.union(parts)

    def rolling(self, last: date, *, days: int = ROLLING_DAYS) -> Use:
        """The window of so many days that ends with `last`."""
        return self.span(last - (days - 1) * DAY, last)

    def whole_months(self, last: date, *, months: int = 12) -> Use:
        """The window of so many whole months that ends with `last`, the end of a month."""
        return self.span(month_start(last, months_before=months - 1), last)

    def _month(self, first: date) -> Use:
        if first not in self._months:
            days = (self._days.get(day) for day in each_day(first, month_end(first)))
            self._months[first] = Use.union(use for use in days if use is not None)
        return self._months[first]
