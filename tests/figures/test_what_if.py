"""What would move the figure: unions of people, never sums; unknown stays unknown."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from idp.figures.what_if import (
    Conversion,
    Lever,
    People,
    best_actions,
    between,
    change,
    gain,
    observed,
    to_the_median,
    together,
    with_gain,
)

members = st.sets(st.integers(0, 60)).map(BitMap)
rates = st.lists(st.fractions(0, 1, max_denominator=20), min_size=3, max_size=3).map(
    lambda found: Conversion(*sorted(found))
)
people = st.builds(People, proven=members, central=members, local=members)
levers = st.lists(
    st.builds(
        Lever,
        id=st.integers(0, 999).map(str),
        reaches=st.one_of(st.none(), members),
        conversion=st.one_of(st.none(), rates),
    ),
    max_size=6,
    unique_by=lambda lever: lever.id,
)


@given(levers, people)
def test_together_is_a_union_at_most_the_sum(some: list[Lever], who: People) -> None:
    alone = [gain(lever, who) for lever in some]
    both = together(some, who)
    assert both.at_most is not None
    assert both.about is not None
    assert both.at_most <= sum(each.at_most or 0 for each in alone)
    assert both.about <= both.at_most
    for each in alone:
        assert (each.about or 0) <= both.about, "one that is in it brings no more than all"
    exact = sum(
        lever.conversion.middle * len(lever.reaches & who.outside)
        for lever in some
        if lever.reaches is not None and lever.conversion is not None
    )
    assert both.about <= exact


@given(levers, people)
def test_together_is_at_most_one_sided_and_not_active(some: list[Lever], who: People) -> None:
    """Nobody is completed twice, and none who uses both tiers already."""
    not_active = who.proven - who.central - who.local
    both = together(some, who)
    assert both.at_most is not None
    assert both.at_most <= len(who.one_sided) + len(not_active)


@given(levers, people)
def test_low_about_and_high_are_in_order(some: list[Lever], who: People) -> None:
    for found in [*(gain(lever, who) for lever in some), together(some, who)]:
        if found.about is not None:
            assert found.at_most is not None
            assert (found.low or 0) <= found.about <= (found.high or 0) <= found.at_most


@given(levers, people)
def test_the_actions_are_greedy_and_add_up(some: list[Lever], who: People) -> None:
    chosen = best_actions(some, who)
    assert len(chosen) <= 5
    assert all(adds >= 1 for _, adds in chosen)
    if chosen:
        adds = chosen[0][1]
        assert adds == max(gain(lever, who).about or 0 for lever in some)
        done = together([lever for lever, _ in chosen], who)
        assert sum(adds for _, adds in chosen) == done.about


@given(members, people, st.sampled_from(["central", "local"]))
def test_a_system_completes_those_of_the_other_tier_alone(
    listed: BitMap, who: People, tier: str
) -> None:
    reached = who.completed_by(listed, tier=tier)
    assert reached <= who.one_sided & listed
    assert not reached & (who.central if tier == "central" else who.local)


def test_without_a_list_or_with_few_cases_a_gain_is_unknown() -> None:
    who = People(BitMap(range(10)), BitMap(range(5)), BitMap())
    certain = Conversion(Fraction(1), Fraction(1), Fraction(1))
    no_list = gain(Lever("L1", None, certain), who)
    assert (no_list.at_most, no_list.about) == (None, None)
    few = gain(Lever("L1", BitMap(range(5)), observed([(1, 2), (1, 3)])), who)
    assert (few.at_most, few.about) == (5, None), "the upper bound is an exact count"
    known = gain(Lever("L1", BitMap(range(5)), observed([(1, 2), (1, 4), (3, 4)])), who)
    assert (known.at_most, known.about) == (5, 2)
    assert best_actions([Lever("L1", None, certain), Lever("L2", BitMap([1]), None)], who) == []


def test_two_levers_that_reach_the_same_people_help_once() -> None:
    who = People(BitMap(range(100)), BitMap(range(100)), BitMap())
    half = Conversion(Fraction(1, 2), Fraction(1, 2), Fraction(1, 2))
    one, two = (Lever(name, BitMap(range(100)), half) for name in ("a", "b"))
    assert together([one, two], who).about == 75
    assert [adds for _, adds in best_actions([one, two], who)] == [50, 25]


def test_conversion_is_the_median_with_quartiles_of_past_cases() -> None:
    found = observed([(1, 10), (2, 10), (3, 10), (4, 10), (9, 10), (0, 0)])
    assert found == Conversion(Fraction(2, 10), Fraction(3, 10), Fraction(4, 10))


def test_a_province_to_the_median_is_arithmetic() -> None:
    assert to_the_median(100, 1000, Fraction(1, 8)) == 25
    assert to_the_median(126, 1000, Fraction(1, 8)) == 0
    assert to_the_median(0, 3, Fraction(1, 2)) == 2


def test_a_gain_comes_in_six_equal_months() -> None:
    assert with_gain([0] * 8, 60) == [10, 20, 30, 40, 50, 60, 60, 60]
    assert with_gain([5, 5], 1) == [5, 5]


@given(people, people, members, members)
def test_the_change_adds_up(before: People, now: People, closed: BitMap, ever: BitMap) -> None:
    parts = change(before, now, closed=closed, ever=ever)
    assert sum(parts.values()) == len(now.both) - len(before.both)


provinces = st.lists(
    st.tuples(st.integers(0, 50), st.integers(50, 200), st.integers(0, 50), st.integers(50, 200)),
    min_size=1,
    max_size=8,
)


@given(provinces)
def test_rates_and_sizes_of_provinces_explain_the_change_without_a_rest(
    some: list[tuple[int, int, int, int]],
) -> None:
    before, now = [each[:2] for each in some], [each[2:] for each in some]
    rate, mix = between(before, now)

    def of(months: list[tuple[int, int]]) -> Fraction:
        return Fraction(sum(used for used, _ in months), sum(everyone for _, everyone in months))

    assert rate + mix == of(now) - of(before)
