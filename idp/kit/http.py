"""The one way out: fetching an address that somebody else chose (OWASP ASVS 5.0, V1.3.6).

The name is resolved once, every address it has is checked, and the connection goes to one of those
addresses, so that a name cannot change its meaning in between. HTTP is spoken in `http_exchange` by
httpcore2, which is httpx2 without what must not happen here: it follows no redirect, keeps no
cookie, unpacks nothing and reads no proxy from the environment. Callers hold no database connection
meanwhile: a fetch may take its whole time limit.
"""

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from idp.kit.immutable import immutable
from idp.kit.outbound_hosts import Host, OutboundHosts

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "192.88.99.0/24"),
        *("192.0.0.0/24", "100.100.100.200/32", "168.63.129.16/32"),
        *("::/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128"),
        *("2001::/23", "3fff::/20", "5f00::/16"),
    )
)
"""Unspecified, link-local, multicast, reserved, of a protocol (IANA's special-purpose registries),
and where clouds keep their metadata."""
_CARRIERS = tuple(
    ip_network(text) for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
"""Prefixes whose last 32 bits are an IPv4 address: compatible, mapped, SIIT and translated."""
_TRANSLATED_LOCALLY = ip_network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)
"""What stands before the IPv4 address in the last 64 bits (RFC 5214 6.1), whatever the prefix."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PLACE_SECONDS = 1.0
_NOTHING_TOLD = "no good answer came, or the name leads to no public address"
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "OneDoor", "Connection": "close"}


class FetchFailed(Exception):
    """There is no answer: the address is forbidden, or nobody answered in time or in bounds."""


@immutable
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes = field(repr=False)


class _Target(NamedTuple):
    """A URL taken apart; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(eq=False)
class _Fetch:
    """One request under way."""

    method: str
    target: _Target
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)
    made: Future[Answer] = field(default_factory=Future)
    is_public: bool = False
    """Whether it goes to public addresses alone, once its host was looked up."""


