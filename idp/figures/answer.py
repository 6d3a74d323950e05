"""Are we at the target? A frozen month against it, by counts of subjects. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from idp.figures.denominators import Population, find_population
from idp.figures.frozen import FrozenMonth
from idp.figures.participation import Participation, participation_of
from idp.figures.rates import DENOMINATOR_OF, Rate, TargetRate, Values
from idp.figures.sets import AT_DAY, MONTHS, Figure
from idp.kit.immutable import immutable
from idp.settings.people import Target


class Verdict(StrEnum):
    """The word that a page begins with."""

    MET = "met"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"
    """A denominator is missing: what is not known may be the lower."""


@immutable
class Answer:
    """A frozen month: 12 whole months, of everyone."""

    month: FrozenMonth
    target: Target
    verdict: Verdict
    kinds: tuple[TargetRate, ...]
    """Persons and enterprises, the lower first; one that is not known first of all."""
    participation: Participation
    """Both together, of those who took part: the resolution's sentence."""

    def of(self, subject_kind: str) -> TargetRate:
        """The rate of persons, or of enterprises."""
        return next(rate for rate in self.kinds if rate.subject_kind == subject_kind)


def answer(
    values: Values, populations: Sequence[Population], *, month: FrozenMonth, target: Target
) -> Answer:
    """The verdict; met only if both kinds are, by whole subjects.

    `values` are those of the month's freeze, where a count of zero has no row.
    """
    kinds = [_rate_of(kind, values, populations, month, target) for kind in DENOMINATOR_OF]
    if any(rate.gap is None for rate in kinds):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.NOT_YET if any(rate.gap for rate in kinds) else Verdict.MET
    return Answer(
        month=month,
        target=target,
        verdict=verdict,
        kinds=tuple(sorted(kinds, key=_percent)),
        participation=participation_of(values),
    )


def _rate_of(
    kind: str,
    values: Values,
    populations: Sequence[Population],
    month: FrozenMonth,
    target: Target,
) -> TargetRate:
    rate = Rate(values.get((kind, Figure.UNI_USED, MONTHS), 0), values.get((kind, "POP", AT_DAY)))
    counted = find_population(populations, DENOMINATOR_OF[kind], month.month_on)
    known = (counted,) if counted and counted.value == rate.denominator else ()
    is_stale = any(population.is_stale(month.month_on) for population in known)
    return TargetRate(kind, rate, rate.gap(target), known, is_stale)


def _percent(rate: TargetRate) -> float:
    percent = rate.rate.percent
    return -1.0 if percent is None else percent
