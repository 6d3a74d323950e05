"""Relying parties in memory, true within a second in every process.

A party is read once and kept until PostgreSQL notifies of a change. While the database is away the
parties at hand are still served; when the listening connection comes back, everything is forgotten,
since notifications may have been missed.
"""

import threading
import time
from collections import OrderedDict

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from idp.registry.changes import CHANNEL, EVERYTHING
from idp.registry.party import RegisteredParty, load_live_party

_log = structlog.get_logger(__name__)

_MISSING_SECONDS = 5.0
_MISSING_SIZE = 1000
_MAX_CLIENT_ID = 200
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


class RelyingPartyCache:
    """Live relying parties by client_id. Safe to use from many threads."""

    def __init__(self, engine: Engine, *, size: int = 20_000) -> None:
        self._engine = engine
        self._size = size
        self._lock = threading.Lock()
        self._parties: OrderedDict[str, RegisteredParty] = OrderedDict()
        self._missing: OrderedDict[str, float] = OrderedDict()
        self._generation = 0
        self._closing = threading.Event()
        self._listening = threading.Event()
        self._thread: threading.Thread | None = None

    def find(self, client_id: str, *, db: Session | None = None) -> RegisteredParty | None:
        """The live party with that client_id; None when there is none, or it is not live.

        Reads the database on a first request: one statement, in the unit of work `db` or else on a
        connection of its own. Raises what SQLAlchemy raises when the database is away and the party
        not at hand, so call it inside `web.db.transaction` unless it `is_at_hand`.
        """
        if not _is_plausible(client_id):
            return None
        with self._lock:
            if client_id in self._parties:
                self._parties.move_to_end(client_id)
                return self._parties[client_id]
            if self._missing.get(client_id, 0.0) > time.monotonic():
                return None
            generation = self._generation
        if db is not None:
            party = load_live_party(db.connection(), client_id=client_id)
        else:
            with self._engine.connect() as connection:
                party = load_live_party(connection, client_id=client_id)
        with self._lock:
            if generation == self._generation:
                self._keep(client_id, party)
        return party

    def is_at_hand(self, client_id: str) -> bool:
        """Whether `find` answers without the database, so that it may run on an event loop."""
        with self._lock:
            return (
                client_id in self._parties
                or self._missing.get(client_id, 0.0) > time.monotonic()
                or not _is_plausible(client_id)
            )

    def forget(self, client_id: str = EVERYTHING) -> None:
        """Read that party, or every party, anew when it is next asked for."""
        with self._lock:
            self._generation += 1
            if client_id == EVERYTHING:
                self._parties.clear()
                self._missing.clear()
            else:
                self._parties.pop(client_id, None)
                self._missing.pop(client_id, None)

    def start(self) -> None:
        """Begin to listen for changes on a thread; call once per process, after forking."""
        self._thread = threading.Thread(target=self._listen, name="relying-parties", daemon=True)
        self._thread.start()

    def wait_until_listening(self, timeout: float) -> bool:
        """Whether changes are heard, after waiting at most `timeout` seconds."""
        return self._listening.wait(timeout)

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _keep(self, client_id: str, party: RegisteredParty | None) -> None:
        if party is None:
            self._missing[client_id] = time.monotonic() + _MISSING_SECONDS
            if len(self._missing) > _MISSING_SIZE:
                self._missing.popitem(last=False)
            return
        self._parties[client_id] = party
        if len(self._parties) > self._size:
            self._parties.popitem(last=False)

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen_once()
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                if self._listening.is_set():
                    _log.warning("relying_parties.listener_lost", error=type(error).__name__)
                self._listening.clear()
                self._closing.wait(_RECONNECT_SECONDS)

    def _listen_once(self) -> None:
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        options = {**options, **_KEEPALIVE, "application_name": "idp-listen", "autocommit": True}
        with psycopg.connect(*arguments, **options) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self.forget()
            self._listening.set()
            pinged_at = time.monotonic()
            while not self._closing.is_set():
                for notification in connection.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1):
                    self.forget(notification.payload)
                if time.monotonic() - pinged_at > _PING_SECONDS:
                    connection.execute("SELECT 1")
                    pinged_at = time.monotonic()


def _is_plausible(client_id: str) -> bool:
    return 0 < len(client_id) <= _MAX_CLIENT_ID and client_id.isascii() and client_id.isprintable()
