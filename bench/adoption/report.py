"""How a run of the figures' bench is told: tables for people, JSON for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.adoption.readers import Crowd
from bench.adoption.run import (
    DAY_CLOSED,
    DAY_SETS,
    HISTORY,
    MONTH_CLOSED,
    MONTH_SETS,
    Measured,
)

COUNTRY = 20_000_000
"""Subjects of the country that is reckoned with."""
DAILY = 425_000
"""Its sign-ins of a day."""
_YEARS_DAYS, _YEARS_MONTHS = 1826, 60
_KEPT_DAYS = 400
_HOUR, _MINUTE = 3600, 60


def as_json(found: Sequence[Measured], notes: Sequence[str]) -> dict[str, Any]:
    """All that was measured, in seconds, ms, MB and bytes; and what 20 million would take."""
    return {
        "sizes": [
            {
                "subjects": each.size.subjects,
                "outcomes": each.outcomes,
                "whole_seconds": round(each.whole_seconds, 1),
                "steps": {name: asdict(took) for name, took in each.meter.took.items()},
                "skipped": each.meter.skipped,
                "bytes": each.bytes_of,
                "counts": each.counts,
                "pages": each.pages and asdict(each.pages),
                "crowd": each.crowd and _crowd_figures(each.crowd),
            }
            for each in found
        ],
        "at_20_million": {name: _reckoned(found, name) for name in _steps(found)},
        "notes": [*notes, *_notes(found)],
    }


def show(found: Sequence[Measured], notes: Sequence[str]) -> None:
    """Print the tables and what must be known to read them."""
    console = Console(width=None if Console().is_terminal else 140)
    if found:
        console.print(_table_of_steps(found))
        console.print(_table_of_pages(found))
    for line in (*notes, *_notes(found)):
        console.print(line, highlight=False)


def _table_of_steps(found: Sequence[Measured]) -> Table:
    table = Table(
        title="Seconds on the wall / of CPU, ours and the database's / MB of ours at most"
    )
    table.add_column("step")
    for each in found:
        table.add_column(f"{each.size.subjects:,} subjects", justify="right")
    table.add_column(f"at {COUNTRY:,}: CPU, MB", justify="right")
    for name in _steps(found):
        cells = [_cell(each, name) for each in found]
        table.add_row(name, *cells, _told(_reckoned(found, name)))
    return table


def _cell(measured: Measured, name: str) -> str:
    took = measured.meter.took.get(name)
    if took is None:
        return measured.meter.skipped.get(name, "")
    memory = f" / {took.memory:,.0f}" if took.memory else ""
    return f"{took.seconds:,.1f} / {took.cpu:,.1f} + {took.database_cpu:,.1f}{memory}"


def _table_of_pages(found: Sequence[Measured]) -> Table:
    table = Table(
        title="Pages for one reader, ms on the wall (p50 / p95); CPU of the worker for each"
    )
    table.add_column("page")
    for each in found:
        table.add_column(f"{each.size.subjects:,} subjects", justify="right")
    rows = [
        ("the first page, made anew", lambda p: _spread(p.full, p.cpu.get("full"))),
        ("any slice, made anew", lambda p: _spread(p.slices, p.cpu.get("slices"))),
        ("any page, as it is kept", lambda p: _spread(p.kept, p.cpu.get("kept"))),
        ("today's figures", lambda p: _spread(p.today, p.cpu.get("today"))),
        ("memory of the worker, MB", lambda p: f"{p.memory:,.0f}"),
    ]
    for name, tell in rows:
        table.add_row(name, *(tell(each.pages) if each.pages else "" for each in found))
    return table


def _spread(values: Sequence[float], cpu: float | None) -> str:
    return f"{_percentile(values, 0.5):,.0f} / {_percentile(values, 0.95):,.0f}; {cpu or 0:,.1f}"


def _notes(found: Sequence[Measured]) -> Iterator[str]:
    if not found:
        yield "Nothing was measured."
        return
    largest = found[-1]
    yield from _told_rates(largest)
    if largest.crowd:
        yield from _told_crowd(largest.crowd)
    if len(found) > 1:
        yield _told_years(found)


def _told_rates(measured: Measured) -> Iterator[str]:
    history, sizes = measured.meter.took.get(HISTORY), measured.bytes_of
    if history:
        cpu = history.cpu + history.database_cpu
        yield (
            f"{measured.outcomes:,} sign-ins of {measured.size.subjects:,} subjects: closed and "
            f"frozen at {measured.outcomes / history.seconds:,.0f} rows a second, "
            f"{measured.outcomes / cpu:,.0f} a second of CPU."
        )
    if sizes and measured.counts.get("active in the month"):
        each = sizes[MONTH_SETS] / measured.counts["active in the month"]
        yield (
            f"Kept: {each:,.1f} bytes for each subject active in a month (its sets), "
            f"{sizes[DAY_SETS]:,} of a day, {_row_bytes(measured):,.0f} for each row of "
            f"the journal, {measured.counts['slices of one month']:,} rows for a frozen month."
        )


def _told_crowd(crowd: Crowd) -> Iterator[str]:
    for name, told in (
        (f"{crowd.rate} readers a second, after {crowd.today:,} sign-ins today", crowd.readers),
        ("of them readers of today's figures", crowd.of_today),
        ("sign-ins beside them", crowd.beside),
        ("sign-ins without readers", crowd.alone),
    ):
        yield (
            f"{name}: {told.count:,} answered, p50 {told.percentile(0.5):,.0f} ms, p95 "
            f"{told.percentile(0.95):,.0f} ms, {told.refused} errors."
        )
    yield (
        f"Workers took {crowd.cpu_milliseconds:.1f} ms of CPU for each reader, sign-ins beside "
        f"them included; the larger has {crowd.memory:,.0f} MB."
    )


def _told_years(found: Sequence[Measured]) -> str:
    largest = found[-1]
    rows = DAILY * _YEARS_DAYS
    month = largest.bytes_of.get(MONTH_SETS, 0) / _monthly(largest)
    sets = month * DAILY * (_YEARS_DAYS / _YEARS_MONTHS) * _YEARS_MONTHS
    days = largest.bytes_of.get(DAY_SETS, 0) / _daily(largest) * DAILY * _KEPT_DAYS
    day, end = _reckoned(found, DAY_CLOSED), _reckoned(found, MONTH_CLOSED)
    told = (
        f"Five years of {COUNTRY:,} subjects and {DAILY:,} sign-ins a day: "
        f"{rows * _row_bytes(largest) / 1e9:,.0f} GB of journal, {sets / 1e9:,.1f} GB of months' "
        f"sets, {days / 1e9:,.1f} GB of days'"
    )
    if day and end:
        cpu = day["cpu"] * (_YEARS_DAYS - _YEARS_MONTHS) + end["cpu"] * _YEARS_MONTHS
        told += f"; {_clock(cpu)} of CPU for every closing and freeze in them"
    return told + "."


def _reckoned(found: Sequence[Measured], name: str) -> dict[str, float] | None:
    """What the step would take, by the line through what it took; None for fewer than two sizes."""
    points = [
        (each.size.subjects, each.meter.took[name]) for each in found if name in each.meter.took
    ]
    if len(points) < 2:
        return None

    def at_country(of: Sequence[tuple[int, float]]) -> float:
        start, slope = line(of)
        return max(0.0, start + slope * COUNTRY)

    return {
        "cpu": at_country([(n, took.cpu + took.database_cpu) for n, took in points]),
        "memory": at_country([(n, took.memory) for n, took in points]),
    }


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Where the line of least squares through the points begins, and how it rises."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0
    return y_mean - slope * x_mean, slope


def _told(reckoned: dict[str, float] | None) -> str:
    if reckoned is None:
        return ""
    memory = f", {reckoned['memory']:,.0f} MB" if reckoned["memory"] else ""
    return _clock(reckoned["cpu"]) + memory


def _clock(seconds: float) -> str:
    if seconds >= 2 * _HOUR:
        return f"{seconds / _HOUR:,.1f} h"
    return f"{seconds / _MINUTE:,.1f} min" if seconds >= 2 * _MINUTE else f"{seconds:,.1f} s"


def _steps(found: Sequence[Measured]) -> list[str]:
    every = (name for each in found for name in (*each.meter.took, *each.meter.skipped))
    return list(dict.fromkeys(every))


def _row_bytes(measured: Measured) -> float:
    rows = measured.counts.get("journal rows", 0)
    return measured.bytes_of.get("journal_entry", 0) / max(1, rows)


def _daily(measured: Measured) -> float:
    """Sign-ins of the last day of the history: there are ever more of them, evenly."""
    return max(1.0, 2 * measured.outcomes / measured.days)


def _monthly(measured: Measured) -> float:
    return 30 * _daily(measured)


def _crowd_figures(crowd: Crowd) -> dict[str, Any]:
    told = {
        "readers": crowd.readers,
        "readers_of_today": crowd.of_today,
        "sign_ins_alone": crowd.alone,
        "sign_ins_beside": crowd.beside,
    }
    return {
        "today": crowd.today,
        "rate": crowd.rate,
        "cpu_ms_each": round(crowd.cpu_milliseconds, 2),
        "memory_mb": round(crowd.memory),
    } | {
        name: {
            "count": each.count,
            "errors": each.refused,
            "p50_ms": round(each.percentile(0.5), 1),
            "p95_ms": round(each.percentile(0.95), 1),
        }
        for name, each in told.items()
    }


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
