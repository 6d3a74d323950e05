"""One HTTP/1.1 request and its answer, over a connection that is there, until a deadline.

httpcore2 speaks it. `kit.http` says where a connection may lead, and has this module imported by
the first fetch: a start needs no 60 modules for it.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import closing

import httpcore2


class ProtocolError(ValueError):
    """What came back is not HTTP."""


def exchange(
    connected: socket.socket,
    url: tuple[str, str, int, str],
    *,
    method: str,
    headers: Sequence[tuple[str, str]],
    content: bytes,
    most: int,
    left: Callable[[], float],
) -> tuple[int, bytes]:
    """The status and the body, of which no more is read once it has more than `most` bytes.

    `url` is scheme, host, port, and path with query; `left` says how many seconds are left, and
    raises TimeoutError when none are. The connection is closed. Raises ProtocolError and OSError.
    """
    scheme, host, port, path = url
    parsed = httpcore2.URL(scheme=scheme, host=host, port=port, target=path)
    request = httpcore2.Request(method, parsed, headers=[*headers], content=content)
    connection = httpcore2.HTTP11Connection(parsed.origin, _Stream(connected, left))
    try:
        with closing(connection), closing(connection.handle_request(request)) as response:
            body = b""
            for piece in response.iter_stream():
                body += piece
                if len(body) > most:
                    break
    except httpcore2.ProtocolError as error:
        raise ProtocolError(type(error).__name__) from error
    return response.status, body


class _Stream(httpcore2.NetworkStream):
    """A connection that ends at the deadline, however much trickles in before."""

    def __init__(self, connected: socket.socket, left: Callable[[], float]) -> None:
        self._socket = connected
        self._left = left
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a request is two writes

    def read(self, max_bytes: int, *_: object, **__: object) -> bytes:
        self._socket.settimeout(self._left())
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, *_: object, **__: object) -> None:
        self._socket.settimeout(self._left())
        try:
            self._socket.sendall(buffer)
        except ConnectionError as error:  # its answer may have come before all was sent
            raise httpcore2.WriteError from error

    def close(self) -> None:
        self._socket.close()
