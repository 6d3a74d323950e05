"""The provider's keys in memory, decrypted once.

The set at hand is served even while the database is away. It is read anew in the background
when it is older than `refresh_every`, so no request waits for it after the first.
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from joserfc.jwk import Key, KeySet, import_key
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from idp.keys.creation import ensure_keys
from idp.keys.models import KeyState, SigningKey
from idp.kit.crypto import Keyring
from idp.kit.db import transaction

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LoadedKeys:
    """One reading of the table."""

    jwks: dict[str, Any]
    """The public key set, as published."""
    signing: dict[str, Key]
    """The private key that signs, by algorithm."""
    verifying: KeySet
    """The public keys of every token that may still be about."""


class SigningKeys:
    """The keys of the provider. Safe to use from many threads."""

    def __init__(self, engine: Engine, keyring: Keyring, *, refresh_every: float = 5.0) -> None:
        self._engine = engine
        self._keyring = keyring
        self._refresh_every = refresh_every
        self._lock = threading.Lock()
        self._loaded: LoadedKeys | None = None
        self._read_at = 0.0

    def start(self) -> LoadedKeys:
        """Make the first keys where there are none, and read them. Call once per process."""
        with transaction(self._engine) as db:
            ensure_keys(db, keyring=self._keyring)
        return self.refresh()

    def current(self) -> LoadedKeys:
        """The keys at hand; only the first call may wait for the database."""
        loaded = self._loaded
        if loaded is None:
            return self.start()
        if time.monotonic() - self._read_at > self._refresh_every:
            self._read_at = time.monotonic()
            threading.Thread(target=self._refresh_quietly, name="keys", daemon=True).start()
        return loaded

    def signing_key(self, alg: str) -> Key:
        """The private key that signs with this algorithm now. KeyError when there is none."""
        return self.current().signing[alg]

    def refresh(self) -> LoadedKeys:
        """Read the keys anew."""
        with self._lock, transaction(self._engine) as db:
            rows = db.scalars(select(SigningKey).order_by(SigningKey.created_at)).all()
            known = {} if self._loaded is None else self._loaded.signing
            loaded = LoadedKeys(
                jwks={"keys": [row.public_jwk for row in rows]},
                signing={row.alg: self._private(row, known) for row in rows if _signs(row)},
                verifying=KeySet([import_key(row.public_jwk) for row in rows]),
            )
        self._loaded, self._read_at = loaded, time.monotonic()
        return loaded

    def _private(self, row: SigningKey, known: dict[str, Key]) -> Key:
        key = known.get(row.alg)
        if key is not None and key.kid == row.kid:
            return key
        return import_key(json.loads(self._keyring.decrypt(row.private_encrypted, row=row.kid)))

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except SQLAlchemyError as error:
            _log.warning("keys.not_refreshed", error=type(error).__name__)


def _signs(row: SigningKey) -> bool:
    return row.state is KeyState.SIGNING
