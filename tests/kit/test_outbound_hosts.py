"""Places by host: a host that never answers holds few threads, and keeps no other host out."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Queue

import pytest

from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.outbound_hosts import OutboundHosts
from tests.support.documents import serve_documents


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers, until the test is over."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"http://localhost:{server.getsockname()[1]}/"


@pytest.mark.asvs("15.2.2")
def test_twenty_requests_to_a_host_that_never_answers_hold_one_place_for_long(silent: str) -> None:
    """G10: nineteen are told at once or after their patience; others are fetched from meanwhile."""
    client = GuardedClient(allows_loopback=True, seconds=30, hosts=OutboundHosts(4))
    ended: Queue[None] = Queue()

    def fetch() -> None:
        with suppress(FetchFailed):
            client.get(silent)
        ended.put(None)

    for _ in range(20):
        threading.Thread(target=fetch, daemon=True).start()
    with serve_documents() as documents:
        keys = documents.put("/keys", "answer")
        assert client.get(keys) == b"answer"
        for _ in range(19):
            ended.get(timeout=20)
        assert ended.empty(), "one still waits for its answer"
        assert client.get(keys) == b"answer"


def test_all_but_one_place_are_for_one_host() -> None:
    """G10: no host can fill the places for others, by waiting for it either."""
    hosts = OutboundHosts(3)
    first = hosts.take("hangs", timeout=0)
    assert first
    waiting = threading.Thread(target=hosts.take, args=("hangs",), kwargs={"timeout": 20})
    waiting.start()
    other = hosts.take("answers", timeout=0)
    assert other
    hosts.give_back(other, has_answered=True)
    hosts.give_back(first, has_answered=True)
    waiting.join(20)


@pytest.mark.asvs("16.5.2")
def test_a_host_that_did_not_answer_rests_and_one_that_did_does_not() -> None:
    """G10: negative cache and breaker: twice as long each time, one probe, over with an answer."""
    now = [0.0]
    hosts = OutboundHosts(4, now=lambda: now[0])
    for rest in (5, 10, 20, 40, 80, 160, 300, 300):
        host = hosts.take("hangs", timeout=0)
        assert host
        assert hosts.take("hangs", timeout=0) is None, "one at a time"
        hosts.give_back(host, has_answered=False)
        now[0] += rest - 1
        assert hosts.take("hangs", timeout=0) is None
        other = hosts.take("answers", timeout=0)
        assert other
        hosts.give_back(other, has_answered=True)
        now[0] += 1
    for _ in range(2):
        host = hosts.take("hangs", timeout=0)
        assert host
        hosts.give_back(host, has_answered=True)


def test_places_come_back_whatever_happened() -> None:
    hosts = OutboundHosts(2)
    for n in range(50):
        host = hosts.take(f"host {n}", timeout=0)
        assert host
        hosts.give_back(host, has_answered=n % 2 == 0)
