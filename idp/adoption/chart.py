"""Where the points and lines of the chart stand. The template draws them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from idp.figures.rates import MonthPoint, Rate
from idp.kit.shares import cut_down

WIDTH, HEIGHT = 560, 280
LEFT, RIGHT, TOP, BOTTOM = 18, 60, 40, 44
_GRID_STEP = 5
_LABELS = 4


@dataclass(frozen=True)
class Mark:
    """One month of one line."""

    x: float
    y: float
    percent: float


@dataclass(frozen=True)
class GridLine:
    """One horizontal line with its value in percent points."""

    y: float
    percent: int


@dataclass(frozen=True)
class MonthLabel:
    """A month's name under the axis."""

    x: float
    month: date


@dataclass(frozen=True)
class Chart:
    """Two lines over months, and the target."""

    width: int
    height: int
    left: int
    right: int
    bottom: float
    grid: tuple[GridLine, ...]
    labels: tuple[MonthLabel, ...]
    registered: tuple[Mark, ...]
    uni_used: tuple[Mark, ...]
    target_y: float
    step: float
    """From one month to the next."""

    def polylines(self, marks: Sequence[Mark]) -> list[str]:
        """The `points` of SVG polylines: no line is drawn across a month that is not known."""
        lines: list[list[Mark]] = []
        for mark in marks:
            if not lines or mark.x - lines[-1][-1].x > 1.5 * self.step:
                lines.append([])
            lines[-1].append(mark)
        return [" ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in line) for line in lines]


@dataclass(frozen=True)
class Bar:
    """A rate on a scale that shows the target, in percent of the bar's length."""

    filled: float
    target: float
    scale_end: int


def draw_chart(points: Sequence[MonthPoint], *, target_percent: int) -> Chart | None:
    """The chart; None with fewer than two known months, of which no line can be drawn."""
    rates = [rate.percent for point in points for rate in (point.registered, point.uni_used)]
    known = [percent for percent in rates if percent is not None]
    if len(points) < 2 or not known:
        return None
    top = _GRID_STEP * ceil(max(*known, target_percent * 1.1) / _GRID_STEP)
    step = (WIDTH - LEFT - RIGHT) / (len(points) - 1)

    def y(percent: float) -> float:
        return round(HEIGHT - BOTTOM - percent / top * (HEIGHT - TOP - BOTTOM), 1)

    def marks(rates: Sequence[Rate]) -> tuple[Mark, ...]:
        return tuple(
            Mark(round(LEFT + i * step, 1), y(rate.percent), rate.percent)
            for i, rate in enumerate(rates)
            if rate.percent is not None
        )

    every = ceil(len(points) / _LABELS)
    grid_step = _GRID_STEP * ceil(top / _GRID_STEP / 8)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=y(0),
        grid=tuple(GridLine(y(percent), percent) for percent in range(0, top + 1, grid_step)),
        labels=tuple(
            MonthLabel(round(LEFT + i * step, 1), point.month_end)
            for i, point in enumerate(points)
            if (len(points) - 1 - i) % every == 0
        ),
        registered=marks([point.registered for point in points]),
        uni_used=marks([point.uni_used for point in points]),
        target_y=y(target_percent),
        step=step,
    )


def draw_bar(percent: float | None, *, target_percent: int) -> Bar:
    """The bar ends a quarter beyond the target, or beyond the rate when that is higher."""
    end = min(100, _GRID_STEP * ceil(max(percent or 0, target_percent) * 1.25 / _GRID_STEP))
    filled = min(100.0, 100 * (percent or 0) / end)
    cut = float(cut_down(filled, 1))
    return Bar(filled=cut, target=round(100 * target_percent / end, 1), scale_end=end)