class GuardedClient:
    """Sends requests to addresses that clients registered. Safe to use from many threads."""

    def __init__(
        self,
        *,
        private_networks: Sequence[Network] = (),
        allows_loopback: bool = False,
        seconds: float = 5.0,
        max_bytes: int = 1_000_000,
        tls: ssl.SSLContext | None = None,
        hosts: OutboundHosts | None = None,
    ) -> None:
        self._private_networks = tuple(private_networks)
        self._allows_loopback = allows_loopback
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._tls = tls
        self._hosts = hosts or OutboundHosts(4)

    def get(self, url: str) -> bytes:
        """The body of a 200 answer. Raises FetchFailed for everything else."""
        answer = self.send("GET", url)
        if answer.status != 200:
            raise FetchFailed(f"the answer has the status {answer.status}")
        return answer.body

    def send(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request within the time limit. Raises FetchFailed."""
        target = self._read_url(url)
        own = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), **_HEADERS}
        sent = [*own.items(), *(headers or {}).items()]
        host = self._hosts.take(own["Host"].lower(), timeout=_PLACE_SECONDS)
        if host is None:
            raise FetchFailed("too many requests are under way, or the host did not answer lately")
        fetch = _Fetch(method, target, sent, body)
        threading.Thread(target=self._run, args=(fetch, host), name="fetch", daemon=True).start()
        try:
            return fetch.made.result(self._seconds)
        except TimeoutError:
            told = "no answer in time" if fetch.is_public else _NOTHING_TOLD
            raise FetchFailed(told) from None
        except (OSError, ValueError) as error:
            raise FetchFailed(type(error).__name__) from error

    def _run(self, fetch: _Fetch, host: Host) -> None:
        """In a thread of its own, because nothing else bounds how long a name is looked up."""
        has_answered = True
        try:
            fetch.made.set_result(self._exchange(fetch))
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread
            has_answered = not isinstance(error, OSError)
            fetch.made.set_exception(error)
        finally:
            self._hosts.give_back(host, has_answered=has_answered)

    def _exchange(self, fetch: _Fetch) -> Answer:
        """Only of public hosts it is told what went wrong: who names an address may not scan ours.

        A name that nobody knows, one that may not be fetched from, and a host of a private network
        that gives no good answer take the whole time limit, in their place, as if nobody had
        answered. They do not rest either, which would tell them apart.
        """
        deadline = time.monotonic() + self._seconds
        addresses = self._resolve(fetch.target.host, fetch.target.port)
        fetch.is_public = bool(addresses) and not any(map(self._is_private, addresses))
        if fetch.is_public:
            return self._speak(fetch, addresses, deadline)
        if addresses:
            with suppress(FetchFailed, OSError, ValueError):
                answer = self._speak(fetch, addresses, deadline)
                if 200 <= answer.status < 300:
                    return answer
        time.sleep(max(0.0, deadline - time.monotonic()))
        raise FetchFailed(_NOTHING_TOLD)

    def _speak(self, fetch: _Fetch, addresses: Sequence[Address], deadline: float) -> Answer:
        from idp.kit.http_exchange import exchange  # noqa: PLC0415 - says why

        status, body = exchange(
            self._connect(fetch.target, addresses, deadline),
            fetch.target,
            method=fetch.method,
            headers=fetch.headers,
            content=fetch.body,
            most=self._max_bytes,
            left=partial(_left, deadline),
        )
        if len(body) > self._max_bytes:
            raise FetchFailed("the answer is too large")
        return Answer(status, body)

    def _connect(
        self, target: _Target, addresses: Sequence[Address], deadline: float
    ) -> socket.socket:
        """A connection to one of the host's addresses, encrypted for https."""
        connected = _connect(addresses, target.port, deadline)
        if target.scheme == "http":
            return connected
        try:
            connected.settimeout(_left(deadline))
            tls = self._tls or _usual_tls()
            return tls.wrap_socket(connected, server_hostname=target.host)
        except BaseException:
            connected.close()
            raise

    def _read_url(self, url: str) -> _Target:
        """Raises FetchFailed unless it is a plain https URL; http is for loopback alone."""
        try:
            parts = urlsplit(url)
            is_plain = url.isascii() and url.isprintable() and " " not in url and parts.port != 0
        except ValueError:
            raise FetchFailed("the address cannot be read") from None
        if not is_plain or not parts.hostname or "@" in parts.netloc or "\\" in url:
            raise FetchFailed("the address cannot be read")
        may_be_http = self._allows_loopback and parts.hostname in _LOOPBACK
        if parts.scheme != "https" and not (parts.scheme == "http" and may_be_http):
            raise FetchFailed("the address must begin with https://")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(parts.scheme, parts.hostname, port, path)

    def _resolve(self, host: str, port: int) -> list[Address]:
        """Every address of the host; none when nobody knows it or a single one is forbidden."""
        try:
            records = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return []
        texts = dict.fromkeys(str(record[4][0]).partition("%")[0] for record in records)
        addresses = [ip_address(text) for text in texts]
        return addresses if all(map(self.permits, addresses)) else []

    def permits(self, address: Address) -> bool:
        """Whether a connection may go there; an IPv6 address that carries an IPv4 one is both."""
        inner = _carried(address)
        if inner is not None:
            return self.permits(inner)
        if address.is_loopback:
            return self._allows_loopback
        if any(address in network for network in _NEVER):
            return False
        return address.is_global or self._is_private(address)

    def _is_private(self, address: Address) -> bool:
        inner = _carried(address) or address
        return any(inner in network for network in self._private_networks)


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one, if a translator or tunnel would take it from there."""
    if isinstance(address, IPv4Address) or int(address) < 2:
        return None
    is_last = any(address in network for network in (*_CARRIERS, _TRANSLATED_LOCALLY))
    if is_last or int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo or (None, None))[1]


@cache
def _usual_tls() -> ssl.SSLContext:
    """The system's certificate authorities; the first fetch reads them, for all clients."""
    return ssl.create_default_context()


def _connect(addresses: Sequence[Address], port: int, deadline: float) -> socket.socket:
    """A connection to the first address that answers."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection((str(address), port), timeout=_left(deadline))
    return socket.create_connection((str(last), port), timeout=_left(deadline))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
