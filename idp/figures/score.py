"""A unit's score of 0 to 100, in the groups of Decision 766; it is not the score of that decision.

Weights, floors and goals are rows with the day from which they hold. A share that nobody can
measure is out of both sums; one that a unit did not deliver is worth nothing, and is said to be.
Pure.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import TypeAlias

from idp.figures.said import LEAST_ANSWERS
from idp.kit.immutable import immutable

LEAST_MEASURED = 70
"""Points that must be measurable before a total is said."""


class UnitKind(StrEnum):
    """Whose score it is."""

    PROVINCE = "province"
    MINISTRY = "ministry"


class Class(StrEnum):
    """What a total is called: from 90, 80, 70 and 50 points, and below."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    AVERAGE = "average"
    WEAK = "weak"


_CLASSES = (
    (90, Class.EXCELLENT),
    (80, Class.GOOD),
    (70, Class.FAIR),
    (50, Class.AVERAGE),
)


@immutable
class Component:
    """What is measured, in percent: 0 points at the floor, all of them at the goal."""

    valid_on: date
    id: str
    group: str
    group_maximum: int
    weight: int
    floor: int
    goal: int
    goal_ministry: int | None
    """Where a ministry's share is one of something else."""

    def goal_of(self, kind: UnitKind) -> int:
        """The share that is worth all points."""
        is_own = kind is UnitKind.MINISTRY and self.goal_ministry is not None
        return self.goal_ministry or self.goal if is_own else self.goal


@immutable
class Share:
    """A measured share: so many of so many."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> Fraction:
        """Exactly."""
        return Fraction(100 * self.numerator, self.denominator)


@immutable
class NotDelivered:
    """The unit owes it and delivered nothing: 0 points."""


@immutable
class NotMeasurable:
    """Nobody can measure it, there is none of it, or too few: out of both sums."""


Measure: TypeAlias = Share | NotDelivered | NotMeasurable


@immutable
class Points:
    """One component of a unit; None: out of both sums."""

    component: Component
    measure: Measure
    points: Fraction | None


@immutable
class Score:
    """Components in their order; `points` of `measurable`, and the total of 100 if it is said."""

    components: tuple[Points, ...]
    points: Fraction
    measurable: int
    total: Fraction | None

    @property
    def name(self) -> Class | None:
        """Its class; None without a total."""
        if self.total is None:
            return None
        return next((name for least, name in _CLASSES if self.total >= least), Class.WEAK)

    @property
    def lost(self) -> tuple[Points, ...]:
        """Where points were lost, most of them first."""
        losing = [
            p for p in self.components if p.points is not None and p.points < p.component.weight
        ]
        return tuple(sorted(losing, key=lambda p: (p.points or 0) - p.component.weight))


@cache
def components(on: date) -> tuple[Component, ...]:
    """Those that hold on the day, in order: of each, the newest row."""
    text = (resources.files("idp.figures") / "score_components.csv").read_text("utf-8")
    newest: dict[str, Component] = {}
    for row in csv.DictReader(text.splitlines()):
        valid_on, own = date.fromisoformat(row["valid_on"]), row["goal_ministry"]
        known = newest.get(row["id"])
        if valid_on <= on and (known is None or known.valid_on <= valid_on):
            newest[row["id"]] = Component(
                valid_on=valid_on,
                id=row["id"],
                group=row["group"],
                group_maximum=int(row["group_maximum"]),
                weight=int(row["weight"]),
                floor=int(row["floor"]),
                goal=int(row["goal"]),
                goal_ministry=int(own) if own else None,
            )
    return tuple(newest.values())


def score(measures: Mapping[str, Measure], *, kind: UnitKind, rules: Sequence[Component]) -> Score:
    """The score of a unit, by component id; one that is not named is not measurable.

    A share of nothing (denominator 0) is not measurable either. No unit gains by delivering less:
    what it owes and does not deliver counts as 0, which no share is below.
    """
    found = tuple(_points(rule, measures.get(rule.id, NotMeasurable()), kind) for rule in rules)
    counted = [each for each in found if each.points is not None]
    points = sum((each.points or Fraction(0) for each in counted), Fraction(0))
    measurable = sum(each.component.weight for each in counted)
    is_said = measurable >= LEAST_MEASURED
    return Score(found, points, measurable, points * 100 / measurable if is_said else None)


def satisfaction(satisfied: int, answers: int) -> Measure:
    """The satisfied share, where enough people answered."""
    return Share(satisfied, answers) if answers >= LEAST_ANSWERS else NotMeasurable()


def delivered(months: int, *, of: int = 12, can_deliver: bool) -> Measure:
    """Lists delivered on time; none is 0, unless nobody can deliver any yet."""
    if not can_deliver:
        return NotMeasurable()
    return Share(months, of) if months else NotDelivered()


def of_lists(part: int, whole: int | None, *, can_deliver: bool) -> Measure:
    """A share counted from delivered lists; `whole` None: the unit delivered none."""
    if not can_deliver or whole == 0:
        return NotMeasurable()
    return NotDelivered() if whole is None else Share(part, whole)


def _points(rule: Component, measure: Measure, kind: UnitKind) -> Points:
    match measure:
        case Share(_, denominator) if denominator > 0:
            reach = (measure.percent - rule.floor) / (rule.goal_of(kind) - rule.floor)
            return Points(rule, measure, rule.weight * min(max(reach, Fraction(0)), Fraction(1)))
        case NotDelivered():
            return Points(rule, measure, Fraction(0))
    return Points(rule, NotMeasurable(), None)
