"""Relying parties in memory, true within a second in every process.

A party is read once and kept until PostgreSQL notifies of a change. While the database is away the
parties at hand are still served; when the listening connection comes back, everything is forgotten,
since notifications may have been missed.
"""

import threading
import time
from collections import OrderedDict

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.catalogue.add import CHANNEL as CATALOGUE_CHANNEL
from idp.kit.listen import Subscription
from idp.relying_parties.changes import CHANNEL
from idp.relying_parties.party import RegisteredParty, load_live_party

_MISSING_SECONDS = 5.0
_MISSING_SIZE = 1000
_MAX_CLIENT_ID = 200


class RelyingPartyCache:
    """Live relying parties by client_id. Safe to use from many threads."""

    def __init__(self, engine: Engine, *, size: int = 20_000) -> None:
        self._engine = engine
        self._size = size
        self._lock = threading.Lock()
        self._parties: OrderedDict[str, RegisteredParty] = OrderedDict()
        self._missing: OrderedDict[str, float] = OrderedDict()
        self._generation = 0
        self.subscriptions = (
            Subscription(channel=CHANNEL, missed=self.forget_all, heard=self.forget),
            Subscription(
                channel=CATALOGUE_CHANNEL,
                missed=self.forget_all,
                heard=lambda _: self.forget_all(),
            ),
        )
        """How it follows changes."""

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

    def forget(self, client_id: str) -> None:
        """Read that party anew when it is next asked for."""
        with self._lock:
            self._generation += 1
            self._parties.pop(client_id, None)
            self._missing.pop(client_id, None)

    def forget_all(self) -> None:
        """Read every party anew when it is next asked for."""
        with self._lock:
            self._generation += 1
            self._parties.clear()
            self._missing.clear()

    def _keep(self, client_id: str, party: RegisteredParty | None) -> None:
        if party is None:
            self._missing[client_id] = time.monotonic() + _MISSING_SECONDS
            if len(self._missing) > _MISSING_SIZE:
                self._missing.popitem(last=False)
            return
        self._parties[client_id] = party
        if len(self._parties) > self._size:
            self._parties.popitem(last=False)


def _is_plausible(client_id: str) -> bool:
    return 0 < len(client_id) <= _MAX_CLIENT_ID and client_id.isascii() and client_id.isprintable()
