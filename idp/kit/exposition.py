"""What a node's processes count, in Prometheus' text format, at an address of its own.

Never at the address that people come to. The workers of a node write what they counted into a
folder, every few seconds; the process that started them adds it up, the dead ones' counts too, so
that no counter goes back.
"""

import json
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from idp.kit import measures
from idp.kit.errors import ConfigurationError

_WRITE_SECONDS = 2.0
_BOUNDS = (*map(str, measures.BOUNDS), "+Inf")
_Snapshot = dict[str, Any]


class NodeCollector(Collector):
    """Adds up this process and the workers that write into the folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for."""
        snapshots = dict(self._read())
        yield _requests(snapshots.values())
        yield _latencies(snapshots.values())
        yield from _tasks(snapshots.values())
        yield _events(snapshots.values())
        yield from _gauges(snapshots)

    def _read(self) -> Iterator[tuple[int, _Snapshot]]:
        yield os.getpid(), measures.snapshot()
        for file in sorted(self._folder.glob("*.json")) if self._folder else ():
            pid = int(file.stem)
            told: _Snapshot = json.loads(file.read_text())
            yield pid, told if _is_alive(pid) else {**told, "gauges": {}}


@contextmanager
def exposed(host: str, port: int, *, folder: Path | None = None) -> Iterator[int]:
    """Answer at that address as long as the block lasts; the port, which zero leaves open.

    Raises ConfigurationError when it is taken.
    """
    registry = CollectorRegistry()
    registry.register(NodeCollector(folder))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise ConfigurationError(
            f"Metrics cannot be told at {host} port {port}: {error.strerror}."
        ) from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(1)


@contextmanager
def workers_folder() -> Iterator[Path]:
    """A folder for what workers count, which processes started within the block know of."""
    with tempfile.TemporaryDirectory(prefix="onedoor-measures-") as folder:
        os.environ[measures.FOLDER_VARIABLE] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[measures.FOLDER_VARIABLE]


def write_for_parent(folder: Path) -> None:
    """Write what this process counts into that folder, from now on."""
    threading.Thread(target=_write, args=(folder,), name="measures", daemon=True).start()


def _write(folder: Path) -> None:
    file, draft = folder / f"{os.getpid()}.json", folder / f"{os.getpid()}.new"
    pause = threading.Event()
    while folder.exists():
        draft.write_text(json.dumps(measures.snapshot()))
        draft.replace(file)
        pause.wait(_WRITE_SECONDS)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _requests(snapshots: Iterable[_Snapshot]) -> Metric:
    total: Counter[tuple[str, ...]] = Counter()
    for one in snapshots:
        for method, route, status, count in one["requests"]:
            total[method, route, str(status)] += count
    family = CounterMetricFamily(
        "idp_requests", "Requests answered.", labels=("method", "route", "status")
    )
    for labels, count in total.items():
        family.add_metric(labels, count)
    return family


def _latencies(snapshots: Iterable[_Snapshot]) -> Metric:
    counts: dict[str, list[int]] = {}
    seconds: Counter[str] = Counter()
    for one in snapshots:
        for route, told in one["latencies"].items():
            before = counts.setdefault(route, [0] * len(_BOUNDS))
            counts[route] = [a + b for a, b in zip(before, told["counts"], strict=True)]
            seconds[route] += told["seconds"]
    family = HistogramMetricFamily(
        "idp_request_seconds", "From a whole request to its whole answer.", labels=("route",)
    )
    for route, each in counts.items():
        buckets = [(bound, float(sum(each[: n + 1]))) for n, bound in enumerate(_BOUNDS)]
        family.add_metric((route,), buckets, seconds[route])
    return family


def _tasks(snapshots: Iterable[_Snapshot]) -> Iterator[Metric]:
    rounds = CounterMetricFamily("idp_task_rounds", "Rounds.", labels=("task", "outcome"))
    last = GaugeMetricFamily(
        "idp_task_last_success_timestamp_seconds", "When it last worked.", labels=("task",)
    )
    for one in snapshots:
        for task, told in one["tasks"].items():
            rounds.add_metric((task, "done"), told["done"])
            rounds.add_metric((task, "failed"), told["failed"])
            last.add_metric((task,), told["last_at"])
    yield rounds
    yield last


def _events(snapshots: Iterable[_Snapshot]) -> Metric:
    total: Counter[str] = Counter()
    for one in snapshots:
        total.update(one["events"])
    family = CounterMetricFamily("idp_events", "What is rare.", labels=("event",))
    for event, count in total.items():
        family.add_metric((event,), count)
    return family


def _gauges(snapshots: dict[int, _Snapshot]) -> Iterator[Metric]:
    for name, text in measures.OF_PROCESS.items():
        family = GaugeMetricFamily(f"idp_{name}", text, labels=("process",))
        for pid, one in snapshots.items():
            if name in one["gauges"]:
                family.add_metric((str(pid),), one["gauges"][name])
        yield family
    for name, text in measures.OF_NODE.items():
        told = [one["gauges"][name] for one in snapshots.values() if name in one["gauges"]]
        if told:
            yield GaugeMetricFamily(f"idp_{name}", text, value=max(told))
