"""A share is never written as what it has not reached."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from idp.kit.shares import at_most, cut_down


@pytest.mark.parametrize(
    ("percent", "decimals", "written"),
    [
        (19.992, 1, "19.9"),
        (19.99999, 4, "19.9999"),
        (99.996, 0, "99"),
        (20.0, 1, "20.0"),
        (14.3, 1, "14.3"),
        (100 * 29 / 100, 0, "29"),
        (0.04, 1, "0.0"),
        (1e-7, 4, "0.0000"),
    ],
)
def test_a_share_is_cut_down(percent: float, decimals: int, written: str) -> None:
    """D7: 19.992% beside "not reached" was printed as 20.0%."""
    assert cut_down(percent, decimals) == Decimal(written)


@given(integers(1, 10**9), integers(1, 10**9), integers(1, 100), integers(0, 4))
def test_no_share_is_written_as_the_target_before_it_is_reached(
    part: int, whole: int, target: int, decimals: int
) -> None:
    """D7: for every count, every target, every number of decimals."""
    part = min(part, whole)
    percent = 100 * part / whole
    is_reached = 100 * part >= target * whole
    assert (cut_down(percent, decimals) >= target) is is_reached
    assert (at_most(percent, decimals, below=target) >= target) is is_reached


@pytest.mark.parametrize(
    ("percent", "written"),
    [(200 / 3, "66.7"), (19.992, "19.992"), (19.89, "19.9"), (20.0, "20.0"), (20.01, "20.1")],
)
def test_a_bound_is_never_written_lower_than_it_is(percent: float, written: str) -> None:
    """D7: "at most 66.6%" of two thirds would be false; 19.992% stays below the target."""
    assert at_most(percent, 1, below=20) == Decimal(written)
