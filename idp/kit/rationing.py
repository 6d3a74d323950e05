"""So many per minute in this process: bounds what it writes down. What protects is a rate limit."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable

_MOST_KEYS = 2000


class Ration:
    """Admits `limit` per key and minute in this process, and no more than so many keys.

    What strangers send is rationed under a key that holds their source, so that it uses up nobody
    else's. Threads may share it.
    """

    def __init__(self, limit: int, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._lock = threading.Lock()
        self._minute = 0
        self._admitted: Counter[Hashable] = Counter()

    def admits(self, key: Hashable) -> bool:
        """Whether one more of that key fits into this minute; it is counted if so."""
        with self._lock:
            self._begin_minute()
            if self._admitted.get(key, 0) >= self._limit or len(self._admitted) >= _MOST_KEYS:
                return False
            self._admitted[key] += 1
            return True

    def is_used_up(self, key: Hashable) -> bool:
        """Whether no more of that key fits; nothing is counted."""
        with self._lock:
            self._begin_minute()
            return self._admitted.get(key, 0) >= self._limit

    def _begin_minute(self) -> None:
        minute = int(self._seconds()) // 60
        if minute != self._minute:
            self._minute = minute
            self._admitted.clear()
