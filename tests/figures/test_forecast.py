"""When the target is reached: decided by counts, with a band that holds what it says."""

from datetime import date
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.forecast import backtest, band
from idp.figures.band import simulated_widths
from idp.figures.days import month_end, month_start
from idp.figures.forecast import (
    FEWEST_MONTHS,
    HORIZON,
    Expected,
    Month,
    Reached,
    TooEarly,
    TooFew,
    foretell,
    half_widths,
    known_months,
    mean_move,
    months_late,
    pace,
    past_forecasts,
    path_on_logit,
)
from idp.figures.rates import Rate
from idp.settings.people import Target

TARGET = Target(percent=20)
WIDTHS = simulated_widths()
FIRST = date(2025, 1, 1)


def ends(count: int) -> list[date]:
    return [month_end(month_start(FIRST, months_before=-i)) for i in range(count)]


def series(*numerators: int, everyone: int = 100_000) -> list[Month]:
    days = ends(len(numerators))
    return [Month(day, n, everyone) for day, n in zip(days, numerators, strict=True)]


def rising(count: int, *, start: float = -4.0, step: float = 0.1) -> list[Month]:
    """On the logit it rises by the same each month."""
    shares = [1 / (1 + exp(-(start + step * i))) for i in range(count)]
    return series(*(round(share * 100_000) for share in shares))


def told(months: list[Month]) -> object:
    return foretell(months, target=TARGET, widths=WIDTHS)


def test_the_path_is_a_damped_trend_on_the_logit() -> None:
    path = path_on_logit(rising(12))
    last = -4.0 + 11 * 0.1
    assert path[0] == pytest.approx(last + 0.09, abs=2e-3)
    assert path[1] == pytest.approx(last + 0.09 + 0.081, abs=2e-3)
    assert len(path) == HORIZON


@given(st.lists(st.integers(0, 1000), min_size=12, max_size=30))
def test_the_middle_lies_within_the_band_and_a_date_between_its_edges(counts: list[int]) -> None:
    answer = told(series(*counts, everyone=5100))
    if isinstance(answer, Expected):
        assert all(f.low <= f.middle <= f.high for f in answer.path)
        far = date.max
        dates = (answer.earliest_on, answer.about_on, answer.latest_on)
        assert [d or far for d in dates] == sorted(d or far for d in dates)


@pytest.mark.parametrize(("numerator", "is_reached"), [(19_999, False), (20_000, True)])
def test_counts_decide_what_is_reached(numerator: int, is_reached: bool) -> None:
    """19.999% is not reached, now or in a month to come: a count that is cut down decides."""
    months = [*rising(12)[:-1], Month(ends(12)[-1], numerator, 100_000)]
    assert isinstance(told(months), Reached) is is_reached
    assert Month(FIRST, 19_241_796, 96_208_984).has_reached(TARGET) is False
    assert Month(FIRST, 19_241_797, 96_208_984).has_reached(TARGET) is True


def test_a_month_to_come_is_reached_by_its_count() -> None:
    answer = told(rising(24))
    assert isinstance(answer, Expected)
    first = next(f for f in answer.path if f.middle >= 20_000)
    assert answer.about_on == first.month_on
    before = [f for f in answer.path if f.month_on < first.month_on]
    assert all(f.middle < 20_000 for f in before)


def test_below_twelve_whole_windows_no_date_is_said() -> None:
    assert told(rising(FEWEST_MONTHS - 1)) == TooEarly(11)
    assert isinstance(told(rising(FEWEST_MONTHS)), Expected)


def test_few_subjects_are_too_few() -> None:
    few = series(*(90 + i for i in range(20)), everyone=5000)
    assert isinstance(told(few[:-5]), TooFew)
    assert isinstance(told(few), Expected), "100 and more in each of the last six"


