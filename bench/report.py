"""How a run is told: a table for people, JSON for programs."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.flood import CROWD, Flood
from bench.load import Measured
from bench.run import CONNECTIONS, Results

MEMORY_BUDGET = 150
"""MB an idle worker may keep resident."""
_SATURATED = 0.95
_PASSWORD = "password sign-in"
_SHARED = ("client credentials", "refresh", "warm code flow")
"""The flows that the peer runs as well."""
_PEER = "node-oidc-provider"


def as_json(results: Results) -> dict[str, Any]:
    """Everything measured, in seconds, milliseconds and MB."""
    return {
        "cores": asdict(results.cores),
        "argon2id": {
            "per_second": round(results.argon2id.per_second, 1),
            "cpu_ms_each": round(results.argon2id.cpu_milliseconds, 3),
        },
        "fsync_ms": round(results.fsync_milliseconds, 3),
        "worker_memory_mb": {
            "idle": results.idle and asdict(results.idle),
            "after_load": results.loaded and asdict(results.loaded),
        },
        "start": {
            "ms": round(1000 * results.started_in),
            "cpu_ms": round(1000 * results.start_cpu_seconds),
        },
        "flood": results.flood and _flood_figures(results.flood),
        "idp": {name: _figures(each) for name, each in results.ours.items()},
        _PEER: {name: _figures(each) for name, each in results.peers.items()},
        "skipped": results.skipped,
        "ratios": {
            name: {"of_rate": round(rate, 3), "of_cpu": round(cpu, 3)}
            for name in _compared(results)
            for rate, cpu in [_ratios(results, name)]
        },
    }


def show(results: Results, *, before: dict[str, float]) -> None:
    """Print the table and what must be known to read it.

    `before` is what each flow took of the CPU in the last run kept (`cpu_times`), in milliseconds.
    """
    console = Console(width=None if Console().is_terminal else 120)
    table = Table(title=f"One worker on one core, {CONNECTIONS} connections, durable PostgreSQL")
    table.add_column("flow", min_width=len("introspection"))
    for name in (
        "per second",
        "p50 ms",
        "p99 ms",
        "CPU ms each",
        "since last",
        "core busy",
        "ratio",
        "by CPU",
    ):
        table.add_column(name, justify="right")
    for name, measured in results.ours.items():
        table.add_row(*_row(name, measured, before.get(name)), *_told_ratios(results, name))
    table.add_section()
    alone = results.argon2id
    cpu = f"{alone.cpu_milliseconds:,.2f}"
    table.add_row("argon2id alone", f"{alone.per_second:,.1f}", "", "", cpu)
    started = (f"{1000 * each:,.0f}" for each in (results.started_in, results.start_cpu_seconds))
    table.add_row("start to ready", "", next(started), "", next(started))
    table.add_section()
    for name, measured in results.peers.items():
        table.add_row(*_row(f"{name}, {_PEER} in memory", measured))
    if results.skipped:
        table.add_row(f"{_PEER}: skipped, {results.skipped}")
    console.print(table)
    for line in _notes(results):
        console.print(line, highlight=False)


def cpu_times(record: object) -> dict[str, float]:
    """Milliseconds by flow in what `as_json` made; none of what cannot be read as that."""
    flows = record.get("idp") if isinstance(record, dict) else None
    if not isinstance(flows, dict):
        return {}
    times = {n: f.get("cpu_ms_each") for n, f in flows.items() if isinstance(f, dict)}
    return {n: t for n, t in times.items() if isinstance(t, int | float) and t > 0}


def _row(name: str, measured: Measured, before: float | None = None) -> tuple[str, ...]:
    return (
        name,
        f"{measured.rate:,.1f}",
        f"{measured.percentile(0.5):,.1f}",
        f"{measured.percentile(0.99):,.1f}",
        f"{measured.cpu_milliseconds:,.2f}",
        f"{measured.cpu_milliseconds / before - 1:+.0%}" if before else "",
        f"{measured.cpu_seconds / measured.seconds:.0%}",
    )


def _figures(measured: Measured) -> dict[str, float]:
    return {
        "count": measured.count,
        "answered_503": measured.refused,
        "seconds": round(measured.seconds, 3),
        "per_second": round(measured.rate, 1),
        "p50_ms": round(measured.percentile(0.5), 2),
        "p99_ms": round(measured.percentile(0.99), 2),
        "cpu_ms_each": round(measured.cpu_milliseconds, 3),
        "process_busy": round(measured.cpu_seconds / measured.seconds, 3),
        "serving_core_busy": round(measured.serving_busy, 3),
        "loading_core_busy": round(measured.loading_busy, 3),
    }


def _flood_figures(flood: Flood) -> dict[str, dict[str, float]]:
    told = {
        "crowd": flood.crowd,
        "signed_in": flood.signed_in,
        "readiness": flood.readiness,
    }
    return {
        name: {
            "count": each.count,
            "answered_503": each.refused,
            "p50_ms": round(each.percentile(0.5), 1),
            "p95_ms": round(each.percentile(0.95), 1),
        }
        for name, each in told.items()
    }


def _told_flood(flood: Flood) -> str:
    signed_in, readiness, crowd = flood.signed_in, flood.readiness, flood.crowd
    return (
        f"Beside {CROWD} clients that sign in with passwords, two workers on both cores: "
        f"{signed_in.count} code flows of people signed in, p95 {signed_in.percentile(0.95):.0f} "
        f"ms, {signed_in.refused} answered 503; /readyz {readiness.count} times, p95 "
        f"{readiness.percentile(0.95):.0f} ms, {readiness.refused} times 503. Of the crowd "
        f"{crowd.count / flood.seconds:.0f} a second signed in."
    )


def _compared(results: Results) -> list[str]:
    return [name for name in results.ours if name == _PASSWORD or name in results.peers]


def _ratios(results: Results, name: str) -> tuple[float, float]:
    """To argon2id alone or the same flow of the peer: of the rates, and of flows per CPU time."""
    ours = results.ours[name]
    if name == _PASSWORD:
        alone = results.argon2id
        return ours.rate / alone.per_second, alone.cpu_milliseconds / ours.cpu_milliseconds
    other = results.peers[name]
    return ours.rate / other.rate, other.cpu_milliseconds / ours.cpu_milliseconds


def _told_ratios(results: Results, name: str) -> tuple[str, str]:
    if name not in _compared(results):
        return ("skipped" if name in _SHARED and results.skipped else ""), ""
    unit = "argon2id" if name == _PASSWORD else "node"
    of_rate, of_cpu = _ratios(results, name)
    return f"{of_rate:.2f} × {unit}", f"{of_cpu:.2f}"


def _notes(results: Results) -> list[str]:
    notes = []
    if results.idle and results.loaded:
        told = "within" if results.idle.rss <= MEMORY_BUDGET else "over"
        notes.append(
            f"Memory of the idle worker: {results.idle.rss:.0f} MB resident, "
            f"{results.idle.pss:.0f} MB its own share, {told} {MEMORY_BUDGET} MB; "
            f"after the load {results.loaded.rss:.0f} MB."
        )
    if results.flood:
        notes.append(_told_flood(results.flood))
    both = [*results.ours.items(), *((f"{n} ({_PEER})", m) for n, m in results.peers.items())]
    notes += [f"{n}: {m.refused} more were answered 503." for n, m in both if m.refused]
    notes.append(f"The disk keeps 8 KB in {results.fsync_milliseconds:.2f} ms (fdatasync).")
    if results.cores.is_shared:
        notes.append("There is only one core: the database and the load took their time from it.")
        return notes
    full = [name for name, measured in both if measured.loading_busy > _SATURATED]
    if full:
        notes.append(
            "The core of database and load was full during: "
            + ", ".join(full)
            + "; those rates are lower bounds."
        )
    foreign = [
        name
        for name, measured in both
        if measured.serving_busy - measured.cpu_seconds / measured.seconds > 1 - _SATURATED
    ]
    if foreign:
        notes.append(
            "Other programs took time from the serving core during: "
            + ", ".join(foreign)
            + "; believe the last column."
        )
    return notes
