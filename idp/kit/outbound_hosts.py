"""How much is under way to whom, and who is left alone for a while since they did not answer.

A request waits in its thread for what it fetches. So there are fewer places than threads, no host
has them all, one fetch at a time is under way to a host, and a host that did not answer is not
asked again at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from idp.kit.turns import Turns

_REST_SECONDS, _LONGEST_REST_SECONDS = 5.0, 300.0
"""A host rests after it did not answer, twice as long each time in a row."""
_KNOWN = 1000


@dataclass(eq=False)
class Host:
    """One host: how many wait for it or are served, and how it answered last."""

    turns: Turns
    taken: int = 0
    unanswered: int = 0
    rests_until: float = field(default=float("-inf"))


class OutboundHosts:
    """Places by host, in the memory of a process. Safe to use from many threads.

    `places` in all, all but one of them to one host at most, and of those `at_host` at a time. A
    host rests only where `rests` says so: who keeps waits of their own for each message needs none.
    """

    def __init__(
        self,
        places: int,
        *,
        at_host: int = 1,
        rests: bool = True,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = places
        self._to_one_host = max(1, places - 1)
        self._at_host = at_host
        self._rests = rests
        self._now = now
        self._lock = threading.Lock()
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    def take(self, name: str, *, timeout: float) -> Host | None:
        """A place at a host, to give back; None at once when there is none or the host rests.

        Where another is under way, it is waited for so long.
        """
        with self._lock:
            host = self._hosts.setdefault(name, Host(Turns(self._at_host)))
            self._hosts.move_to_end(name)
            if not self._free or host.taken >= self._to_one_host or self._is_resting(host):
                return None
            self._free -= 1
            host.taken += 1
            self._forget_old()
        has_turn = host.turns.acquire(timeout=timeout)
        with self._lock:
            if has_turn and not self._is_resting(host):
                return host
            self._leave(host)
        if has_turn:
            host.turns.release()
        return None

    def give_back(self, host: Host, *, has_answered: bool) -> None:
        """The fetch is over, well or badly; whoever waits for the host learns of it."""
        with self._lock:
            self._leave(host)
            if has_answered:
                host.unanswered = 0
            else:
                rest = min(_REST_SECONDS * 2 ** min(host.unanswered, 10), _LONGEST_REST_SECONDS)
                host.unanswered, host.rests_until = host.unanswered + 1, self._now() + rest
        host.turns.release()

    def _is_resting(self, host: Host) -> bool:
        return self._rests and self._now() < host.rests_until

    def _leave(self, host: Host) -> None:
        host.taken -= 1
        self._free += 1

    def _forget_old(self) -> None:
        """Keep those asked last; one in use that is forgotten gives its place back all the same."""
        while len(self._hosts) > _KNOWN:
            self._hosts.popitem(last=False)
