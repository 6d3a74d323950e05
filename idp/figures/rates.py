"""What the counts mean against the target: rates, gaps, the headline. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self, TypeAlias

from idp.figures.denominators import DenominatorKind, Population, find_population
from idp.figures.sets import AT_DAY, MONTHS, PERSON, ROLLING, Figure
from idp.organizations.models import OrganizationKind
from idp.settings.people import Target

ENTERPRISE = OrganizationKind.ENTERPRISE.value
POOLED = "pooled"
"""Persons and enterprises together: the sentence of the law."""

DENOMINATOR_OF = {
    PERSON: DenominatorKind.RESIDENTS,
    ENTERPRISE: DenominatorKind.ENTERPRISES,
}

Values: TypeAlias = Mapping[tuple[str, str, str], int]
"""(subject kind, figure, window) → count, as of one day."""


@dataclass(frozen=True)
class Rate:
    """A count of a count. Unknown stays unknown: a missing part makes the rate None, never 0."""

    numerator: int | None
    denominator: int | None

    @property
    def percent(self) -> float | None:
        """In percent points."""
        if self.numerator is None or not self.denominator:
            return None
        return 100 * self.numerator / self.denominator

    def gap(self, target: Target) -> int | None:
        """How many subjects are missing to the target; 0 when it is reached."""
        if self.numerator is None or not self.denominator:
            return None
        needed = -(-self.denominator * target.percent // 100)
        return max(0, needed - self.numerator)

    def __add__(self, other: Self) -> "Rate":
        """Both together; unknown as soon as one part is."""
        return Rate(
            _sum(self.numerator, other.numerator), _sum(self.denominator, other.denominator)
        )


@dataclass(frozen=True)
class TargetRate:
    """UNI-used of one kind of subject, or of both pooled, against the target."""

    subject_kind: str
    rate: Rate
    gap: int | None
    populations: tuple[Population, ...] = ()
    has_stale: bool = False
    """Whether a denominator is older than 24 months."""


@dataclass(frozen=True)
class MonthPoint:
    """One whole month in the chart: shares of everyone of its kind."""

    month_end: date
    registered: Rate
    uni_used: Rate


def target_rates(
    values: Values, populations: Sequence[Population], *, as_of: date, target: Target
) -> list[TargetRate]:
    """T4p: UNI-used in the rolling window of everyone; persons, enterprises, pooled."""
    rows = []
    for kind, denominator in DENOMINATOR_OF.items():
        population = find_population(populations, denominator, as_of)
        rate = Rate(
            values.get((kind, Figure.UNI_USED, ROLLING)), population.value if population else None
        )
        rows.append(_target_rate(kind, rate, (population,), as_of, target))
    both = (*rows[0].populations, *rows[1].populations)
    rows.append(_target_rate(POOLED, rows[0].rate + rows[1].rate, both, as_of, target))
    return rows


def participant_rates(values: Values, *, target: Target) -> list[TargetRate]:
    """T4: UNI-used of those who took part. At most that much while delivered lists are missing."""
    rates = [
        Rate(values.get((kind, Figure.UNI_USED, ROLLING)), values.get((kind, Figure.PART, ROLLING)))
        for kind in DENOMINATOR_OF
    ]
    rates.append(rates[0] + rates[1])
    kinds = (*DENOMINATOR_OF, POOLED)
    return [
        TargetRate(kind, rate, rate.gap(target)) for kind, rate in zip(kinds, rates, strict=True)
    ]


def headline(rates: Sequence[TargetRate]) -> TargetRate | None:
    """The lower of the two kinds, so that neither hides behind the other.

    None as soon as one is unknown: it may be the lower.
    """
    kinds = [r for r in rates if r.subject_kind != POOLED]
    if any(r.rate.percent is None for r in kinds):
        return None
    return min(kinds, key=lambda rate: rate.rate.percent or 0)


def month_points(
    months: Mapping[date, Values], populations: Sequence[Population], *, kind: str
) -> list[MonthPoint]:
    """The whole months, oldest first; each with the denominator known at its end."""
    points = []
    for day in sorted(months):
        population = find_population(populations, DENOMINATOR_OF[kind], day)
        everyone = population.value if population else None
        points.append(
            MonthPoint(
                month_end=day,
                registered=Rate(months[day].get((kind, Figure.REG, AT_DAY)), everyone),
                uni_used=Rate(months[day].get((kind, Figure.UNI_USED, MONTHS)), everyone),
            )
        )
    return points


def _target_rate(
    kind: str,
    rate: Rate,
    populations: tuple[Population | None, ...],
    as_of: date,
    target: Target,
) -> TargetRate:
    known = tuple(population for population in populations if population is not None)
    return TargetRate(kind, rate, rate.gap(target), known, any(p.is_stale(as_of) for p in known))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
