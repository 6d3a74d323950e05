"""What scores take from delivered lists and from how long requests wait, of a frozen month.

What a unit owes and did not deliver counts as if all of it went past this sign-in: of several
systems each has the same weight, so that nobody gains by leaving a list out. A system that
delivered and that nobody used has nothing that could have gone past it, and is in no mean.
"""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from uuid import UUID

from sqlalchemy.orm import Session

from idp.figures.disclosure import disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.score import Measure, Share, delivered, of_lists
from idp.figures.sets import AT_DAY
from idp.figures.slice_rows import MONTH_BEFORE, YEAR, Dimension
from idp.figures.slices import FigureOf, figures_by
from idp.figures.stated import systems_of
from idp.figures.system_counts import SYSTEM
from idp.figures.units import UnitKey

_COUNTS: tuple[FigureOf, ...] = (
    (SYSTEM, "LISTS_DUE", YEAR),
    (SYSTEM, "LISTS_ON_TIME", YEAR),
    (SYSTEM, "LIVE_DUE", YEAR),
    (SYSTEM, "LIVE_IN_TIME", YEAR),
    (SYSTEM, "SYSTEMS", AT_DAY),
    (SYSTEM, "SYSTEMS_EXCLUSIVE", AT_DAY),
)


def read_list_measures(
    db: Session, month: FrozenMonth, *, unit_of: Mapping[UUID, UnitKey]
) -> dict[UnitKey, dict[str, Measure]]:
    """By unit and component, each system being its owner's of that month; `unit_of` an agency."""
    sums: dict[UnitKey, dict[FigureOf, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    for code, figures in figures_by(db, month, Dimension.AGENCY).items():
        if code and (unit := unit_of.get(UUID(code))):
            for key in _COUNTS:
                sums[unit][key] += figures.get(key, 0)
    kept: dict[UnitKey, list[Fraction | None]] = defaultdict(list)
    told = systems_of(db, month).on(month.month_on)
    for code, figures in figures_by(db, month, Dimension.SYSTEM).items():
        whose = unit_of.get(UUID(told[code].agency)) if code in told else None
        if whose and figures.get((SYSTEM, "LISTS_DUE", MONTH_BEFORE)) and not _is_idle(figures):
            kept[whose].append(_kept(figures))
    return {
        unit: {**_of_sums(counts), "no_leakage": no_leakage(kept[unit])}
        for unit, counts in sums.items()
    }


def no_leakage(systems: list[Fraction | None]) -> Measure:
    """The mean of what did not go past this sign-in; None: a system whose list is missing."""
    can_deliver, delivered_any = bool(systems), any(each is not None for each in systems)
    mean = sum((each or Fraction(0) for each in systems), Fraction(0)) / (len(systems) or 1)
    whole = mean.denominator if delivered_any else None
    return of_lists(mean.numerator, whole, can_deliver=can_deliver)


def _is_idle(figures: Mapping[FigureOf, int]) -> bool:
    """Whether its list is there, and nobody of whom is told signed in to it either way."""
    every = disclose(figures.get(("sign_in", "LEAK_OF", MONTH_BEFORE), 0)).value
    return bool(figures.get((SYSTEM, "LISTS_DELIVERED", MONTH_BEFORE))) and not every


def _kept(figures: Mapping[FigureOf, int]) -> Fraction | None:
    """By counts as outside readers see them; fewer local sign-ins than are told are none."""
    if not figures.get((SYSTEM, "LISTS_DELIVERED", MONTH_BEFORE)):
        return None
    local, every = (
        disclose(figures.get(("sign_in", name, MONTH_BEFORE), 0)).value or 0
        for name in ("LOCAL", "LEAK_OF")
    )
    return 1 - Fraction(min(local, every), every)


def _of_sums(counts: Mapping[FigureOf, int]) -> dict[str, Measure]:
    due, on_time, asked, in_time, systems, exclusive = (counts[key] for key in _COUNTS)
    measures: dict[str, Measure] = {
        "lists": delivered(on_time, of=due, can_deliver=due > 0),
        "live_in_time": Share(in_time, asked),
    }
    if systems:
        measures["exclusive_systems"] = Share(exclusive, systems)
    return measures