def test_a_month_that_is_not_known_ends_the_row() -> None:
    """D1: a trend through the months on both sides of it takes them for neighbours."""
    rates = [(day, Rate(1, 100)) for day in ends(20)]
    assert len(known_months(rates)) == 20
    for unknown in (Rate(1, None), Rate(None, 100), Rate(1, 0)):
        assert len(known_months([*rates[:15], (rates[15][0], unknown), *rates[16:]])) == 4


def test_what_is_not_reached_in_24_months_has_no_date() -> None:
    answer = told(rising(14, step=0.01))
    assert isinstance(answer, Expected)
    assert answer.about_on is None
    falling = told(rising(14, start=-2, step=-0.01))
    assert isinstance(falling, Expected)
    assert falling.about_on is None


def test_own_errors_widen_the_band_once_there_are_twelve() -> None:
    restless = [0.0] * 12 + [0.3, -0.3, 0.3, -0.3, 0.3, -0.3] + [0.0] * 6
    shares = [1 / (1 + exp(4 - 0.05 * i - each)) for i, each in enumerate(restless)]
    months = series(*(round(share * 100_000) for share in shares))
    before, after = told(months[:-1]), told(months)
    assert isinstance(before, Expected)
    assert isinstance(after, Expected)
    assert (before.basis, after.basis) == ("simulated", "own")
    half, is_own = half_widths(months, WIDTHS)
    assert is_own
    assert half[0] > WIDTHS[1] * mean_move(months)
    calm, _ = half_widths(rising(24), WIDTHS)
    assert calm[0] == pytest.approx(WIDTHS[1] * mean_move(rising(24)))


def test_a_step_is_told_by_the_next_forecast_and_kept_in_the_errors() -> None:
    """dashboard: the model is late for jumps, and says so."""
    months = rising(26)
    last = months[-1]
    jumped = [*months[:-1], Month(last.month_end, last.numerator + 5000, 100_000)]
    calm = past_forecasts(months, target=TARGET, widths=WIDTHS)
    shaken = past_forecasts(jumped, target=TARGET, widths=WIDTHS)
    assert not calm[0].is_outside
    assert shaken[0].is_outside
    assert shaken[0].error == pytest.approx(-5, abs=0.2), "signed: less was foretold than came"
    assert len(shaken) == 12
    assert [p.month_end for p in shaken] == sorted((p.month_end for p in shaken), reverse=True)


def test_the_pace_beside_the_one_that_is_required() -> None:
    months = series(*range(7_000, 19_000, 1_000))
    found = pace(months, target=TARGET, due_on=date(2026, 6, 30))
    assert found is not None
    assert found.present == 1
    assert found.required == pytest.approx(2 / 6)
    late = pace(months, target=TARGET, due_on=date(2020, 12, 31))
    assert late is not None
    assert late.required is None
    assert pace(months[:6], target=TARGET, due_on=None) is None


def test_lateness_is_whole_months() -> None:
    assert months_late(date(2020, 12, 31), date(2026, 10, 31)) == 5 * 12 + 10
    assert months_late(date(2030, 12, 31), date(2026, 10, 31)) == 0


def test_the_table_of_widths_is_what_its_script_makes() -> None:
    assert band.TABLE.read_text() == band.make_table()
    assert list(WIDTHS) == list(range(1, HORIZON + 1))


def test_the_band_holds_what_it_says_on_countries_that_it_was_not_made_of() -> None:
    """Acceptance: 70 to 90 of 100, three and six months ahead, from 12, 18, 24 and 36 months."""
    held = backtest.run(backtest.ours)
    for origin in backtest.ORIGINS:
        for ahead in (3, 6):
            assert 70 <= held[origin, ahead].share <= 90, (origin, ahead)
            assert len(held[origin, ahead].errors) >= 200


def test_its_errors_are_smaller_than_those_of_the_straight_line_before_it() -> None:
    ours, line = backtest.run(backtest.ours), backtest.run(backtest.straight)
    assert all(ours[key].error < line[key].error for key in ours)
