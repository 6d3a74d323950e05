"""Hearing in every process, within a second, what one of them has committed (LISTEN, NOTIFY).

The connection stands as long as the process does, so this is also where the database's clock is
read every few seconds.
"""

import threading
import time
from collections.abc import Callable, Sequence

import psycopg
import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import is_away
from idp.kit.drift import DriftWatch
from idp.kit.immutable import immutable
from idp.kit.logs import places_of

LISTENER = "listener"
"""The thread's name."""
_log = structlog.get_logger(__name__)

_RECONNECT_SECONDS = 0.5
_LOOK_UP_SECONDS = 0.1
"""How often the listener looks up from listening: a stop waits no longer for it."""
_PING_SECONDS = 5.0
_KEEPALIVE = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}


def notify(db: Session, *, channel: str, payload: str = "") -> None:
    """Tell whoever listens on the channel, once this transaction has committed."""
    db.execute(select(func.pg_notify(channel, payload)))


@immutable(kw_only=True)
class Subscription:
    """What somebody wants to hear on a channel."""

    channel: str
    missed: Callable[[], object]
    """Called at each connecting, since notifications may have been missed before."""
    heard: Callable[[str], object]
    """Called with the payload of each."""
    pinged: Callable[[], object] = lambda: None
    """Called every few seconds while the connection stands."""


class Listener:
    """A thread with a connection of its own, which comes back when it is lost; one a process.

    A subscription that raises makes it connect anew: it must never go deaf, whatever a row holds.
    """

    def __init__(self, engine: Engine, subscriptions: Sequence[Subscription]) -> None:
        self._engine = engine
        self._by_channel = {each.channel: each for each in subscriptions}
        self._closing = threading.Event()
        self._listening = threading.Event()
        self._thread: threading.Thread | None = None
        self._drift = DriftWatch()

    def start(self) -> None:
        """Begin; call once per process, after forking."""
        self._thread = threading.Thread(target=self._listen, name=LISTENER, daemon=True)
        self._thread.start()

    def wait_until_listening(self, timeout: float) -> bool:
        """Whether notifications are heard, after waiting at most `timeout` seconds."""
        return self._listening.wait(timeout)

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _listen(self) -> None:
        is_failing = False
        while not self._closing.is_set():
            try:
                self._listen_once()
            except Exception as error:  # noqa: BLE001 - the thread must outlive every fault
                is_lost = is_away(error) or isinstance(error, OSError)
                if is_lost and self._listening.is_set():
                    _log.warning("listener.lost", error=type(error).__name__)
                elif not is_lost and (self._listening.is_set() or not is_failing):
                    _log.error("listener.failed", places=places_of(error))
                is_failing = is_failing or not is_lost
            self._listening.clear()
            self._closing.wait(_RECONNECT_SECONDS)

    def _listen_once(self) -> None:
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        options = {**options, **_KEEPALIVE, "application_name": "idp-listen", "autocommit": True}
        with psycopg.connect(*arguments, **options) as connection:
            for channel in self._by_channel:
                connection.execute(f"LISTEN {channel}")
            self._read_clock(connection)
            for each in self._by_channel.values():
                each.missed()
            self._listening.set()
            pinged_at = time.monotonic()
            while not self._closing.is_set():
                for notification in connection.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1):
                    self._by_channel[notification.channel].heard(notification.payload)
                if time.monotonic() - pinged_at > _PING_SECONDS:
                    self._read_clock(connection)
                    for each in self._by_channel.values():
                        each.pinged()
                    pinged_at = time.monotonic()

    def _read_clock(self, connection: psycopg.Connection) -> None:
        asked = time.monotonic()
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        if row is not None:
            clock.follow(row[0], asked=asked)
        self._drift.tell()
