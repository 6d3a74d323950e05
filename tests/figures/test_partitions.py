"""Sums that are printed exactly do not tell what is starred of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from idp.adoption.moved import matrix_of
from idp.adoption.why import why_of
from idp.figures.disclosure import is_cut, starred, starred_within
from idp.figures.frozen import Funnel
from idp.figures.partitions import COMPANIES, PEOPLE, FigureOf, hidden_people, starred_figures
from idp.figures.place_groups import GROUPS
from idp.figures.sets import Figure
from idp.figures.slice_rows import CompanyState, State
from idp.settings.people import Target

TARGET = Target(percent=20)
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 60))
STATES = st.fixed_dictionaries(dict.fromkeys(State, COUNTS))


def solutions(total: int, hidden: Sequence[str]) -> Iterator[Mapping[str, int]]:
    """All that a reader can think of: whoever is starred is somebody, as nobody is printed."""
    for values in product(range(1, total + 1), repeat=len(hidden) - 1):
        if (last := total - sum(values)) > 0:
            yield dict(zip(hidden, (*values, last), strict=True))


def told(parts: Mapping[str, int], hidden: Collection[str]) -> set[str]:
    """Which starred parts have one value only in every solution."""
    if not hidden:
        return set()
    total = sum(parts.values()) - sum(n for name, n in parts.items() if name not in hidden)
    found = list(solutions(total, [*hidden]))
    return {name for name in hidden if len({each[name] for each in found}) == 1}


def each_alone(parts: Mapping[str, int]) -> set[str]:
    """Without the rule."""
    return {name for name, count in parts.items() if 0 < count < 10}


def as_parts(*counts: int) -> dict[str, int]:
    return {f"part {n}": count for n, count in enumerate(counts)}


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_ten_at_least_of_two_parts_at_least_are_starred(counts: list[int]) -> None:
    parts = as_parts(*counts)
    hidden = starred(parts)
    assert each_alone(parts) <= hidden
    assert all(parts[name] for name in hidden), "nobody is printed"
    if hidden and sum(counts) >= 10:
        assert len(hidden) >= 2
        assert sum(parts[name] for name in hidden) >= 10
    if not each_alone(parts):
        assert not hidden


@given(st.lists(st.integers(0, 14), min_size=2, max_size=4))
def test_no_starred_part_can_be_solved_for(counts: list[int]) -> None:
    assume(sum(counts) >= 10)
    parts = as_parts(*counts)
    assert not told(parts, starred(parts))


@pytest.mark.parametrize("counts", [(1, 1, 50), (4, 60, 60), (3, 0, 90)])
def test_each_starred_by_itself_can_be_solved_for(counts: tuple[int, ...]) -> None:
    """The control: what the solver finds with the rule off."""
    parts = as_parts(*counts)
    assert told(parts, each_alone(parts))
    assert not told(parts, starred(parts))


@given(st.lists(st.lists(COUNTS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_of_a_group_no_printed_sum_tells_more_than_its_own(counts: list[list[int]]) -> None:
    assume(sum(map(sum, counts)) >= 10)
    regions = [{f"{n} {m}": c for m, c in enumerate(own)} for n, own in enumerate(counts)]
    every = {name: count for region in regions for name, count in region.items()}
    groups = starred_within(regions)
    assert each_alone(every) <= {name for group in groups for name in group}
    for group in groups:
        assert len(group) >= 2
        assert sum(every[name] for name in group) >= 10
    hidden = {name for group in groups for name in group}
    sums = [{n for region in regions[start:] for n in region} for start in range(len(regions))]
    for one, other in product([each for each in sums if not is_cut(each, groups)], repeat=2):
        for left in (one, one - other):
            rest = sum(every[name] for name in left & hidden)
            assert rest == 0 or rest >= 10, "a sum, or two, less what is printed"


def figures(states: Mapping[State, int]) -> dict[FigureOf, int]:
    found: dict[FigureOf, int] = {("person", s, "months_12"): n for s, n in states.items()}
    inner = sum(states.values())
    for figure, own in PEOPLE.items():
        window = "at_day" if figure in {"REG", "VER1"} else "months_12"
        found["person", figure, window] = inner
        inner -= sum(states[state] for state in own)
    return found


@given(STATES)
def test_pages_and_open_data_star_the_same_people(states: dict[State, int]) -> None:
    """Whatever is printed exactly, on the first page or in the file, cuts no group."""
    assume(sum(states.values()) >= 10)
    hidden = hidden_people(states)
    stars = starred_figures(figures(states))
    assert {s for _, s, _ in stars} >= {s for group in hidden for s in group}
    why = why_of(Funnel(states, None), target=TARGET)
    printed = [own for name, own in GROUPS.items() if getattr(why, name).value is not None]
    assert not any(is_cut(own, hidden) for own in printed)
    inner = {*State}
    for figure, own in PEOPLE.items():
        if not any(name == figure for _, name, _ in stars):
            assert not is_cut(inner, hidden)
        inner -= {*own}


@pytest.mark.parametrize(
    ("few", "stars"),
    [
        ({}, set()),
        ({State.NO_TIER: 4}, {State.NO_TIER, State.CENTRAL}),
        ({State.NOT_PROVEN: 4}, {State.NOT_PROVEN, State.NEVER_TRIED, "VER1"}),
        ({State.BOTH: 4}, {State.BOTH, State.NO_TIER, "UNI_USED"}),
        (
            dict.fromkeys((State.NEVER_TRIED, State.FOR_LEVEL, State.TRIED, State.WEAK), 1),
            {*PEOPLE[Figure.VER1], State.NO_TIER, "ACT"},
        ),
    ],
)
def test_sums_of_states_are_starred_where_they_would_tell(
    few: dict[State, int], stars: set[str]
) -> None:
    states = dict.fromkeys(State, 1_000) | few
    assert {figure for _, figure, _ in starred_figures(figures(states))} == stars


def test_one_window_does_not_tell_what_another_stars() -> None:
    """Who is not proven is the same in all: starred in one, in every one."""
    year = dict.fromkeys(State, 1_000)
    month = dict.fromkeys(State, 0) | {State.NOT_PROVEN: 1_000, State.LOCAL: 3}
    both = figures(year) | {("person", s, "months_1"): n for s, n in month.items()}
    assert not starred_figures(figures(year))
    stars = starred_figures(both)
    for window in ("months_12", "months_1"):
        assert ("person", State.NOT_PROVEN, window) in stars
    assert ("person", "VER1", "at_day") in stars


@pytest.mark.parametrize(
    ("few", "stars"),
    [
        ({}, set()),
        ({CompanyState.SIGNED_IN: 3}, {CompanyState.SIGNED_IN, CompanyState.NO_ACCOUNT, "PART"}),
        ({CompanyState.DELEGATED: 3}, {CompanyState.DELEGATED, CompanyState.NO_ACCOUNT}),
    ],
)
def test_organizations_are_starred_alike(few: dict[CompanyState, int], stars: set[str]) -> None:
    states = dict.fromkeys(CompanyState, 1_000) | few
    values: dict[FigureOf, int] = {
        ("enterprise", name, "months_12"): n for name, n in states.items()
    }
    values |= {("enterprise", name, "months_12"): 2_000 for name in ("PART", "UNI_USED")}
    assert {figure for _, figure, _ in starred_figures(values)} == stars
    assert sum(map(len, COMPANIES.values())) == len(CompanyState)


def test_the_matrix_stars_its_margins_as_the_first_page_does() -> None:
    """The control has no few."""
    states = dict.fromkeys(State, 1_000)
    for few, starred_groups in ((1_000, 0), (4, 2)):
        now = states | {State.NO_TIER: few}
        matrix = matrix_of({(state, state): n for state, n in now.items()})
        for margin in (matrix.totals, matrix.ends):
            assert sum(cell.is_suppressed for cell in margin) == starred_groups
