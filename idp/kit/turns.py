"""So many at once, in the order they came: it bounds what runs, not how often something may."""

import threading
from collections import deque


class Turns:
    """Places that threads wait for in a line: one given back goes to whoever has waited longest.

    A semaphore of the standard library lets newcomers pass a thread it has just woken, which then
    waits from the end of the line again.
    """

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._line: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many stand in the line."""
        return len(self._line)

    def acquire(self, *, timeout: float) -> bool:
        """Whether a place was had within so many seconds; who had one gives it back."""
        with self._lock:
            if self._free:  # then nobody waits
                self._free -= 1
                return True
            turn = threading.Event()
            self._line.append(turn)
        if turn.wait(timeout):
            return True
        with self._lock:
            if not turn.is_set():  # else it came at the last moment
                self._line.remove(turn)
            return turn.is_set()

    def release(self) -> None:
        """Give a place back."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._free += 1
