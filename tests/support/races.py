"""Fifty threads who use the same one-time thing at two served processes, over and over."""

import http.client
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

THREADS = 50
ROUNDS = int(os.environ.get("IDP_TEST_RACE_ROUNDS", "0"))
"""How many of each kind; zero: as many as fit into `SECONDS`, ten at least."""
SECONDS = 8.0

WON = "won"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Use:
    """One request, as all threads send it."""

    target: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a thread was told."""

    status: int
    location: str
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """`WON`, else the error it names; for a page, its status."""
        if self.status == 303:
            told = parse_qs(urlsplit(self.location).query)
            return WON if "code" in told else told["error"][0]
        if self.status in (200, 201):
            return WON
        try:
            return str(json.loads(self.body)["error"])
        except ValueError:
            return str(self.status)


class Racers:
    """Each keeps one connection to one of the processes, by turns."""

    def __init__(self, urls: Sequence[str], stack: ExitStack) -> None:
        hosts = [urlsplit(urls[i % len(urls)]).netloc for i in range(THREADS)]
        self._connections = [
            stack.enter_context(closing(http.client.HTTPConnection(host, timeout=30)))
            for host in hosts
        ]
        self._pool = stack.enter_context(ThreadPoolExecutor(THREADS))
        self._start = threading.Barrier(THREADS)

    def run(self, use: Use) -> list[Answer]:
        """Everyone sends it at the same moment."""
        body = None if use.form is None else urlencode(use.form)
        headers = {**use.headers, **(FORM if body is not None else {})}

        def send(connection: http.client.HTTPConnection) -> Answer:
            self._start.wait(30)
            connection.request("GET" if body is None else "POST", use.target, body, headers)
            response = connection.getresponse()
            return Answer(
                response.status,
                response.headers.get("Location", ""),
                response.read(),
                tuple(sorted(response.headers.get_all("Set-Cookie", []))),
            )

        return list(self._pool.map(send, self._connections))


@contextmanager
def racing(*urls: str) -> Iterator[Racers]:
    """Fifty threads and their connections, until the block ends."""
    with ExitStack() as stack:
        yield Racers(urls, stack)


def race(
    racers: Racers,
    make_use: Callable[[], Use],
    *,
    lost: Sequence[str],
    check: Callable[[Answer], None] | None = None,
) -> int:
    """Round after round with a new thing each: one wins, all others are told one of `lost`.

    `check` looks at what the winner got. How many rounds were run.
    """
    until, rounds = time.monotonic() + SECONDS, 0
    while rounds < (ROUNDS or 10) or (not ROUNDS and time.monotonic() < until):
        answers = racers.run(make_use())
        verdicts = Counter(answer.verdict for answer in answers)
        assert verdicts[WON] == 1, (rounds, verdicts)
        assert verdicts.keys() <= {WON, *lost}, (rounds, verdicts)
        assert all(answer.status < 500 for answer in answers)
        if check is not None:
            check(next(answer for answer in answers if answer.verdict == WON))
        rounds += 1
    return rounds
