"""What a process counts, and how a node's processes are added up."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from idp.kit import measures
from idp.kit.errors import ConfigurationError
from idp.kit.exposition import NodeCollector, exposed

GONE = 2**22 + 1
"""No process has this number: Linux gives less."""


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    measures.forget()
    yield
    measures.forget()


def told(folder: Path | None = None) -> list[str]:
    registry = CollectorRegistry()
    registry.register(NodeCollector(folder))
    return generate_latest(registry).decode().splitlines()


def test_labels_are_bounded_whatever_is_asked() -> None:
    """E11: a method that somebody invents is another; an address is never a label."""
    for number in range(50):
        measures.request_ended(method=f"X{number}", route="", status=400)
    measures.request_ended(method="GET", route="/jwks", status=200, seconds=0.02)
    assert measures.snapshot()["requests"] == [["other", "", 400, 50], ["GET", "/jwks", 200, 1]]


def test_a_latency_is_counted_in_every_group_it_is_within() -> None:
    for seconds in (0.004, 0.02, 0.025, 7.0):
        measures.request_ended(method="GET", route="/jwks", status=200, seconds=seconds)
    lines = told()
    for bound, count in (("0.005", 1), ("0.01", 1), ("0.025", 3), ("5.0", 3), ("+Inf", 4)):
        assert f'idp_request_seconds_bucket{{le="{bound}",route="/jwks"}} {count}.0' in lines
    assert 'idp_request_seconds_sum{route="/jwks"} 7.049' in lines


def test_a_value_that_cannot_be_read_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "_gauges", dict(measures._gauges))
    measures.gauge("journal_seal_age_seconds", lambda: 1 / 0)
    measures.gauge("hashes_waiting", lambda: 3)
    lines = told()
    assert f'idp_hashes_waiting{{process="{os.getpid()}"}} 3.0' in lines
    assert not [line for line in lines if line.startswith("idp_journal_seal_age_seconds")]


def test_a_value_that_nobody_would_be_told_is_refused() -> None:
    """Control: every other gauge here."""
    with pytest.raises(KeyError, match="hashes_wating"):
        measures.gauge("hashes_wating", lambda: 3)


def test_a_dead_process_counts_on_and_has_no_state(tmp_path: Path) -> None:
    measures.request_ended(method="GET", route="/jwks", status=200)
    one = measures.snapshot()
    (tmp_path / f"{GONE}.json").write_text(json.dumps({**one, "gauges": {"hashes_waiting": 9}}))
    lines = told(tmp_path)
    assert 'idp_requests_total{method="GET",route="/jwks",status="200"} 2.0' in lines
    assert not [line for line in lines if f'process="{GONE}"' in line]


def test_a_port_that_is_taken_is_said_in_a_line() -> None:
    with (
        exposed("127.0.0.1", 0) as port,
        pytest.raises(ConfigurationError, match="Metrics cannot be told"),
        exposed("127.0.0.1", port),
    ):
        pass
