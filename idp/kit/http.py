"""The one way out: fetching an address that somebody else chose (OWASP ASVS 5.0, V1.3.6).

The name is resolved once, every address it has is checked, and the connection goes to one of those
addresses, so that a name cannot change its meaning in between. Redirects are answers, never
followed. Callers hold no database connection meanwhile: a fetch may take its whole time limit.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32"),
        *("::/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128"),
    )
)
"""Unspecified, link-local, multicast, reserved, and where clouds keep their metadata."""
_TRANSLATED = ip_network("64:ff9b::/96")
_TRANSLATED_LOCALLY = ip_network("64:ff9b:1::/48")
_MOST_AT_ONCE = 4
"""So that relying parties that hang never take every thread of a worker."""
_PLACE_SECONDS = 1.0


class FetchFailed(Exception):
    """There is no answer: the address is forbidden, or nobody answered in time or in bounds."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes = field(repr=False)


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
    ) -> None:
        self._private_networks = tuple(private_networks)
        self._allows_loopback = allows_loopback
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._tls = tls or ssl.create_default_context()
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)

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
        parts = self._read_url(url)
        exchange = _Exchange(parts, method, body, headers or {}, self._max_bytes)
        if not self._places.acquire(timeout=_PLACE_SECONDS):
            raise FetchFailed("too many requests are under way")
        made: Future[Answer] = Future()
        deadline = time.monotonic() + self._seconds
        threading.Thread(
            target=self._run, args=(exchange, made, deadline), name="fetch", daemon=True
        ).start()
        try:
            return made.result(self._seconds)
        except TimeoutError:
            exchange.abort()
            raise FetchFailed("no answer in time") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FetchFailed(type(error).__name__) from error

    def _run(self, exchange: "_Exchange", made: Future[Answer], deadline: float) -> None:
        try:
            addresses = self._resolve(exchange.parts)
            made.set_result(exchange.run(addresses, deadline, self._tls))
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread
            made.set_exception(error)
        finally:
            self._places.release()

    def _read_url(self, url: str) -> SplitResult:
        """Raises FetchFailed unless it is a plain https URL; http is for loopback alone."""
        try:
            parts = urlsplit(url)
            is_plain = url.isascii() and url.isprintable() and " " not in url and parts.port != 0
        except ValueError:
            raise FetchFailed("the address cannot be read") from None
        if not is_plain or not parts.hostname or "@" in parts.netloc or "\\" in url:
            raise FetchFailed("the address cannot be read")
        is_http_here = parts.scheme == "http" and self._allows_loopback
        if parts.scheme != "https" and not (is_http_here and _names_loopback(parts.hostname)):
            raise FetchFailed("the address must begin with https://")
        return parts

    def _resolve(self, parts: SplitResult) -> list[tuple[Address, int]]:
        """Every address of the host. Raises FetchFailed when a single one is forbidden."""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
        checked = [ip_address(address) for address in addresses]
        if not checked or not all(self.permits(address) for address in checked):
            raise FetchFailed("the host has an address that may not be fetched from")
        return [(address, port) for address in checked]

    def permits(self, address: Address) -> bool:
        """Whether a connection may go there; an IPv6 address that carries an IPv4 one is both."""
        inner = _carried(address)
        if inner is not None:
            return self.permits(inner)
        if address.is_loopback:
            return self._allows_loopback
        if any(address in network for network in _NEVER):
            return False
        return address.is_global or any(address in network for network in self._private_networks)


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, compatible, translated, 6to4 or Teredo address."""
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED or address in _TRANSLATED_LOCALLY or 1 < int(address) < 2**32:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _names_loopback(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


class _Exchange:
    """One request on one connection."""

    def __init__(
        self,
        parts: SplitResult,
        method: str,
        body: bytes,
        headers: Mapping[str, str],
        max_bytes: int,
    ) -> None:
        self.parts = parts
        self._method, self._body, self._max_bytes = method, body, max_bytes
        self._headers = {
            "Host": parts.netloc,
            "Accept-Encoding": "identity",
            "User-Agent": "OneDoor",
            "Connection": "close",
            **headers,
        }
        self._socket: socket.socket | None = None
        self._is_aborted = False

    def abort(self) -> None:
        """End the connection under whoever reads it."""
        self._is_aborted = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def run(
        self, addresses: Sequence[tuple[Address, int]], deadline: float, tls: ssl.SSLContext
    ) -> Answer:
        """Connect to the first address that answers, and ask."""
        self._socket = plain = _connect(addresses, deadline)
        try:
            plain.settimeout(_left(deadline))
            if self.parts.scheme == "https":
                self._socket = tls.wrap_socket(plain, server_hostname=self.parts.hostname)
            return self._ask(self._socket, deadline)
        finally:
            self._socket.close()

    def _ask(self, connected: socket.socket, deadline: float) -> Answer:
        if self._is_aborted:
            raise FetchFailed("no answer in time")
        connection = http.client.HTTPConnection(self.parts.netloc)
        connection.auto_open = 0
        connection.sock = connected
        path = self.parts.path or "/"
        target = f"{path}?{self.parts.query}" if self.parts.query else path
        connection.request(self._method, target, body=self._body or None, headers=self._headers)
        connected.settimeout(_left(deadline))
        with closing(connection.getresponse()) as response:
            body = response.read(self._max_bytes + 1)
        if len(body) > self._max_bytes:
            raise FetchFailed("the answer is too large")
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)


def _connect(addresses: Sequence[tuple[Address, int]], deadline: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for address, port in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=_left(deadline))
        except OSError as error:
            failure = error
    raise failure


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchFailed("no answer in time")
    return left
