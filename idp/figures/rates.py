"""What the counts mean against the target: rates, gaps, the headline, a projection. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from statistics import linear_regression
from typing import Self, TypeAlias

from idp.figures.days import month_start
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
PROJECTION_MONTHS = 6
_FEWEST_PROJECTION_MONTHS = 3
_LONGEST_PROJECTION_MONTHS = 240

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


@dataclass(frozen=True)
class Projection:
    """Where a straight line through the last month ends reaches the target; no promise."""

    months_used: int
    points_per_month: float
    reached_on: date | None
    """The first day of that month; None when the line falls, or takes more than 20 years."""


def target_rates(
    values: Values,
    populations: Sequence[Population],
    *,
    as_of: date,
    target: Target,
    window: str = ROLLING,
) -> list[TargetRate]:
    """T4p: UNI-used in the window, of everyone; persons, enterprises, pooled."""
    rows = []
    for kind, denominator in DENOMINATOR_OF.items():
        population = find_population(populations, denominator, as_of)
        rate = Rate(
            values.get((kind, Figure.UNI_USED, window)), population.value if population else None
        )
        rows.append(_target_rate(kind, rate, (population,), as_of, target))
    both = (*rows[0].populations, *rows[1].populations)
    rows.append(_target_rate(POOLED, rows[0].rate + rows[1].rate, both, as_of, target))
    return rows


def participant_rates(values: Values, *, target: Target, window: str = ROLLING) -> list[TargetRate]:
    """T4: UNI-used of those who took part. At most that much while delivered lists are missing."""
    rates = [
        Rate(values.get((kind, Figure.UNI_USED, window)), values.get((kind, Figure.PART, window)))
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


def project(points: Sequence[MonthPoint], *, target: Target, first_day: date) -> Projection | None:
    """The straight line of least squares through the last six months whose 12 months are whole.

    `first_day` is the first closed day: windows that reach behind it are still filling, and their
    growth is no growth. None with fewer than three such months in a row up to the newest, or the
    target reached already: a month that is not known ends the row.
    """
    whole: list[tuple[date, float]] = []
    for point in reversed(points[-PROJECTION_MONTHS:]):
        percent = point.uni_used.percent
        if percent is None or month_start(point.month_end, months_before=11) < first_day:
            break
        whole.insert(0, (point.month_end, percent))
    if len(whole) < _FEWEST_PROJECTION_MONTHS or whole[-1][1] >= target.percent:
        return None
    slope = linear_regression(range(len(whole)), [percent for _, percent in whole]).slope
    last_month, last_percent = whole[-1]
    months = ceil((target.percent - last_percent) / slope) if slope > 0 else None
    reached_on = (
        month_start(last_month, months_before=-months)
        if months is not None and months <= _LONGEST_PROJECTION_MONTHS
        else None
    )
    return Projection(len(whole), slope, reached_on)


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
