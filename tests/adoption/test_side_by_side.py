"""Beside one another they tell no more: parts of a change, margins of a matrix, versions."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from idp.adoption.actions_page import together_of
from idp.adoption.moved import change_of, matrix_of
from idp.adoption.report.facts import find_month
from idp.adoption.report.period import Period
from idp.figures.action_rows import NOBODY
from idp.figures.actions import Action, MonthActions
from idp.figures.disclosure import FEWEST, starred_in_lines, tells
from idp.figures.outlook import Outlook
from idp.figures.place_groups import hidden_levers
from idp.figures.rates import Rate
from idp.figures.slice_rows import State
from idp.kit.db import transaction
from idp.kit.errors import NotFound
from idp.settings.people import Target
from tests.figures.frozen import freeze, national

TARGET = Target(percent=20)
MONTH = date(2026, 10, 31)


def an_action(lever: str, about: int, *, rank: int = 0) -> Action:
    return Action("country", "", "person", lever, about, about, about, about, 5, about, rank)


def actions(*best: tuple[str, int], moved: Any = None, **change: int) -> MonthActions:
    """The best of a month; what they bring together is their sum."""
    levers = [an_action(name, n, rank=rank) for rank, (name, n) in enumerate(best, start=1)]
    unions = {
        (rank,): an_action("TOGETHER", each.about or 0) for rank, each in enumerate(levers, start=1)
    }
    unions[tuple(range(1, len(levers) + 1))] = an_action("TOGETHER", sum(n for _, n in best))
    of = {("country", "", "person", each.lever): each for each in levers}
    return MonthActions(of, {}, unions, change, moved or {}, {})


NOT_SAID = cast(Outlook, SimpleNamespace(answer=None))


def test_what_people_do_by_themselves_moves_no_date() -> None:
    found = actions(("L3 abandoned", 100), ("L1 local", 60), ("L5", 40))
    beyond = found.beyond_pace([2])
    assert beyond is not None
    assert beyond.about == 60
    assert found.beyond_pace([1]) is None
    both = actions(("L3 abandoned", 100), ("L1 local", 60))
    of_both = both.beyond_pace([1, 2])
    assert of_both is not None
    assert of_both.about == 60
    for ranks, is_natural in (([2], False), ([1, 2], True)):
        joined = together_of(both, ranks, Rate(1_000, 10_000), NOT_SAID, target=TARGET)
        assert joined is not None
        assert joined.has_natural is is_natural


@pytest.mark.parametrize(
    ("about", "missing"), [(998, 5), (999, 5), (1_000, 0), (1_002, 0), (996, 5), (900, 100)]
)
def test_they_suffice_only_by_true_counts(about: int, missing: int) -> None:
    """1,000 are missing: 998 are printed as 1,000, and are too few."""
    found = actions(("L1 local", about))
    joined = together_of(found, [1], Rate(1_000, 10_000), NOT_SAID, target=TARGET)
    assert joined is not None
    assert joined.still_missing == missing
    assert joined.can_suffice is not bool(missing)


def test_margins_of_the_matrix_are_what_was_published() -> None:
    """Three were found late: the rows have them, the margin does not."""
    moved = {(str(state), str(state)): 1_003 for state in State} | {(NOBODY, State.BOTH): 52}
    before = dict.fromkeys(State, 1_000)
    matrix = matrix_of(moved, before=before)
    sums = matrix_of(moved)
    assert [cell.value for cell in matrix.totals[1:]] == [1_000, 4_000, 1_000, 2_000, 1_000]
    assert [cell.value for cell in sums.totals[1:]] == [1_003, 4_012, 1_003, 2_006, 1_003]
    assert matrix.totals[0].value == 50, "exact, it would tell of those found late"


@pytest.mark.parametrize("closed", [3, 30])
def test_no_part_of_a_change_is_the_sum_less_the_rest(closed: int) -> None:
    found = actions(NEW=120, RETURNED=35, LAPSED=-80, CLOSED=-closed, moved={})
    then = 1_000
    moved = {(str(State.BOTH), str(State.BOTH)): then}
    found = actions(NEW=120, RETURNED=35, LAPSED=-80, CLOSED=-closed, moved=moved)
    change = change_of(found, (then, 9_000), (then + 75 - closed, 9_000), [])
    hidden = [part for part in change.parts if part.people.is_suppressed]
    assert len(hidden) == (2 if closed < FEWEST else 0)


def test_beside_a_rounded_sum_two_parts_are_hidden_at_least() -> None:
    for few in (0, 4, 9, 10):
        counts = {("", "few"): few, ("", "second"): 40, ("", "third"): 700}
        hidden = {name for _, name in starred_in_lines(counts, [[*counts]])}
        assert hidden == (set() if few >= FEWEST else {"few", "second"})
    assert tells([9], rounded=2)


@pytest.mark.parametrize("added", [3, 12])
def test_a_report_that_was_replaced_for_a_few_is_no_longer_given(owner: Engine, added: int) -> None:
    for number, count in enumerate((1_000, 1_000 + added)):
        reason = "Ghi nhận muộn" if number else ""
        freeze(owner, MONTH, {national("person", "UNI_USED"): count}, reason)
    with transaction(owner) as db:
        period = Period.read("2026-10")
        assert find_month(db, period).revision == 1
        if added < FEWEST:
            with pytest.raises(NotFound, match="replaced"):
                find_month(db, period, revision=0)
        else:
            assert find_month(db, period, revision=0).revision == 0


def test_beside_a_lever_of_few_another_provinces_is_starred() -> None:
    """They add up to the country's, which is printed; with none of few all are printed."""
    lapsed = {("01", "L5"): 4, ("48", "L5"): 30, ("79", "L5"): 400, ("79", "L1 local"): 12}
    assert hidden_levers({}, lapsed) == {("01", "L5"), ("48", "L5")}
    assert hidden_levers({}, {**lapsed, ("01", "L5"): 10}) == set()
