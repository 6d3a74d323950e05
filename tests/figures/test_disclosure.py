"""Outside readers see nothing that tells of a few people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.figures.disclosure import Cell, Shown, disclose
from idp.settings.people import Target

TARGET = Target(percent=20)


@pytest.mark.parametrize("count", range(10))
@pytest.mark.parametrize("is_national", [True, False])
def test_fewer_than_ten_are_starred_even_in_the_nation(count: int, is_national: bool) -> None:
    assert disclose(count, is_national=is_national) == Cell(None, is_suppressed=True)


@pytest.mark.parametrize(("count", "printed"), [(10, 10), (12, 10), (13, 15), (1_234, 1_235)])
def test_the_rest_is_rounded_to_five_but_in_the_nation(count: int, printed: int) -> None:
    assert disclose(count) == Cell(printed)
    assert disclose(count, is_national=True) == Cell(count)


def test_not_known_is_not_suppressed() -> None:
    assert disclose(None) == Cell(None)
    assert not Shown.of(50, None).is_suppressed
    assert Shown.of(50, None).percent is None


@pytest.mark.parametrize(("numerator", "hidden"), [(9, True), (10, False), (90, False), (91, True)])
def test_a_rate_is_starred_by_its_numerator_or_by_the_rest(numerator: int, hidden: bool) -> None:
    shown = Shown.of(numerator, 100)
    assert shown.is_suppressed is hidden
    assert (shown.percent is None) is hidden
    assert shown.numerator.is_suppressed is hidden, "else it could be counted from the rest"


@pytest.mark.parametrize(("denominator", "decimals"), [(3_999, 0), (4_000, 1)])
def test_a_decimal_only_of_four_thousand(denominator: int, decimals: int) -> None:
    assert Shown.of(100, denominator).decimals == decimals


@given(st.integers(10, 10_000), st.integers(100, 50_000))
def test_what_is_below_the_target_is_never_printed_as_reaching_it(part: int, whole: int) -> None:
    """19.98% of 5,001 would be rounded to 20%."""
    shown = Shown.of(part, whole, target=TARGET)
    if shown.percent is not None and 100 * part < 20 * whole:
        assert shown.percent < 20


@given(st.integers(0, 3_000), st.integers(1, 3_000))
def test_the_gap_is_of_what_is_printed(part: int, whole: int) -> None:
    shown = Shown.of(part, max(part, whole))
    gap = shown.gap(TARGET)
    if gap is not None:
        assert shown.numerator.value is not None
        assert shown.denominator.value is not None
        assert gap == max(0, -(-shown.denominator.value // 5) - shown.numerator.value)


@pytest.mark.parametrize(
    ("part", "whole", "gap"), [(198, 992, 5), (1_998, 10_000, 5), (200, 1_000, 0)]
)
def test_below_the_target_somebody_is_missing(part: int, whole: int, gap: int) -> None:
    """Whatever rounding makes of both counts: 198 of 992 are printed as 200 of 990."""
    assert Shown.of(part, whole, target=TARGET).gap(TARGET) == gap
