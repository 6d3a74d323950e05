"""Where the points, lines and bars of charts stand. `macros/chart.html` draws them as SVG. Pure.

A chart is drawn for a page of 560 pixels and for one of 340, never scaled, so that its text stays
as large as it was written; bars, stacks and dots are in percent of whatever width there is.
"""

from collections.abc import Callable, Sequence
from datetime import date
from math import ceil, log10
from typing import TypeAlias

from idp.kit.immutable import immutable
from idp.kit.shares import cut_down

WIDE, NARROW = 560, 340
"""Pixels a chart is drawn for."""
_HEIGHTS = {WIDE: 280, NARROW: 240}
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 46, 16, 30
_KEY_LINE = 20
"""What the name of a line takes, above the chart: beside its end it would stand on another."""
_GRID_STEP = 5
_LABEL_WIDTH = 90

Axis: TypeAlias = Callable[[float], float]


@immutable
class Series:
    """A line over the months of a chart, in percent points; None: not known, nothing is drawn."""

    name: str
    percents: Sequence[float | None]
    decimals: int = 1
    """With which its end is written."""


@immutable
class Mark:
    """A point of a line, or of a plot."""

    x: float
    y: float
    percent: float
    name: str = ""


@immutable
class Line:
    """The parts of one series: no line is drawn across a month that is not known."""

    name: str
    parts: tuple[str, ...]
    end: Mark
    decimals: int


@immutable
class Frame:
    """The room of a chart with axes: percent lines, and what stands below."""

    width: int
    height: int
    left: float
    right: float
    bottom: float
    grid: tuple[tuple[float, int], ...]
    """Where a percent line is, and its percent points."""
    target_y: float


@immutable
class LineChart:
    """Lines over months, the target, and a band of what a forecast leaves open."""

    frame: Frame
    months: tuple[tuple[float, date], ...]
    lines: tuple[Line, ...]
    band: str | None


@immutable
class FunnelPlot:
    """Places by size and rate; outside the two curves a place differs from the whole clearly."""

    frame: Frame
    sizes: tuple[tuple[float, int], ...]
    low: str
    high: str
    whole_y: float
    marks: tuple[Mark, ...]


@immutable
class Bar:
    """A rate on a scale that shows the target, in percent of the bar's length."""

    filled: float
    target: float
    scale_end: int


@immutable
class Part:
    """A part of a stacked bar, in percent of its length."""

    start: float
    length: float
    count: int
    share: float
    """Percent of the whole."""


def draw_lines(
    months: Sequence[date],
    series: Sequence[Series],
    *,
    target: float,
    band: Sequence[tuple[float, float] | None] = (),
    width: int = WIDE,
    height: int | None = None,
) -> LineChart | None:
    """The chart; None with fewer than two months, or nothing known, of which no line can be drawn.

    `band`: lowest and highest percent of each month, of the months that are forecast.
    """
    edges = [percent for pair in band if pair for percent in pair]
    known = [p for line in series for p in line.percents if p is not None]
    if len(months) < 2 or not known:
        return None
    frame, y = _frame(
        width,
        [*known, *edges, target * 1.1],
        target=target,
        height=height,
        above=_KEY_LINE * (1 if width == WIDE else len(series)),
    )
    x = _linear(0, len(months) - 1, frame.left, frame.right)
    every = ceil(len(months) / ((frame.right - frame.left) / _LABEL_WIDTH))
    last = len(months) - 1
    lines = [drawn for line in series if (drawn := _line(line, x, y)) is not None]
    return LineChart(
        frame=frame,
        months=tuple((x(i), m) for i, m in enumerate(months) if (last - i) % every == 0),
        lines=tuple(lines),
        band=_band(band, x, y) if edges else None,
    )


def draw_funnel(
    places: Sequence[tuple[str, int, float]],
    limits: Callable[[int], tuple[float, float]],
    *,
    whole: float,
    target: float,
    width: int = WIDE,
) -> FunnelPlot | None:
    """Name, size and percent of each place; `limits` of a size; None without two of them."""
    if len(places) < 2:
        return None
    frame, y = _frame(width, [p for _, _, p in places] + [target * 1.1, whole], target=target)
    low, high = (edge(size for _, size, _ in places) for edge in (min, max))
    x = _linear(log10(low) - 0.05, log10(high) + 0.05, frame.left + 6, frame.right - 6)
    steps = [round(low * (high / low) ** (i / 24)) for i in range(25)]
    top = max(percent for _, percent in frame.grid)

    def curve(which: int) -> str:
        edges = ((s, min(max(limits(s)[which], 0), top)) for s in steps)
        return " ".join(f"{x(log10(size)):.0f},{y(edge):.0f}" for size, edge in edges)

    return FunnelPlot(
        frame=frame,
        sizes=tuple((x(log10(size)), size) for size in _round_sizes(low, high)),
        low=curve(0),
        high=curve(1),
        whole_y=y(whole),
        marks=tuple(Mark(x(log10(s)), y(p), p, name) for name, s, p in places),
    )


