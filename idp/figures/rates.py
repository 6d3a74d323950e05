"""What the counts mean against the target: rates and gaps. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self, TypeAlias

from idp.figures.denominators import DenominatorKind, Population, find_population
from idp.figures.sets import PERSON, ROLLING, Figure
from idp.kit.immutable import immutable
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


@immutable
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


@immutable
class TargetRate:
    """UNI-used of one kind of subject, or of both pooled, against the target."""

    subject_kind: str
    rate: Rate
    gap: int | None
    populations: tuple[Population, ...] = ()
    has_stale: bool = False
    """Whether a denominator is older than 24 months."""


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
