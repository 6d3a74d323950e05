"""Hearing in every process, within a second, what one of them has committed (LISTEN, NOTIFY)."""

import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

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


class Listener:
    """A thread with a connection of its own on one channel, which comes back when it is lost.

    `missed` is called at each connecting, since notifications may have been missed before; `heard`
    with the payload of each; `pinged` every few seconds while the connection stands. One that
    raises makes the listener connect anew: it must never go deaf, whatever a row holds.
    """

    def __init__(
        self,
        engine: Engine,
        channel: str,
        *,
        missed: Callable[[], object],
        heard: Callable[[str], object],
        pinged: Callable[[], object] = lambda: None,
    ) -> None:
        self._engine = engine
        self._channel = channel
        self._missed = missed
        self._heard = heard
        self._pinged = pinged
        self._closing = threading.Event()
        self._listening = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; call once per process, after forking."""
        self._thread = threading.Thread(target=self._listen, name=self._channel, daemon=True)
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
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                if self._listening.is_set():
                    _log.warning("listener.lost", channel=self._channel, error=type(error).__name__)
            except Exception:  # noqa: BLE001 - the thread must outlive every fault
                if self._listening.is_set() or not is_failing:
                    _log.exception("listener.failed", channel=self._channel)
                is_failing = True
            self._listening.clear()
            self._closing.wait(_RECONNECT_SECONDS)

    def _listen_once(self) -> None:
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        options = {**options, **_KEEPALIVE, "application_name": "idp-listen", "autocommit": True}
        with psycopg.connect(*arguments, **options) as connection:
            connection.execute(f"LISTEN {self._channel}")
            self._missed()
            self._listening.set()
            pinged_at = time.monotonic()
            while not self._closing.is_set():
                for notification in connection.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1):
                    self._heard(notification.payload)
                if time.monotonic() - pinged_at > _PING_SECONDS:
                    connection.execute("SELECT 1")
                    self._pinged()
                    pinged_at = time.monotonic()
