"""So many per minute: bounds what strangers can make the program write down."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable


class Ration:
    """Admits `limit` per key and minute in this process. Threads may share it."""

    def __init__(self, limit: int, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._lock = threading.Lock()
        self._minute = 0
        self._admitted: Counter[Hashable] = Counter()

    def admits(self, key: Hashable) -> bool:
        """Whether one more of that key fits into this minute; it is counted if so."""
        minute = int(self._seconds()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._admitted.clear()
            if self._admitted[key] >= self._limit:
                return False
            self._admitted[key] += 1
            return True
