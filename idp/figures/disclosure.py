"""What outside readers see of counts and rates: nothing that tells of a few. Pure.

Of frozen months alone. Fewer than ten subjects are starred; the nation's counts are exact, all
others rounded to five, so that sums may differ; a rate is made of what is printed, and is starred
where its numerator or the rest of its denominator is. Whatever else is printed (gaps, changes,
ranks) is made of these, never of true counts. What several tables, months and versions tell
together: `partitions`, `nested`.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Self, TypeAlias, TypeVar

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


Part = TypeVar("Part", bound=str)
Place = tuple[str, str]
"""Row and column of a table."""
Group: TypeAlias = frozenset[Part]
"""Parts that are starred together: of them, no more than their sum is told."""


def tells(hidden: Collection[int], *, rounded: int = 0) -> bool:
    """Whether a printed sum tells of its starred parts: of one alone, or of fewer than ten.

    `rounded`: how many parts beside them are printed rounded, each off by two at most.
    """
    is_one = len(hidden) == 1 and not rounded
    return bool(hidden) and (is_one or sum(hidden) < FEWEST + STEP // 2 * rounded)


def starred(
    parts: Mapping[Part, int],
    few: AbstractSet[Part] = frozenset(),
    *,
    are_rounded: bool = False,
) -> Group[Part]:
    """Which parts of an exactly printed sum are starred: few, then the next larger.

    None at all is no few: it is printed. `few`: parts that are starred for other reasons.
    `are_rounded`: the parts that are not starred are printed rounded.
    """
    hidden = {part for part, count in parts.items() if part in few or 0 < count < FEWEST}
    for part in sorted(parts, key=parts.__getitem__):
        rounded = len(parts) - len(hidden) if are_rounded else 0
        if parts[part] and tells([parts[each] for each in hidden], rounded=rounded):
            hidden.add(part)
    return frozenset(hidden)


def starred_in_lines(
    counts: Mapping[Place, int],
    lines: Collection[Sequence[Place]],
    *,
    last: Collection[str] = (),
) -> set[Place]:
    """Cells of a table that are starred: fewer than ten, and what its sums would tell of.

    `lines`: cells whose sum is printed, exact or rounded. Of a line with a star two cells are
    starred at least, ten subjects at least, so that each may have any of them or none. Columns
    of `last` are taken where nothing else is left: they are printed elsewhere, too.
    """
    hidden = {at for at, count in counts.items() if count < FEWEST}
    is_done = False
    while not is_done:
        is_done = True
        for line in lines:
            stars = [counts[at] for at in line if at in hidden]
            if not tells(stars):
                continue
            left = (at for at in line if at not in hidden)
            for at in sorted(left, key=lambda at: (at[1] in last, counts[at], at)):
                hidden.add(at)
                stars.append(counts[at])
                is_done = False
                if not tells(stars):
                    break
    return hidden


def starred_within(
    regions: Sequence[Mapping[Part, int]], few: AbstractSet[Part] = frozenset()
) -> tuple[Group[Part], ...]:
    """The same where sums from each region to the last are printed too: one group in each at most.

    A region that cannot hide its few takes in a neighbour, not the first or the last if another
    can be had; the sum that begins between them is cut (`is_cut`), and is starred.
    """
    found = [{**region} for region in regions]
    while len(found) > 1:
        told = (n for n, each in enumerate(found) if tells([each[p] for p in starred(each, few)]))
        at = next(told, None)
        if at is None:
            break
        is_right = at == 0 or (at == 1 and len(found) > 3)
        left = at if is_right else at - 1
        found[left : left + 2] = [found[left] | found[left + 1]]
    groups = (starred(each, few) for each in found)
    return tuple(group for group in groups if group)


def is_cut(parts: AbstractSet[Part], groups: Collection[Group[Part]]) -> bool:
    """Whether the sum of these parts would tell more of a group than its sum."""
    return any(group & parts and not group <= parts for group in groups)


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
        """The rate; below the target it stays below, whatever rounding makes of its counts.

        Of nobody it is starred as of few: a dash beside stars would say that there is nobody.
        """
        part, whole = (
            disclose(count, is_national=is_national) for count in (numerator, denominator)
        )
        decimals = int(denominator is not None and denominator >= DECIMALS_FROM)
        if numerator is None or denominator is None:
            return cls(part, whole, None, decimals, is_suppressed=False)
        if part.value is None or whole.value is None or denominator - numerator < FEWEST:
            return cls(STARRED, whole, None, decimals, is_suppressed=True)
        percent = 100 * part.value / whole.value
        if target and 100 * numerator < target.percent * denominator and percent >= target.percent:
            percent = target.percent - 0.1**decimals
        return cls(part, whole, percent, decimals, is_suppressed=False)

    def starred(self) -> Self:
        """The same, told to nobody: what stands beside it would tell of a few."""
        if self.numerator.value is None and not self.is_suppressed:
            return self
        return replace(self, numerator=STARRED, percent=None, is_suppressed=True)

    def gap(self, target: Target) -> int | None:
        """How many are missing to the target, of the printed counts; below it, never none."""
        if self.percent is None or self.numerator.value is None or self.denominator.value is None:
            return None
        needed = -(-self.denominator.value * target.percent // 100)
        missing = max(0, needed - self.numerator.value)
        return missing or (STEP if self.percent < target.percent else 0)
