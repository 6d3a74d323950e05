"""The client's address: only what named proxies say is believed."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from idp.settings.server import ServerSettings
from idp.web import trusted_proxy
from idp.web.trusted_proxy import believed, client_ip
from tests.web.conftest import make_client

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7:51000", "203.0.113.7"),
        ("10.0.0.1", "1.2.3.4:1, 203.0.113.7:51000, 10.0.0.2:80", "203.0.113.7"),
        ("10.0.0.1", "[2001:db8::1]:51000", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("10.0.0.1", "[::ffff:198.51.100.1]:443", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.7:", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7:http", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7:510001", "10.0.0.1"),
        ("10.0.0.1", "]203.0.113.7[", "10.0.0.1"),
        ("10.0.0.1", "[203.0.113.7", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("testclient", "198.51.100.1", ""),
        ("", "", ""),
    ],
)
@pytest.mark.asvs("4.1.3", "15.3.4")
def test_the_rightmost_address_that_is_no_proxy_s_counts(
    peer: str, forwarded: str, address: str
) -> None:
    assert believed(peer, forwarded, PROXIES) == address


@pytest.fixture
def served() -> TestClient:
    """An application that names its proxies."""
    return make_client(server=ServerSettings(trusted_proxies=PROXIES))


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just started."""
    monkeypatch.setattr(trusted_proxy, "_told", set())


def told_of(served: TestClient, peer: str, **headers: str) -> list[dict[str, str]]:
    """What is logged of three requests alike."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "app": served.app, "client": (peer, 1), "headers": raw}
    with capture_logs() as logged:
        for _ in range(3):
            client_ip(Request(scope))
    return [{name: str(value) for name, value in record.items()} for record in logged]


def test_what_a_proxy_says_and_cannot_be_read_is_told_once(served: TestClient) -> None:
    """C2: everybody behind it counts as one source, and nobody would know why."""
    (record,) = told_of(served, "10.0.0.1", x_forwarded_for="unknown")
    assert (record["event"], record["peer"]) == ("proxy.address_unreadable", "10.0.0.1")
    assert record["sent"] == "unknown"
    assert told_of(served, "10.0.0.1", x_forwarded_for="also unknown") == []
    (record,) = told_of(served, "10.0.0.2", forwarded="for=203.0.113.7")
    assert record["event"] == "proxy.header_unread"


@pytest.mark.parametrize("name", ["x_forwarded_for", "forwarded"])
def test_a_proxy_that_nobody_named_is_told_once(served: TestClient, name: str) -> None:
    """C2: with the setting that names it."""
    (record,) = told_of(served, "192.0.2.1", **{name: "203.0.113.7"})
    assert (record["event"], record["peer"]) == ("proxy.not_named", "192.0.2.1")
    assert record["setting"] == "IDP_SERVER__TRUSTED_PROXIES"


def test_what_is_right_is_not_told_of(served: TestClient) -> None:
    """C2: control; nor are more strangers than a log can bear."""
    assert told_of(served, "10.0.0.1", x_forwarded_for="203.0.113.7:51000, 10.0.0.2") == []
    assert told_of(served, "10.0.0.1") == []
    assert told_of(served, "192.0.2.1") == []
    everybody = [told_of(served, f"198.51.{n // 256}.{n % 256}", forwarded="x") for n in range(300)]
    assert sum(map(len, everybody)) == 100
