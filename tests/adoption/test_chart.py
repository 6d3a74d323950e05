"""Charts as pure functions: what is not known is not drawn, and the target always is."""

from datetime import date

from idp.adoption.chart import Series, draw_bar, draw_lines
from idp.figures.days import month_end, month_start

MONTHS = [month_end(month_start(date(2025, 1, 1), months_before=-n)) for n in range(5)]


def test_a_chart_draws_no_line_across_a_month_that_is_not_known() -> None:
    """D1: the line would say what nobody knows."""
    uni_used = Series("Unified use", [2, 4, None, 8, 10])
    chart = draw_lines(MONTHS, [uni_used, Series("Registered", [50] * 5)], target=20)
    assert chart is not None
    assert [len(line.parts) for line in chart.lines] == [2, 1]


def test_a_chart_needs_two_months_and_always_shows_the_target() -> None:
    assert draw_lines(MONTHS[:1], [Series("Unified use", [5])], target=20) is None
    chart = draw_lines(MONTHS[:3], [Series("Unified use", [1, 2, 3])], target=20)
    assert chart is not None
    assert chart.frame.grid[-1][0] < chart.frame.target_y < chart.frame.bottom


def test_a_bar_ends_at_the_target_only_where_it_is_reached() -> None:
    assert draw_bar(None, target_percent=20).filled == 0
    assert draw_bar(90, target_percent=20).filled <= 100
    almost, target = draw_bar(19.992, target_percent=20), draw_bar(20, target_percent=20)
    assert almost.filled < almost.target == target.filled, "D7"
