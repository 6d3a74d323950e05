"""A unit's score: what is not delivered is worth nothing, what nobody can measure is left out."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.figures.score import (
    LEAST_MEASURED,
    Class,
    Measure,
    NotDelivered,
    NotMeasurable,
    Share,
    UnitKind,
    components,
    delivered,
    of_lists,
    satisfaction,
    score,
)

RULES = components(date(2026, 10, 31))
IDS = [rule.id for rule in RULES]
PROVINCE, MINISTRY = UnitKind.PROVINCE, UnitKind.MINISTRY
FULL = dict.fromkeys(IDS, Share(100, 100))

shares = st.integers(0, 100).map(lambda n: Share(n, 100))
measures = st.one_of(shares, st.just(NotDelivered()), st.just(NotMeasurable()))
units = st.fixed_dictionaries(dict.fromkeys(IDS, measures))


def test_groups_and_weights_are_those_of_the_decision() -> None:
    groups = {rule.group: rule.group_maximum for rule in RULES}
    assert groups == {
        "transparency": 18,
        "progress": 20,
        "systems": 22,
        "online": 22,
        "experience": 18,
    }
    for group, maximum in groups.items():
        assert sum(rule.weight for rule in RULES if rule.group == group) == maximum
    assert sum(rule.weight for rule in RULES) == 100
    assert components(date(2025, 12, 31)) == (), "no rule holds before its day"


def points(id: str, percent: int, kind: UnitKind = PROVINCE) -> Fraction | None:
    found = score({id: Share(percent, 100)}, kind=kind, rules=RULES)
    return next(each.points for each in found.components if each.component.id == id)


def test_points_go_from_the_floor_to_the_goal() -> None:
    assert points("unified_use", 20) == points("unified_use", 30) == 12
    assert points("unified_use", 10) == 6
    assert points("unified_use", 45, MINISTRY) == 6, "a ministry has no residents: of its users"
    assert points("path", 60) == points("path", 10) == 0
    assert points("path", 95) == 10
    assert points("no_leakage", 75) == Fraction(7, 2)


def test_all_of_it_is_a_hundred() -> None:
    full = score(FULL, kind=PROVINCE, rules=RULES)
    assert (full.total, full.measurable, full.name, full.lost) == (100, 100, Class.EXCELLENT, ())


@pytest.mark.parametrize(
    ("percent", "name"),
    [
        (90, Class.EXCELLENT),
        (89, Class.GOOD),
        (80, Class.GOOD),
        (79, Class.FAIR),
        (70, Class.FAIR),
        (69, Class.AVERAGE),
        (50, Class.AVERAGE),
        (49, Class.WEAK),
    ],
)
def test_classes(percent: int, name: Class) -> None:
    measured = {
        rule.id: Share(rule.floor * 100 + percent * (rule.goal - rule.floor), 10_000)
        for rule in RULES
    }
    assert score(measured, kind=PROVINCE, rules=RULES).name is name


def test_a_total_needs_seventy_measurable_points() -> None:
    out = {"unified_use", "tested_services", "path"}
    left = {one: Share(50, 100) for one in IDS if one not in out}
    found = score(left, kind=PROVINCE, rules=RULES)
    assert (found.measurable, found.total, found.name) == (68, None, None)
    enough = score({**left, "path": Share(95, 100)}, kind=PROVINCE, rules=RULES)
    assert enough.measurable == 78
    assert enough.total == enough.points * 100 / 78


@given(units)
def test_components_sum_to_the_score(unit: dict[str, Measure]) -> None:
    found = score(unit, kind=PROVINCE, rules=RULES)
    assert found.points == sum(each.points or 0 for each in found.components)
    assert 0 <= found.points <= found.measurable
    assert (found.total is not None) is (found.measurable >= LEAST_MEASURED)
    lost = [each.component.weight - (each.points or 0) for each in found.lost]
    assert lost == sorted(lost, reverse=True)
    assert sum(lost) == found.measurable - found.points


@given(units, st.sampled_from(IDS))
def test_no_unit_gains_by_delivering_less(unit: dict[str, Measure], id: str) -> None:
    """Whatever a share was, withholding it is never worth more, in points or in total."""
    if isinstance(unit[id], NotMeasurable):
        return
    before = score(unit, kind=PROVINCE, rules=RULES)
    after = score({**unit, id: NotDelivered()}, kind=PROVINCE, rules=RULES)
    assert after.points <= before.points
    assert after.measurable == before.measurable
    assert (after.total or 0) <= (before.total or 0)


@given(units, st.sampled_from(IDS), st.integers(0, 100))
def test_doing_better_never_costs(unit: dict[str, Measure], id: str, share: int) -> None:
    worse, better = sorted((share, 100))
    low = score({**unit, id: Share(worse, 100)}, kind=PROVINCE, rules=RULES)
    high = score({**unit, id: Share(better, 100)}, kind=PROVINCE, rules=RULES)
    assert low.points <= high.points


def test_withheld_lists_are_worth_nothing_and_few_answers_are_no_share() -> None:
    assert delivered(0, can_deliver=True) == NotDelivered()
    assert delivered(11, can_deliver=True) == Share(11, 12)
    assert delivered(0, can_deliver=False) == NotMeasurable()
    assert of_lists(0, None, can_deliver=True) == NotDelivered()
    assert of_lists(80, 100, can_deliver=True) == Share(80, 100)
    assert of_lists(0, 0, can_deliver=True) == NotMeasurable()
    assert satisfaction(28, 29) == NotMeasurable()
    assert satisfaction(28, 30) == Share(28, 30)
