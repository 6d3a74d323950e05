"""E11: what a node says of itself: its log from the first line on, and its metrics."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.country import Country
from tests.support.postgres import Database
from tests.support.served import environment_for, free_port

SECONDS = 180
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Node:
    """A node with its log and its metrics apart."""

    url: str
    metrics_url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def records(self) -> list[dict[str, Any]]:
        """What it has logged: a line that is no JSON fails."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def metrics(self) -> dict[tuple[str, Labels], float]:
        """What Prometheus would read."""
        answer = httpx2.get(f"{self.metrics_url}/metrics", timeout=10)
        assert answer.status_code == 200
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def count(self, route: str, status: int) -> float:
        """How often that route was answered so."""
        return sum(
            value
            for (name, labels), value in self.metrics().items()
            if name == "idp_requests_total"
            and {("route", route), ("status", str(status))} <= set(labels)
        )


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def node(database: Database, *, workers: int) -> Iterator[Node]:
    port, metrics_port = free_port(), free_port()
    url, metrics_url = f"http://localhost:{port}", f"http://127.0.0.1:{metrics_port}"
    command = [sys.executable, "-m", "idp", "serve", "--port", str(port), "--grace", "2"]
    command += ["--workers", str(workers), "--metrics-port", str(metrics_port)]
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        environment = environment_for(database, issuer=url)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)
        try:
            yield Node(url, metrics_url, process, Path(log.name))
        finally:
            process.kill()
            process.wait(10)


def is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_a_node_says_what_it_does_from_its_first_line_to_its_last(
    module_database: Database, country: Country, workers: int
) -> None:
    with node(module_database, workers=workers) as one:
        assert eventually(lambda: is_ready(one.url))
        refused = httpx2.get(f"{one.url}/authorize?client_id=nobody")
        if workers > 1:
            worker = next(r["pid"] for r in one.records if r["event"] == "worker.started")
            os.kill(worker, signal.SIGKILL)
            died = lambda: any(r["event"] == "worker.died" for r in one.records)  # noqa: E731
            assert eventually(died), one.records
            assert eventually(lambda: is_ready(one.url))
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(60) == 0, one.records
        records = one.records
    events = [record["event"] for record in records]
    assert events[0] == "node.started"
    assert events[-1] == "node.stopped"
    assert events.count("worker.started") >= (2 if workers > 1 else 1)
    assert all({"node", "pid", "level", "timestamp"} <= record.keys() for record in records)
    if workers > 1:
        [death] = [record for record in records if record["event"] == "worker.died"]
        assert (death["worker"], death["exit_code"], death["level"]) == (worker, -9, "error")
    [told] = [record for record in records if record["event"] == "request.refused"]
    assert told["request_id"] == refused.headers["x-request-id"]
    assert told["ms"] > 0
    assert told["pid"] in {r["pid"] for r in records if r["event"] == "worker.started"}


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_are_counted_by_route_status_and_time_over_all_workers(
    module_database: Database, country: Country, workers: int
) -> None:
    with node(module_database, workers=workers) as one:
        assert eventually(lambda: is_ready(one.url))
        for number in range(12):
            assert httpx2.get(f"{one.url}/authorize?client_id=nobody").status_code == 400
            assert httpx2.get(f"{one.url}/secret-{number}").status_code == 404
        assert httpx2.get(f"{one.url}/metrics").status_code == 404, "not where people come to"
        assert eventually(lambda: one.count("/authorize", 400) == 12)
        assert eventually(lambda: one.count("", 404) == 13)
        told = one.metrics()
        assert told["idp_request_seconds_count", (("route", "/authorize"),)] == 12
        assert told["idp_request_seconds_sum", (("route", "/authorize"),)] > 0
        assert not any("secret" in str(labels) for _, labels in told)
        drifts = [value for (name, _), value in told.items() if name == "idp_clock_drift_seconds"]
        assert drifts
        assert all(abs(value) < 2 for value in drifts)
        names = {name for name, _ in told}
        assert names >= {
            "idp_database_connections_in_use",
            "idp_database_breaker_open",
            "idp_requests_waiting",
            "idp_hashes_waiting",
            "idp_interactions_overdue_seconds",
            "idp_outbox_overdue_seconds",
            "idp_texts_spent",
            "idp_texts_budget",
        }
        sealing = ("idp_task_rounds_total", (("outcome", "done"), ("task", "journal.seal")))
        assert eventually(lambda: one.metrics().get(sealing, 0) > 0)
        assert one.metrics()["idp_journal_seal_age_seconds", ()] < SECONDS


def test_a_counter_does_not_go_back_when_a_worker_dies(
    module_database: Database, country: Country
) -> None:
    with node(module_database, workers=2) as one:
        assert eventually(lambda: is_ready(one.url))
        for _ in range(10):
            httpx2.get(f"{one.url}/authorize?client_id=nobody")
        assert eventually(lambda: one.count("/authorize", 400) == 10)
        for worker in {r["pid"] for r in one.records if r["event"] == "worker.started"}:
            os.kill(worker, signal.SIGKILL)
        died = ("idp_events_total", (("event", "worker.died"),))
        assert eventually(lambda: one.metrics().get(died) == 2), one.records
        assert one.count("/authorize", 400) == 10
        assert eventually(lambda: is_ready(one.url))
