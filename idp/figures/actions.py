"""What pages read of what could move a frozen month's figure. Nothing is counted here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self

from sqlalchemy.orm import Session

from idp.figures.action_rows import (
    ABOUT,
    ADDS,
    AT_MOST,
    CASES,
    CHANGE,
    HIGH,
    LOW,
    RANK,
    TOGETHER,
    WAITING,
    WAS,
    Of,
    read_actions,
)
from idp.figures.forecast import Expected
from idp.figures.frozen import FrozenMonth
from idp.figures.outlook import Outlook
from idp.figures.sets import PERSON
from idp.figures.slice_rows import Dimension
from idp.figures.what_if import with_gain
from idp.kit.immutable import immutable
from idp.settings.people import Target

LeverOf = tuple[str, str, str, str]
"""Dimension, code, kind of subject, lever."""


@immutable
class Action:
    """A lever in a month; None: not known."""

    dimension: str
    code: str
    subject_kind: str
    lever: str
    at_most: int | None
    low: int | None
    about: int | None
    high: int | None
    cases: int
    """The past cases that the estimate rests on."""
    adds: int | None
    """To those that rank before it; None: it is not among the best."""
    rank: int

    @property
    def id(self) -> str:
        """`L3`, without its reason or tier."""
        return self.lever.split(" ")[0]

    @property
    def reason(self) -> str:
        """Of failures."""
        return self.lever.partition(" ")[2]

    @classmethod
    def of(cls, of: LeverOf, figures: Mapping[str, int]) -> Self:
        """From its rows."""
        at_most, low, about, high = (figures.get(name) for name in (AT_MOST, LOW, ABOUT, HIGH))
        cases, adds, rank = figures.get(CASES, 0), figures.get(ADDS), figures.get(RANK, 0)
        return cls(*of, at_most, low, about, high, cases, adds, rank)


@immutable
class MonthActions:
    """All levers of a month."""

    levers: Mapping[LeverOf, Action]
    waiting: Mapping[tuple[str, str], int]
    """Unit → level-4 services that nobody uses through this sign-in."""
    unions: Mapping[tuple[int, ...], Action]
    """What the best bring together, by their ranks: every choice of them."""
    change: Mapping[str, int]
    """Of people's UNI-used since the month before: NEW, RETURNED, LAPSED, CLOSED."""
    moved: Mapping[tuple[str, str], int]
    """State a month before, and now → people."""
    to_median: Mapping[str, int]
    """Province → people it lacks to the median of the provinces' rates."""

    @property
    def best(self) -> tuple[Action, ...]:
        """In the order in which they add most."""
        return tuple(sorted((a for a in self.levers.values() if a.rank), key=lambda a: a.rank))

    def beyond_pace(self, ranks: Sequence[int]) -> Action | None:
        """Of these, the union of those that the pace has not in it already; None: none of them.

        Conversions of failures and of the lapsed are what such people did by themselves: a path
        that goes on as before has them.
        """
        natural = {action.rank for action in self.best if action.id in {Of.FAILURES, Of.LAPSED}}
        return self.unions.get(tuple(rank for rank in ranks if rank not in natural))

    @property
    def unknown(self) -> tuple[Action, ...]:
        """The country's levers on people that nobody can estimate, by whose they are."""
        return tuple(
            action
            for action in self.levers.values()
            if action.about is None
            and action.subject_kind == PERSON
            and (action.dimension != Dimension.PLACE or action.id in {Of.CONNECT, Of.DESKS})
            and action.at_most != 0
        )

    def own(self, dimension: str, code: str) -> tuple[Action, ...]:
        """What a province or a ministry could do itself, as far as it brings anybody."""
        return tuple(
            action
            for (of, whose, _, _), action in self.levers.items()
            if (of, whose) == (dimension, code) and action.about
        )


@immutable
class Arrival:
    """When people reach the target, each by its first day; None: not within 24 months."""

    at_pace: date | None
    with_gain: date | None


def read_month_actions(db: Session, month: FrozenMonth) -> MonthActions | None:
    """None: the month was frozen before such rows were."""
    found: dict[LeverOf, dict[str, int]] = defaultdict(dict)
    for (*of, figure), value in read_actions(db.connection(), month.number).items():
        dimension, code, kind, lever = of
        found[dimension, code, kind, lever][figure] = value
    if not found:
        return None
    country = {of[3]: figures for of, figures in found.items() if of[0] == Dimension.COUNTRY}
    return MonthActions(
        levers={of: Action.of(of, rows) for of, rows in found.items() if CASES in rows},
        waiting={of[:2]: rows[WAITING] for of, rows in found.items() if WAITING in rows},
        unions={
            tuple(map(int, of[3].split()[1:])): Action.of(of, rows)
            for of, rows in found.items()
            if of[3].startswith(f"{TOGETHER} ")
        },
        change=country.get(CHANGE, {}),
        moved={
            (lever.removeprefix(f"{WAS} "), state): size
            for lever, rows in country.items()
            if lever.startswith(f"{WAS} ")
            for state, size in rows.items()
        },
        to_median={of[1]: rows[ABOUT] for of, rows in found.items() if of[3] == Of.MEDIAN},
    )


def arrive(outlook: Outlook, added: int, *, target: Target) -> Arrival | None:
    """When, if so many are added in six equal monthly parts; None where no date is said at all."""
    if not isinstance(outlook.answer, Expected):
        return None
    path, everyone = outlook.answer.path, outlook.months[-1].denominator
    needed = -(-everyone * target.percent // 100)
    counts = with_gain([each.middle for each in path], added)
    reached = (each.month_on for each, n in zip(path, counts, strict=True) if n >= needed)
    return Arrival(outlook.answer.about_on, next(reached, None))
