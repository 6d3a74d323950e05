"""Whoever sends or reads slowly keeps no node from the others."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

import httpx2
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from idp.web.connections import MOST_AHEAD, Bounds, Connection
from tests.support.postgres import Database
from tests.support.served import Served, served

PATIENCE = 30.0
"""After so many seconds a test fails instead of waiting on."""
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
FILE = b"GET /static/app.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
FEW = 5


@pytest.fixture(scope="module")
def hasty(module_database: Database) -> Iterator[Served]:
    """A node that waits a fifth of a second."""
    with served(module_database, settings={"IDP_SERVER__HEAD_TIMEOUT": "PT0.2S"}) as provider:
        yield provider


@pytest.fixture(scope="module")
def small(module_database: Database) -> Iterator[Served]:
    """A node with few connections and one thread, which waits a minute."""
    few = {"IDP_SERVER__CONNECTIONS": str(FEW), "IDP_SERVER__HEAD_TIMEOUT": "PT1M"}
    with served(module_database, settings={**few, "IDP_SERVER__THREADS": "1"}) as provider:
        yield provider


def connect(port: int) -> socket.socket:
    """A connection with little room for what is not read yet."""
    connection = socket.socket()
    connection.settimeout(PATIENCE)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    return connection


def read(connection: socket.socket) -> bytes:
    """All that comes until the other side ends the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def is_ended(connection: socket.socket) -> bool:
    """Whether the other side ends the connection, whatever it said before."""
    with suppress(ConnectionError):
        read(connection)
    return True


@pytest.mark.parametrize("start", [b"", HEAD, HEAD + b"Cookie: a"])
def test_a_head_that_does_not_come_in_time_ends_the_connection(hasty: Served, start: bytes) -> None:
    """G10: nobody keeps a connection by an unfinished head; others are answered meanwhile."""
    with connect(hasty.port) as slow:
        slow.sendall(start)
        assert httpx2.get(f"{hasty.url}/healthz").status_code == 200
        assert is_ended(slow)


LINES = b"".join(b"X-%d: a\r\n" % n for n in range(400))


@pytest.mark.parametrize(
    "start",
    [
        b"GET /" + b"a" * 60_000,
        HEAD + b"Cookie: " + b"a" * 60_000,
        HEAD + LINES,
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + LINES,
    ],
    ids=["target", "one value", "many lines", "trailers"],
)
def test_what_does_not_end_is_not_kept(small: Served, start: bytes) -> None:
    """G10: the parser keeps what it has not seen the end of; what passes a bound ends it."""
    with connect(small.port) as endless, suppress(ConnectionError):
        endless.sendall(start)
        for _ in range(200):
            endless.sendall(b"b" * 60_000)
        pytest.fail("twelve million bytes were taken")
    assert httpx2.get(f"{small.url}/healthz").status_code == 200


def test_a_long_head_and_a_whole_body_are_read(small: Served) -> None:
    """G10: control; what is too long by a little is refused in words, over the same connection."""
    with httpx2.Client(base_url=small.url) as client:
        for size, status in ((30_000, 200), (60_000, 431), (30_000, 200)):
            assert client.get("/healthz", headers={"X-Long": "a" * size}).status_code == status
        body = b"a=" + b"a" * 15_000
        for _ in range(20):
            assert client.post("/token", content=body).status_code in (400, 415)


def test_the_next_head_has_its_time_too(hasty: Served) -> None:
    """G10: a first request that is answered buys none for the second."""
    with connect(hasty.port) as slow:
        slow.sendall(HEAD + b"\r\n" + HEAD)
        assert slow.recv(65536).startswith(b"HTTP/1.1 200")
        assert is_ended(slow)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"HTTP/1.1", 400),
        (b"HTTP/1.1\r\nHost: localhost", 200),
        (b"HTTP/1.1\r\nHost: [::1]:8000", 200),
        (b"HTTP/1.1\r\nHost: localhost/evil", 400),
        (b"HTTP/1.1\r\nHost: a@localhost", 400),
        (b"HTTP/1.1\r\nHost: localhost\r\nHost: localhost", 400),
        (b"HTTP/1.0", 200),
        (b"HTTP/1.0\r\nHost: localhost", 200),
        (b"HTTP/1.0\r\nHost: localhost\r\nHost: localhost", 400),
    ],
)
def test_a_request_has_one_host_since_http_1_1(small: Served, head: bytes, status: int) -> None:
    """RFC 9112 section 3.2: no Host, two, or one that is none is answered 400."""
    with connect(small.port) as connection:
        connection.sendall(b"GET /healthz " + head + b"\r\nConnection: close\r\n\r\n")
        assert read(connection).split()[1] == b"%d" % status


@pytest.mark.parametrize("pieces", [(40_000,), (100_000, 100_000)])
def test_an_answer_that_nobody_takes_ends_the_connection(pieces: Sequence[int]) -> None:
    """G10: what is left of it is thrown away, or the connection would stand as long as it does."""
    bounds, state, ended = (
        Bounds(most=FEW, seconds=0.2, most_body=1000),
        ServerState(),
        asyncio.Event(),
    )

    class Watched(Connection):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ended.set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for size in pieces:
            await send({"type": "http.response.body", "body": bytes(size), "more_body": True})
        await send({"type": "http.response.body"})

    def connection() -> Connection:
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        return Watched(bounds, config=config, server_state=state, app_state={})

    async def play() -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        server = await asyncio.get_running_loop().create_server(connection, sock=listener)
        async with server, asyncio.timeout(PATIENCE):
            with connect(listener.getsockname()[1]) as greedy:
                greedy.sendall(HEAD + b"\r\n")
                await ended.wait()
                return len(read(greedy))

    assert asyncio.run(play()) < sum(pieces)
    assert not bounds.waiting


def test_few_requests_are_read_before_earlier_ones_are_answered(small: Served) -> None:
    """G10: one connection could make a node keep any number of requests in memory."""
    with connect(small.port) as greedy, pytest.raises(ConnectionError):
        greedy.sendall(FILE * 1_000_000)
    with connect(small.port) as patient:
        patient.sendall(FILE * MOST_AHEAD + HEAD + b"Connection: close\r\n\r\n")
        answers = read(patient)
    assert answers.count(b"HTTP/1.1 200 OK") == MOST_AHEAD + 1


@pytest.mark.parametrize("start", [HEAD, b"POST" + HEAD[3:] + b"Content-Length: 9\r\n\r\n"])
def test_one_connection_too_many_costs_the_longest_waiting_theirs(
    small: Served, start: bytes
) -> None:
    """G10: slow heads and slow bodies fill no node: who sends a whole request is answered."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(small.port)) for _ in range(4 * FEW)]
        for each in slow[: 3 * FEW]:
            assert is_ended(each)
        for each in slow[3 * FEW :]:
            each.sendall(start)
        for _ in range(FEW):
            assert httpx2.get(f"{small.url}/healthz").status_code == 200
