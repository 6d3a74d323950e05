"""A lean HTTP/1.1 client: one kept-alive connection, one request at a time, little parsed.

So little that the client is not what is measured. It knows only what both servers send: bodies with
a Content-Length. It follows nothing; cookies are kept by name, their paths are not looked at.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

_END = b"\r\n\r\n"
_TIMEOUT = 10.0


class UnexpectedAnswer(Exception):
    """The server answered something else than the flow needs."""


class Overloaded(UnexpectedAnswer):
    """The server said 503: come back later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its header lines are looked at on demand."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The value of a header, named in lower case; empty when absent."""
        start = self.head.lower().find(b"\r\n" + name + b":")
        if start < 0:
            return b""
        end = self.head.find(b"\r\n", start + 2)
        return self.head[start + len(name) + 3 : end if end > 0 else None].strip()

    def expect(self, status: int) -> "Answer":
        """Itself. Raises UnexpectedAnswer when its status is another, Overloaded when it is 503."""
        if self.status != status:
            kind = Overloaded if self.status == 503 else UnexpectedAnswer
            raise kind(f"{self.status} instead of {status}: {self.body[:600]!r}")
        return self


@dataclass
class Connection(asyncio.Protocol):
    """A connection and the cookies received over it."""

    host: str
    cookies: dict[bytes, bytes] = field(default_factory=dict)
    _transport: asyncio.Transport | None = None
    _received: bytes = b""
    _answer: "asyncio.Future[Answer] | None" = None

    async def get(self, target: str) -> Answer:
        """A navigation."""
        return await self._send(f"GET {target} HTTP/1.1\r\n".encode(), b"")

    async def post(
        self, target: str, body: bytes, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A form. With `headers` it is a program's: no cookies go with it."""
        head = (
            f"POST {target} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n"
        )
        head += "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        return await self._send(head.encode(), body, has_cookies=headers is None)

    async def _send(self, head: bytes, body: bytes, *, has_cookies: bool = True) -> Answer:
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            name, _, port = self.host.partition(":")
            await loop.create_connection(lambda: self, name, int(port))
        assert self._transport is not None
        jar = b""
        if has_cookies and self.cookies:
            jar = (
                b"Cookie: " + b"; ".join(b"%b=%b" % pair for pair in self.cookies.items()) + b"\r\n"
            )
        self._received, self._answer = b"", loop.create_future()
        self._transport.write(
            head + b"Host: " + self.host.encode() + b"\r\n" + jar + b"\r\n" + body
        )
        timer = loop.call_later(_TIMEOUT, self._fail, TimeoutError("no answer in time"))
        try:
            answer = await self._answer
        finally:
            timer.cancel()
        if has_cookies:
            self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer: Answer) -> None:
        for line in answer.head.split(b"\r\n"):
            if line[:11].lower() == b"set-cookie:":
                name, _, value = line[11:].strip().partition(b";")[0].partition(b"=")
                self.cookies[name] = value
                if not value:
                    del self.cookies[name]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_END)
        if not end:
            return
        answer = Answer(int(head[9:12]), head, body)
        is_whole = len(body) >= int(answer.header(b"content-length") or 0)
        if is_whole and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(exc or ConnectionError("the server closed the connection"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
