"""How long a connection may wait and how many there are, which uvicorn leaves open.

A connection waits while a request has yet to come whole. Its head has so many seconds, counted from
the connection's beginning or the last answer; the body's time is bounded in `limits`. An answer
that nobody takes ends the connection after as many. So do too many bytes of a head, or of a
request, before it is whole: the parser keeps them all until then. When there are more connections
than a process may have files for, the one that has waited longest goes: whoever sends slowly loses
to whoever does not. Requests sent before earlier ones are answered are read without end by uvicorn:
here few are.

An offer to go on in another protocol (`Upgrade: h2c`, as Java's client makes it) is not taken up,
and the request is read as if there were none (RFC 9110 section 7.8). uvicorn's parser ends such a
request with its head, loses the body, and reads what comes next as another request.
"""

import asyncio
from dataclasses import field
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from idp.kit.immutable import immutable
from idp.web.limits import MAX_HEADERS, MAX_TARGET, MOST_UPLOAD, WHOLE, takes_file

MOST_HEAD = MAX_TARGET + 4 * MAX_HEADERS
"""Bytes of an unfinished head, colons and line ends included; `limits` refuses less in words."""
MOST_AHEAD = 8
"""Requests that may wait on one connection for the answer to an earlier one."""


@immutable
class Bounds:
    """What the connections of one process share; one goes to each process."""

    most: int
    seconds: float
    most_body: int
    waiting: dict["Connection", None] = field(default_factory=dict)
    """Those whose next request has yet to come whole, the longest waiting first."""


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP on one connection, within bounds."""

    def __init__(self, bounds: Bounds, **given: Any) -> None:
        super().__init__(**given)
        self.parser = _Parser(self)
        self._bounds = bounds
        self._late: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._received = 0
        self._most_received = MOST_HEAD
        self._is_in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait; one connection too many costs the longest waiting theirs."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self._bounds.most:
            longest = next(iter(self._bounds.waiting))
            del self._bounds.waiting[longest]
            longest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on, unless there is more of one request than any may have; then answer 400.

        One that has its answer already gets no second.
        """
        self._received += len(data)
        super().data_received(data)
        if self._received <= self._most_received or self.transport.is_closing():
            return
        if self._is_in_body and self.cycle.response_started:
            self.transport.close()
        else:
            self.send_400_response("Too much was sent.")

    def on_message_begin(self) -> None:
        """Raises HttpParserError for a request too far ahead; uvicorn answers 400 and closes."""
        if len(self.pipeline) >= MOST_AHEAD:
            raise HttpParserError
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head came in time."""
        if self._makes_offer():
            return
        _cancel(self._late)
        most = self._bounds.most_body
        if takes_file(self.url.decode("latin-1")):
            most = max(most, MOST_UPLOAD)
        self._most_received = MOST_HEAD + 2 * most
        super().on_headers_complete()
        self._is_in_body = True

    def on_message_complete(self) -> None:
        """The request came whole: of most, with its head, and nobody has to wait for a body."""
        if self._makes_offer():
            return
        self.scope.setdefault("extensions", {})[WHOLE] = {}
        self._bounds.waiting.pop(self, None)
        self._received, self._most_received = 0, MOST_HEAD
        self._is_in_body = False
        super().on_message_complete()

    def read_without_offer(self, rest: bytes) -> None:
        """Begin the request again whose head was read, without its `Upgrade`; `rest` follows."""
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        self.parser = _Parser(self)
        self.parser.feed_data(b"\r\n".join([*lines, b"", rest]))

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it came before this one was answered."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._wait()

    def pause_writing(self) -> None:
        """More of an answer is left than may wait for whoever asked."""
        super().pause_writing()
        self._untaken = self._later(self.transport.abort)

    def resume_writing(self) -> None:
        """It is being taken."""
        _cancel(self._untaken)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind."""
        self._bounds.waiting.pop(self, None)
        _cancel(self._late)
        _cancel(self._untaken)
        super().connection_lost(exc)

    def _makes_offer(self) -> bool:
        """CONNECT is no offer: it is answered like any method that we do not have."""
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def _wait(self) -> None:
        _cancel(self._late)
        self._late = self._later(self._close)
        self._bounds.waiting.pop(self, None)
        self._bounds.waiting[self] = None

    def _close(self) -> None:
        """Close; what is left of an answer has as long again to be taken."""
        self.transport.close()
        self._late = self._later(self.transport.abort)

    def _later(self, do: Any) -> asyncio.TimerHandle:
        return self.loop.call_later(self._bounds.seconds, do)


class _Parser(HttpRequestParser):
    """Stops where an offer was made, and lets the connection go on without it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection = connection
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except HttpParserUpgrade as offer:
            if self.get_method() == b"CONNECT":
                raise
            self._connection.read_without_offer(data[offer.args[0] :])


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
