"""A gate: how many requests run at once, how many more wait, and whose turn it is.

It belongs to the event loop: whoever waits holds no thread, no row and no connection.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from idp.kit.errors import Overloaded
from idp.web.messages import N_

_Turn = asyncio.Future[None]


class Gate:
    """Bounds what runs at once: `slots` requests; `queue_limit` more wait `queue_wait` seconds.

    Sources take turns, so that many requests from one keep nobody else waiting behind them. When
    the queue is full, the source with most in it gives up its newest to one with fewer.
    """

    def __init__(self, slots: int, *, queue_limit: int, queue_wait: float) -> None:
        self._slots = self._free = slots
        self._queue_limit = queue_limit
        self._queue_wait = queue_wait
        self._queue: dict[str, deque[_Turn]] = {}
        """Who waits, by source; the source whose turn is next stands first."""
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many have no slot yet."""
        return self._waiting

    @property
    def running(self) -> int:
        """How many hold one."""
        return self._slots - self._free

    def slot(self, source: Callable[[], str] = str) -> "Slot":
        """Hold a slot during a block; `source` says, if one has to wait, who asks.

        Entering raises Overloaded when none is free in time.
        """
        return Slot(self, source)

    async def take(self, source: Callable[[], str]) -> None:
        """A slot, which `give_back` ends; as `slot`."""
        if self._free > 0:  # then nobody waits
            self._free -= 1
        else:
            await self._wait(source())

    async def _wait(self, source: str) -> None:
        if self._waiting >= self._queue_limit:
            self._make_room(source)
        loop = asyncio.get_running_loop()
        turn: _Turn = loop.create_future()
        self._queue.setdefault(source, deque()).append(turn)
        self._waiting += 1
        timer = loop.call_later(self._queue_wait, self._refuse, source, turn, "no slot in time")
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._drop(source, turn)
            elif turn.exception() is None:  # it came at the last moment
                self.give_back()
            raise
        finally:
            timer.cancel()

    def give_back(self) -> None:
        """To whoever's turn it is."""
        while self._queue:
            source = next(iter(self._queue))
            turns = self._queue.pop(source)
            turn = turns.popleft()
            self._waiting -= 1
            if turns:
                self._queue[source] = turns
            if not turn.done():  # else whoever waited has been cancelled
                turn.set_result(None)
                return
        self._free += 1

    def _make_room(self, source: str) -> None:
        """Refuse the newest of the source that has most, or raise Overloaded to this one."""
        fullest = max(self._queue, key=lambda each: len(self._queue[each]), default=source)
        if len(self._queue.get(fullest, ())) <= len(self._queue.get(source, ())) + 1:
            raise _busy("the queue is full")
        self._refuse(fullest, self._queue[fullest][-1], "the queue is full")

    def _refuse(self, source: str, turn: _Turn, detail: str) -> None:
        self._drop(source, turn)
        if not turn.done():
            turn.set_exception(_busy(detail))

    def _drop(self, source: str, turn: _Turn) -> None:
        turns = self._queue.get(source, deque())
        if turn in turns:
            turns.remove(turn)
            self._waiting -= 1
        if not turns:
            self._queue.pop(source, None)


class Slot:
    """A slot of a gate while a block runs: half of what a generator costs that does the same."""

    __slots__ = ("_gate", "_source")

    def __init__(self, gate: Gate, source: Callable[[], str]) -> None:
        self._gate, self._source = gate, source

    async def __aenter__(self) -> None:
        await self._gate.take(self._source)

    async def __aexit__(self, *_failure: object) -> None:
        self._gate.give_back()


def _busy(detail: str) -> Overloaded:
    text = N_("Many people are using it right now.")
    return Overloaded(text, retry_after=3, detail=detail)
