"""The guarded client: where it goes, and how much and how long it takes."""

import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.outbound_hosts import OutboundHosts
from tests.support.documents import Documents, serve_documents

HOME = GuardedClient(allows_loopback=True, seconds=2, max_bytes=1000)
ABROAD = GuardedClient(hosts=OutboundHosts(4, rests=False), seconds=0.3)


@pytest.fixture
def documents() -> Iterator[Documents]:
    with serve_documents() as documents:
        yield documents


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[str, int]]:
    """Let every name have these addresses, or be unknown or no name; connecting is refused."""
    connected: list[tuple[str, int]] = []

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        if "unknown" in addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if "no name" in addresses:
            raise UnicodeError("label too long")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in addresses]

    def connect(address: tuple[str, int], **_: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", connect)
    return connected


@pytest.mark.parametrize(
    ("address", "is_permitted"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("::ffff:93.184.215.14", True),
        *((address, False) for address in ("127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::")),
        *((address, False) for address in ("10.0.0.1", "172.16.0.1", "192.168.1.1", "fd12::1")),
        *((address, False) for address in ("169.254.169.254", "fe80::1", "fd00:ec2::254")),
        *((address, False) for address in ("100.64.0.1", "100.100.100.200", "192.0.2.1")),
        *((address, False) for address in ("224.0.0.1", "255.255.255.255", "ff02::1", "240.0.0.1")),
        *((address, False) for address in ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1")),
        *((address, False) for address in ("64:ff9b::a00:1", "2002:a00:1::", "64:ff9b:1::7f00:1")),
        ("::ffff:169.254.169.254", False),
        *((address, False) for address in ("192.0.0.192", "192.0.0.10", "168.63.129.16")),
        *((address, False) for address in ("192.88.99.1", "198.18.0.1", "2001:2::1", "2001:20::1")),
        *((address, False) for address in ("3fff::1", "5f00::1", "2001:db8::1", "100::1")),
        ("::ffff:0:93.184.215.14", True),
        *((f"::ffff:0:{inner}", False) for inner in ("127.0.0.1", "10.0.0.1", "169.254.169.254")),
        ("2606:2800:21f:cb07:0:5efe:5db8:d70e", True),
        ("2606:2800:21f:cb07:200:5efe:5db8:d70e", True),
        *((f"2606:2800::{seen}:5efe:a00:1", False) for seen in ("0", "200")),
        *((f"2606:2800::{seen}:5efe:a83f:8110", False) for seen in ("0", "200")),
    ],
)
@pytest.mark.asvs("1.3.6")
def test_addresses(address: str, is_permitted: bool) -> None:
    """G23: special-purpose, metadata, SIIT and ISATAP forms, beside public ones."""
    assert ABROAD.permits(ip_address(address)) is is_permitted


@pytest.mark.asvs("13.2.4")
def test_private_networks_are_open_only_when_listed() -> None:
    client = GuardedClient(private_networks=[ip_network("10.1.0.0/16"), ip_network("0.0.0.0/0")])
    assert client.permits(ip_address("10.1.2.3"))
    assert client.permits(ip_address("::ffff:10.1.2.3"))
    assert not client.permits(ip_address("127.0.0.1"))
    assert not client.permits(ip_address("169.254.169.254"))
    assert not client.permits(ip_address("fd12::1"))


@pytest.mark.asvs("1.3.6")
def test_the_address_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(FetchFailed):
        ABROAD.get("https://keys.example/jwks")
    assert connected == [("93.184.215.14", 443)]


@pytest.mark.asvs("1.3.6")
def test_one_forbidden_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(FetchFailed, match="no public address"):
        ABROAD.get("https://keys.example/jwks")
    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/jwks",
        "file:///etc/passwd",
        "ftp://keys.example/",
        "https://user@keys.example/",
        "https:///jwks",
        "https://keys.example:0/",
        "https://keys.example:99999/",
        "https://keys.example/a b",
        "https://keys.example/\r\nHost: other",
        "https://keys.example\\@other/",
        "https://[::1",
        "http://localhost:1/",
        "",
    ],
)
@pytest.mark.asvs("1.3.6", "13.2.5")
def test_addresses_that_are_never_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(FetchFailed, match="address"):
        ABROAD.get(url)
    assert connected == []


def test_loopback_is_for_a_provider_on_loopback(documents: Documents) -> None:
    url = documents.put("/keys", "{}")
    assert HOME.get(url) == b"{}"
    with pytest.raises(FetchFailed):
        ABROAD.get(url)


