"""A request says what it says, whatever other protocol its client offers to go on in."""

import socket
from collections.abc import Iterator

import httpx2
import pytest

from idp.app import create_app
from idp.settings import Settings
from idp.web.limits import takes_file
from tests.support.postgres import Database
from tests.support.served import Served, served

PATIENCE = 30.0
JDK = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}
"""What Java's HttpClient sends with each request on plain http."""
OFFERS = [JDK, {"Connection": "upgrade", "Upgrade": "websocket"}, {**JDK, "Upgrade": "TLS/1.3"}]
FORM = "application/x-www-form-urlencoded"
MORE_THAN_IS_READ = b"a=" + b"x" * 150_000
"""Refused in words before any route, and not so much that the connection ends."""
LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def provider(module_database: Database) -> Iterator[Served]:
    with served(module_database, settings={"IDP_REGISTRATION__IS_OPEN": "true"}) as provider:
        yield provider


def head(offer: dict[str, str], **more: object) -> bytes:
    lines = ["POST /token HTTP/1.1", "Host: localhost", f"Content-Type: {FORM}"]
    headers = {**offer, **{name.replace("_", "-"): value for name, value in more.items()}}
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answers_to(provider: Served, *pieces: bytes) -> bytes:
    """What is answered to the pieces, each sent by itself, before `LAST` is."""
    with socket.create_connection(("127.0.0.1", provider.port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (*pieces, LAST):
            connection.sendall(piece)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    before, last, _ = answers.rpartition(b"HTTP/1.1 200")
    assert last
    return before


def post_addresses(settings: Settings) -> list[str]:
    routes = create_app(settings).routes
    return sorted({r.path for r in routes if "POST" in (getattr(r, "methods", None) or ())})


@pytest.mark.parametrize("offer", OFFERS, ids=["h2c", "websocket", "TLS"])
def test_a_body_arrives_whatever_upgrade_is_offered(
    provider: Served, module_settings: Settings, offer: dict[str, str]
) -> None:
    """C13: at every address that takes a POST, as it does where nothing is offered."""
    addresses = post_addresses(module_settings)
    assert {"/token", "/par", "/signin/{interaction_id}/password"} <= set(addresses)
    with httpx2.Client(base_url=provider.url, timeout=PATIENCE) as client:
        for path in (each for each in addresses if not takes_file(each)):
            for headers in ({}, offer):
                answer = client.post(
                    path,
                    headers={"Content-Type": FORM, **headers},
                    content=iter([MORE_THAN_IS_READ]),
                )
                assert answer.status_code == 413, (path, headers)


TWICE = b"client_id=a&client_id=b"
"""A body that is refused in words of its own, when it is read."""
READ = b"A field was sent twice"


@pytest.mark.parametrize("offer", [{}, *OFFERS], ids=["none", "h2c", "websocket", "TLS"])
@pytest.mark.parametrize("in_pieces", [False, True], ids=["whole", "in pieces"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunks"])
def test_the_form_is_read(
    provider: Served, offer: dict[str, str], in_pieces: bool, is_chunked: bool
) -> None:
    """C13: however it is cut on its way."""
    framing = {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": len(TWICE)}
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TWICE), TWICE) if is_chunked else TWICE
    sent = head(offer, **framing) + body
    cuts = [sent[n : n + 7] for n in range(0, len(sent), 7)] if in_pieces else [sent]
    answers = answers_to(provider, *cuts)
    assert answers.count(b"HTTP/1.1 ") == 1
    assert READ in answers


def test_a_connection_is_used_on(provider: Served) -> None:
    """C13: an offer in each request on one connection, some sent ahead."""
    one = head(JDK, Content_Length=len(TWICE)) + TWICE
    answers = answers_to(provider, one * 3, one)
    assert answers.count(READ) == 4


def test_a_body_is_not_read_as_a_request(provider: Served) -> None:
    """C13: what a proxy passed on as a body was taken for the next request of somebody else."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers = answers_to(provider, head(JDK, Content_Length=len(hidden)), hidden)
    assert answers.count(b"HTTP/1.1 ") == 1
    assert b'"ok"' not in answers


def test_connect_is_refused(provider: Served) -> None:
    """C13: it is the one that changes the protocol without an offer."""
    request = b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", provider.port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400")
