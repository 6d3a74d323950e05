"""Are we at the target? The last frozen month against it, by counts of subjects. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from idp.figures.denominators import Population
from idp.figures.rates import (
    POOLED,
    TargetRate,
    Values,
    participant_rates,
    target_rates,
)
from idp.figures.sets import MONTHS
from idp.settings.people import Target


class Verdict(StrEnum):
    """The word that a page begins with."""

    MET = "met"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"
    """A denominator or a count is missing: what is not known may be the lower."""


@dataclass(frozen=True)
class Frozen:
    """A month as it was published: its last day, when it was frozen, in which version."""

    month_end: date
    at: datetime
    version: int
    """1 as first published, one more with each revision of it."""


@dataclass(frozen=True)
class Answer:
    """The last frozen month: 12 whole months, of everyone."""

    frozen: Frozen
    target: Target
    verdict: Verdict
    kinds: tuple[TargetRate, ...]
    """Persons and enterprises, the lower first; those not known first of all."""
    participants: TargetRate
    """Pooled, of those who took part: the resolution's sentence, at most so much."""

    @property
    def result(self) -> TargetRate | None:
        """The lower kind, which is the result; None where it is not known which it is."""
        return None if self.verdict == Verdict.UNKNOWN else self.kinds[0]

    def of(self, subject_kind: str) -> TargetRate:
        """The rate of persons, or of enterprises."""
        return next(rate for rate in self.kinds if rate.subject_kind == subject_kind)


def answer(
    values: Values, populations: Sequence[Population], *, frozen: Frozen, target: Target
) -> Answer:
    """The verdict of a frozen month; met only if both kinds are, by whole subjects."""
    as_of = frozen.month_end
    rates = target_rates(values, populations, as_of=as_of, target=target, window=MONTHS)
    kinds = [rate for rate in rates if rate.subject_kind != POOLED]
    if any(rate.gap is None for rate in kinds):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.NOT_YET if any(rate.gap for rate in kinds) else Verdict.MET
    return Answer(
        frozen=frozen,
        target=target,
        verdict=verdict,
        kinds=tuple(
            sorted(kinds, key=lambda rate: -1.0 if (p := rate.rate.percent) is None else p)
        ),
        participants=participant_rates(values, target=target, window=MONTHS)[-1],
    )
