"""Who is behind: places in the order of their rates, as outside readers see them. Pure.

Places whose printed rates are the same share a rank. A place stands out only where its rate lies
outside the 99.8% limits around the whole's: a small one differs by chance.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import sqrt

from idp.figures.disclosure import Shown
from idp.figures.frozen import PlaceRate
from idp.kit.immutable import immutable
from idp.kit.shares import cut_down
from idp.settings.people import Target

LIMIT = 3.09
"""Standard deviations to each side that hold 99.8% of what chance makes."""
FEWEST_RANKED = 100
"""Residents below which a place has no rank."""


class Band(StrEnum):
    """Where a rate lies to the whole's."""

    LOW = "low"
    USUAL = "usual"
    HIGH = "high"


@immutable
class Standing:
    """One place in the ranking."""

    place: PlaceRate
    shown: Shown
    gap: int | None
    """Subjects missing to the target."""
    rank: int | None
    """1 has the highest rate; None: too few residents, or nothing is shown."""
    change: float | None
    """Percent points since the month before."""
    climbed: int | None
    """Ranks since the month before: positive where it rose."""
    band: Band | None


def rank_places(
    places: Sequence[PlaceRate], *, whole_percent: float | None, target: Target
) -> list[Standing]:
    """All places, the lowest rate first, those without one last."""
    now = {p.code: Shown.of(p.uni_used, p.population, target=target) for p in places}
    past = {p.code: Shown.of(p.uni_used_before, p.population_before, target=target) for p in places}
    ranks, ranks_before = _ranks(now), _ranks(past)
    standings = []
    for place in places:
        shown, before = now[place.code], past[place.code]
        rank, rank_before = ranks.get(place.code), ranks_before.get(place.code)
        is_compared = shown.percent is not None and before.percent is not None
        standings.append(
            Standing(
                place=place,
                shown=shown,
                gap=shown.gap(target),
                rank=rank,
                change=_printed(shown) - _printed(before) if is_compared else None,
                climbed=rank_before - rank if rank and rank_before else None,
                band=_band(shown, whole_percent),
            )
        )
    return sorted(standings, key=_lowest_first)


def by_gap(standings: Sequence[Standing]) -> list[Standing]:
    """Most missing first, unknown last."""
    return sorted(standings, key=lambda s: (s.gap is None, -(s.gap or 0), s.place.code))


def lowest(standings: Sequence[Standing], count: int = 3) -> list[Standing]:
    """The ranked places with the lowest rates."""
    return [each for each in standings if each.rank is not None][:count]


def limits(whole_percent: float, size: int) -> tuple[float, float]:
    """Percent points between which chance alone leaves a place of that size."""
    p = whole_percent / 100
    wide = 100 * LIMIT * sqrt(p * (1 - p) / size)
    return whole_percent - wide, whole_percent + wide


def _printed(shown: Shown) -> float:
    return float(cut_down(shown.percent or 0, shown.decimals))


def _ranks(rates: Mapping[str, Shown]) -> dict[str, int]:
    """One more than so many places have a higher printed rate."""
    ranked = {
        code: _printed(shown)
        for code, shown in rates.items()
        if shown.percent is not None and (shown.denominator.value or 0) >= FEWEST_RANKED
    }
    return {
        code: 1 + sum(other > percent for other in ranked.values())
        for code, percent in ranked.items()
    }


def _band(shown: Shown, whole_percent: float | None) -> Band | None:
    if shown.percent is None or not shown.denominator.value or whole_percent is None:
        return None
    low, high = limits(whole_percent, shown.denominator.value)
    if shown.percent < low:
        return Band.LOW
    return Band.HIGH if shown.percent > high else Band.USUAL


def _lowest_first(standing: Standing) -> tuple[bool, float, int, str]:
    percent = standing.shown.percent
    return percent is None, percent or 0, -(standing.gap or 0), standing.place.code