def draw_bar(percent: float | None, *, target_percent: float, end: int | None = None) -> Bar:
    """The bar ends at `end` percent points; for one alone see `bar_end`."""
    end = end or bar_end([percent], target_percent=target_percent)
    filled = min(100.0, 100 * (percent or 0) / end)
    cut = float(cut_down(filled, 1))
    return Bar(filled=cut, target=round(100 * target_percent / end, 1), scale_end=end)


def bar_end(percents: Sequence[float | None], *, target_percent: float) -> int:
    """Where bars that stand together end: a quarter beyond the target, or beyond a higher rate."""
    highest = max((p for p in percents if p is not None), default=0)
    beyond = target_percent * 1.25
    return min(100, _GRID_STEP * ceil(max(beyond, highest) / _GRID_STEP))


def draw_stack(counts: Sequence[int]) -> tuple[Part, ...]:
    """The parts of a whole beside each other, with one percent between them to be told apart."""
    whole = sum(counts)
    parts, start = [], 0.0
    for count in counts:
        share = 100 * count / whole if whole else 0.0
        parts.append(Part(round(start, 2), round(max(share - 0.4, 0), 2), count, share))
        start += share
    return tuple(parts)


def draw_spark(percents: Sequence[float | None], *, width: int = 72, height: int = 18) -> str:
    """The corners of small bars as the path of one shape; an unknown month is left out."""
    known = [p for p in percents if p is not None]
    top = max(known, default=0) or 1
    step = width / max(len(percents), 1)
    bars = []
    for i, percent in enumerate(percents):
        if percent is not None:
            tall = max(1, round(percent / top * height))
            bars.append(f"M{i * step:.0f} {height}v-{tall}h{max(step - 2, 1):.0f}v{tall}z")
    return "".join(bars)


def _frame(
    width: int,
    percents: Sequence[float],
    *,
    target: float,
    height: int | None = None,
    above: int = 0,
) -> tuple[Frame, Axis]:
    height = height or _HEIGHTS[width]
    top = _GRID_STEP * ceil(max(percents) / _GRID_STEP)
    axis = _linear(0, top, height - _BOTTOM, _TOP + above)
    step = _GRID_STEP * ceil(top / _GRID_STEP / (6 if height > 200 else 3))
    frame = Frame(
        width=width,
        height=height,
        left=_LEFT,
        right=width - _RIGHT,
        bottom=height - _BOTTOM,
        grid=tuple((axis(percent), percent) for percent in range(0, top + 1, step)),
        target_y=axis(target),
    )
    return frame, axis


def _linear(low: float, high: float, start: float, end: float) -> Axis:
    span = (high - low) or 1
    return lambda value: round(start + (value - low) / span * (end - start), 1)


def _line(series: Series, x: Axis, y: Axis) -> Line | None:
    parts: list[list[str]] = [[]]
    end = None
    for i, percent in enumerate(series.percents):
        if percent is None:
            parts.append([])
            continue
        end = Mark(x(i), y(percent), percent)
        parts[-1].append(f"{end.x:g},{end.y:g}")
    if end is None:
        return None
    return Line(series.name, tuple(" ".join(part) for part in parts if part), end, series.decimals)


def _band(band: Sequence[tuple[float, float] | None], x: Axis, y: Axis) -> str:
    known = [(i, pair) for i, pair in enumerate(band) if pair is not None]
    there = [f"{x(i):g},{y(low):g}" for i, (low, _) in known]
    back = [f"{x(i):g},{y(high):g}" for i, (_, high) in reversed(known)]
    return " ".join(there + back)


def _round_sizes(low: int, high: int) -> list[int]:
    """Up to four sizes of one digit that are easily read."""
    found = [d * 10**e for e in range(9) for d in (1, 2, 5) if low <= d * 10**e <= high]
    return found[:: ceil(len(found) / 4)] if found else []
