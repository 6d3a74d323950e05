"""The guarded client: where it goes, and how much and how long it takes."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from idp.kit.http import FetchFailed, GuardedClient
from tests.support.documents import Documents, serve_documents

HOME = GuardedClient(allows_loopback=True, seconds=2, max_bytes=1000)
ABROAD = GuardedClient()


@pytest.fixture
def documents() -> Iterator[Documents]:
    with serve_documents() as documents:
        yield documents


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[str, int]]:
    """Let every name have these addresses; what is connected to is noted, and refused."""
    connected: list[tuple[str, int]] = []

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
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
    ],
)
def test_addresses(address: str, is_permitted: bool) -> None:
    assert ABROAD.permits(ip_address(address)) is is_permitted


def test_private_networks_are_open_only_when_listed() -> None:
    client = GuardedClient(private_networks=[ip_network("10.1.0.0/16"), ip_network("0.0.0.0/0")])
    assert client.permits(ip_address("10.1.2.3"))
    assert client.permits(ip_address("::ffff:10.1.2.3"))
    assert not client.permits(ip_address("127.0.0.1"))
    assert not client.permits(ip_address("169.254.169.254"))
    assert not client.permits(ip_address("fd12::1"))


def test_the_address_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(FetchFailed):
        ABROAD.get("https://keys.example/jwks")
    assert connected == [("93.184.215.14", 443)]


def test_one_forbidden_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(FetchFailed, match="may not be fetched"):
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