@pytest.mark.asvs("1.3.6")
def test_names_that_are_known_inside_cannot_be_told_from_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G23: unknown names and names of forbidden or listed private addresses: same words and time.

    None of them rests, either. Of a public host it is told what went wrong.
    """
    told, waited = [], []
    private = [ip_network("10.1.0.0/16")]
    monkeypatch.setattr("idp.kit.http.time.sleep", waited.append)
    client = GuardedClient(private_networks=private)
    for address in ("unknown", "no name", "127.0.0.1", "10.9.0.1", "10.1.0.1", "10.1.0.1"):
        resolving(monkeypatch, address)
        with pytest.raises(FetchFailed) as failed:
            client.get(f"https://{address.replace(' ', '-')}.ministry.example/jwks")
        told.append(str(failed.value))
    assert set(told) == {"no good answer came, or the name leads to no public address"}
    assert len(waited) == len(told)
    assert all(0 < seconds <= 5 for seconds in waited), "the rest of the time limit"
    resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(FetchFailed, match="ConnectionRefusedError"):
        client.get("https://public.example/jwks")


def test_a_name_that_is_looked_up_too_long_is_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """G23: a resolver that knows a name only inside may be slower or faster."""
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait(30) and [])
    with pytest.raises(FetchFailed, match="no public address"):
        ABROAD.get("https://keys.example/jwks")
    is_over.set()


def test_a_private_network_cannot_be_scanned_by_its_answers(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G23: refused, not found, moved, broken and hanging look the same; what answers well is read.

    All of it takes as long as a host that does not answer: the clock tells nothing either.
    """
    inside = GuardedClient(allows_loopback=True, private_networks=[ip_network("127.0.0.0/8")])
    assert inside.get(documents.put("/keys", "{}")) == b"{}"
    told, waited = set(), []
    monkeypatch.setattr("idp.kit.http.time.sleep", waited.append)
    moved = documents.put("/moved", "", status=302, headers={"Location": "/keys"})
    for url in (
        moved,
        documents.url + "/none",
        "http://127.0.0.1:1/",
        documents.put("/x", "x" * 9),
    ):
        client = GuardedClient(
            allows_loopback=True, private_networks=[ip_network("127.0.0.0/8")], max_bytes=8
        )
        with pytest.raises(FetchFailed) as failed:
            client.send("GET", url)
        told.add(str(failed.value))
    assert len(waited) == 4
    assert all(0 < seconds <= 5 for seconds in waited), "the rest of the time limit"
    monkeypatch.undo()
    hasty = GuardedClient(
        allows_loopback=True, private_networks=[ip_network("127.0.0.0/8")], seconds=0.3
    )
    for url in (documents.put("/drip", "", wait=0.05), documents.url + "/none"):
        with pytest.raises(FetchFailed) as failed:
            hasty.send("GET", url)
        told.add(str(failed.value))
    assert told == {"no good answer came, or the name leads to no public address"}
    with pytest.raises(FetchFailed, match="404"):
        HOME.get(documents.url + "/none")


@pytest.mark.asvs("15.3.2")
def test_a_redirect_is_not_followed(documents: Documents) -> None:
    target = documents.put("/secret", "secret")
    url = documents.put("/moved", "", status=302, headers={"Location": target})
    with pytest.raises(FetchFailed, match="302"):
        HOME.get(url)
    assert documents.asked == ["/moved"]


def test_an_answer_has_a_largest_size(documents: Documents) -> None:
    assert len(HOME.get(documents.put("/fits", "x" * 1000))) == 1000
    with pytest.raises(FetchFailed, match="too large"):
        HOME.get(documents.put("/large", "x" * 1001))


def test_an_answer_that_never_ends_is_given_up(documents: Documents) -> None:
    client = GuardedClient(allows_loopback=True, seconds=0.5)
    url = documents.put("/drip", "", wait=0.05)
    with pytest.raises(FetchFailed):
        client.get(url)


@contextmanager
def speaking(*sent: bytes, then: bytes = b"") -> Iterator[tuple[str, list[bytes]]]:
    """A server that says what is `sent`, and `then` the rest, byte by byte without end.

    Its address, and what it heard.
    """
    heard: list[bytes] = []
    is_over = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not is_over.is_set():
            with suppress(OSError), listening.accept()[0] as connected:
                request = connected.recv(65536)
                while not request.endswith(b"a=1" if b"POST" in request else b"\r\n\r\n"):
                    request += connected.recv(65536)
                heard.append(request)
                for piece in sent:
                    connected.sendall(piece)
                while then and not is_over.wait(0.01):
                    connected.sendall(then)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/keys", heard
        finally:
            is_over.set()
            thread.join(5)


