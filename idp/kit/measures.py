"""What this process counts of itself, for whoever scrapes it (`kit.exposition`).

One set a process. Requests are counted by the event loop alone, so that counting takes no lock;
what can be asked for at any moment is asked for only when somebody looks.
"""

import threading
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from idp.kit import clock

FOLDER_VARIABLE = "ONEDOOR_MEASURES"
"""Where a worker writes what it counted; the process that starts it says so."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds, in seconds, of the groups that latencies are counted in."""
OF_PROCESS = {
    "clock_drift_seconds": "How far this machine's clock is ahead of the database's.",
    "database_connections_in_use": "Pooled connections that requests hold.",
    "database_breaker_open": "1 while the database is taken to be away.",
    "requests_running": "Requests that hold a thread.",
    "requests_waiting": "Requests that wait for a thread.",
    "hashes_waiting": "Passwords that wait to be hashed.",
}
"""Gauges that each process has: told by its number."""
OF_NODE = {
    "journal_seal_age_seconds": "How long ago the journal was last sealed.",
    "interactions_overdue_seconds": "For how long the oldest abandoned sign-in has not been swept.",
    "outbox_overdue_seconds": "For how long the oldest message has been due.",
    "texts_spent": "Text messages of the country's day that count against its budget.",
    "texts_budget": "How many there may be.",
}
"""Gauges of the process that does the tasks, read from the database."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


@dataclass
class Latency:
    """How many took how long: one count for each bound, one for what took longer."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


@dataclass
class Rounds:
    """How often a task was done and failed, and when it last worked (seconds since 1970)."""

    done: int = 0
    failed: int = 0
    last_at: float = 0.0


@dataclass
class Counts:
    """Everything of one process that only grows."""

    requests: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """By method, route and status."""
    latencies: dict[str, Latency] = field(default_factory=dict)
    """By route."""
    tasks: dict[str, Rounds] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)


_counts = Counts()
_gauges: dict[str, Callable[[], float]] = {
    "clock_drift_seconds": lambda: clock.drift().total_seconds()
}
_tasks_lock = threading.Lock()


def request_ended(*, method: str, route: str, status: int, seconds: float | None = None) -> None:
    """Count a request; call it on the event loop. `route` is a pattern, never an address."""
    key = (method if method in _METHODS else "other", route, status)
    _counts.requests[key] = _counts.requests.get(key, 0) + 1
    if seconds is None:
        return
    latency = _counts.latencies.get(route)
    if latency is None:
        latency = _counts.latencies[route] = Latency()
    latency.counts[bisect_left(BOUNDS, seconds)] += 1
    latency.seconds += seconds


def task_ended(task: str, *, is_well: bool) -> None:
    """Count a round of a task."""
    with _tasks_lock:
        rounds = _counts.tasks.setdefault(task, Rounds())
        if is_well:
            rounds.done, rounds.last_at = rounds.done + 1, clock.now().timestamp()
        else:
            rounds.failed += 1


def happened(event: str) -> None:
    """Count something rare."""
    with _tasks_lock:
        _counts.events[event] = _counts.events.get(event, 0) + 1


def gauge(name: str, read: Callable[[], float]) -> None:
    """Have `read` asked for a value whenever somebody looks; one of that name is replaced.

    KeyError for a name in neither table, which nobody would be told.
    """
    if name not in OF_PROCESS and name not in OF_NODE:
        raise KeyError(name)
    _gauges[name] = read


def snapshot() -> dict[str, Any]:
    """Everything, as JSON can say it. A value that cannot be read is left out."""
    values = {}
    for name, read in list(_gauges.items()):
        try:
            values[name] = read()
        except Exception:  # noqa: BLE001, S112 - a database that is away must not hide the rest
            continue
    return {
        "requests": [[*key, count] for key, count in list(_counts.requests.items())],
        "latencies": {route: asdict(one) for route, one in list(_counts.latencies.items())},
        "tasks": {task: asdict(one) for task, one in list(_counts.tasks.items())},
        "events": dict(_counts.events),
        "gauges": values,
    }


def forget() -> None:
    """Begin anew. For tests."""
    global _counts
    _counts = Counts()
