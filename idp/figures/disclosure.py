"""What outside readers see of counts and rates: nothing that tells of a few. Pure.

Of frozen months alone. Fewer than ten subjects are starred; the nation's counts are exact, all
others rounded to five, so that sums may differ; a rate is made of what is printed, and is starred
where its numerator or the rest of its denominator is. Whatever else is printed (gaps, changes,
ranks) is made of these, never of true counts. That several tables together do not tell more is not
proven here.
"""

from typing import Self

from idp.figures.frozen import Said
from idp.figures.said import LEAST_ANSWERS
from idp.kit.immutable import immutable
from idp.settings.people import Target

FEWEST = 10
"""Subjects below which a count is starred."""
STEP = 5
DECIMALS_FROM = 4_000
"""Of a denominator from which a rate has a decimal."""


@immutable
class Cell:
    """A count as it is printed: unknown (None), suppressed, or rounded."""

    value: int | None
    is_suppressed: bool = False


STARRED = Cell(None, is_suppressed=True)


def disclose(count: int | None, *, is_national: bool = False) -> Cell:
    """The count as outside readers see it: nobody is few, too. None: nobody could be counted."""
    if count is None:
        return Cell(None)
    if count < FEWEST:
        return STARRED
    return Cell(count if is_national else STEP * round(count / STEP))


@immutable
class Voice:
    """What people say, as outside readers see it: answers are of nobody, so a share may be 0.

    Not of few (`said.LEAST_ANSWERS`): both are None then.
    """

    percent: int | None
    """Whole percent that are satisfied, cut down."""
    answers: int | None
    """Cut down to five."""

    @classmethod
    def of(cls, said: Said) -> Self:
        """As counted; anew asked whether there are enough answers."""
        if said.answers < LEAST_ANSWERS:
            return cls(None, None)
        return cls(100 * said.satisfied // said.answers, said.answers // STEP * STEP)


@immutable
class Shown:
    """A rate as outside readers see it."""

    numerator: Cell
    denominator: Cell
    percent: float | None
    """Percent points, of the printed counts."""
    decimals: int
    is_suppressed: bool

    @classmethod
    def of(
        cls,
        numerator: int | None,
        denominator: int | None,
        *,
        target: Target | None = None,
        is_national: bool = False,
    ) -> Self:
        """The rate; below the target it stays below, whatever rounding makes of its counts."""
        part, whole = (
            disclose(count, is_national=is_national) for count in (numerator, denominator)
        )
        decimals = int(denominator is not None and denominator >= DECIMALS_FROM)
        if numerator is None or not denominator:
            return cls(part, whole, None, decimals, is_suppressed=False)
        if part.value is None or whole.value is None or denominator - numerator < FEWEST:
            return cls(STARRED, whole, None, decimals, is_suppressed=True)
        percent = 100 * part.value / whole.value
        if target and 100 * numerator < target.percent * denominator and percent >= target.percent:
            percent = target.percent - 0.1**decimals
        return cls(part, whole, percent, decimals, is_suppressed=False)

    def gap(self, target: Target) -> int | None:
        """How many are missing to the target, of the printed counts; below it, never none."""
        if self.percent is None or self.numerator.value is None or self.denominator.value is None:
            return None
        needed = -(-self.denominator.value * target.percent // 100)
        missing = max(0, needed - self.numerator.value)
        return missing or (STEP if self.percent < target.percent else 0)