OK = b"HTTP/1.1 200 OK\r\n"


def test_what_is_asked_and_what_is_heard() -> None:
    with speaking(OK, b"Content-Length: 2\r\n\r\n{}") as (url, heard):
        assert HOME.get(f"{url}?a=1#part") == b"{}"
        HOME.send("POST", url, body=b"a=1", headers={"Content-Type": "text/plain"})
    host = url.partition("://")[2].partition("/")[0].encode()
    for request, line in zip(heard, (b"GET /keys?a=1 ", b"POST /keys "), strict=True):
        assert request.startswith(line + b"HTTP/1.1\r\n")
        headers = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        assert headers.count(b"Host: " + host) == 1
        assert {b"Accept-Encoding: identity", b"Connection: close"} <= {*headers}
    assert heard[1].endswith(b"Content-Type: text/plain\r\n\r\na=1")


@pytest.mark.parametrize(
    ("sent", "then"),
    [
        ((), b"H"),
        ((OK,), b"X-A: b\r\n"),
        ((OK, b"X-A: "), b"b"),
        ((OK, b"Transfer-Encoding: chunked\r\n\r\n"), b"1\r\nx\r\n"),
        ((OK, b"Content-Length: 900\r\n\r\n"), b"x"),
        ((b"HTTP/1.1 100 Continue\r\n\r\n",), b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["status", "headers", "header", "chunks", "body", "interim"],
)
def test_whatever_trickles_is_given_up_and_leaves_its_place(
    sent: tuple[bytes, ...], then: bytes
) -> None:
    hosts = OutboundHosts(4, rests=False)
    client = GuardedClient(allows_loopback=True, seconds=0.15, max_bytes=100_000, hosts=hosts)
    with speaking(*sent, then=then) as (url, _):
        for _again in range(5):
            with pytest.raises(FetchFailed, match=r"no answer in time|ProtocolError"):
                client.get(url)


@pytest.mark.parametrize(
    "answer",
    [
        b"nothing of HTTP\r\n\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        OK + b"Content-Length: 10\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=["no status", "two lengths", "cut short", "no chunk", "endless header"],
)
def test_what_is_not_http_is_no_answer(answer: bytes) -> None:
    with speaking(answer) as (url, _), pytest.raises(FetchFailed, match="Error"):
        HOME.get(url)


def test_chunks_together_have_a_largest_size() -> None:
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"64\r\n" + b"x" * 100 + b"\r\n"
    more = b"64\r\n" + b"x" * 100 + b"\r\n"
    with speaking(chunked, then=more) as (url, _), pytest.raises(FetchFailed, match="too large"):
        HOME.get(url)


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(OK, b"Content-Length: 6\r\n\r\nproxy!") as (proxy, heard):
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        with serve_documents() as documents:
            assert HOME.get(documents.put("/keys", "{}")) == b"{}"
    assert heard == []


@pytest.mark.asvs("5.2.3")
def test_an_answer_is_not_unpacked(documents: Documents) -> None:
    packed = zlib.compress(b"x" * 10_000)
    url = documents.put("/keys", "", headers={"Content-Encoding": "deflate"})
    documents.known["/keys"].body = packed
    assert HOME.get(url) == packed


def certificate(folder: Path, name: str) -> Path:
    """A file with a new key and a certificate for that name, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    built = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / f"{name}.pem"
    file.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("name", "is_good"), [("localhost", True), ("other.example", False)])
@pytest.mark.asvs("12.3.2")
def test_the_certificate_is_the_hosts_and_trusted(tmp_path: Path, name: str, is_good: bool) -> None:
    file = certificate(tmp_path, name)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    trusting = GuardedClient(allows_loopback=True, tls=ssl.create_default_context(cafile=str(file)))
    with serve_documents(served) as documents:
        url = documents.put("/keys", "{}")
        if is_good:
            assert trusting.get(url) == b"{}"
        else:
            with pytest.raises(FetchFailed, match="CertVerification"):
                trusting.get(url)
        with pytest.raises(FetchFailed, match="CertVerification"):
            HOME.get(url)
