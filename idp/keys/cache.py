"""The provider's keys in memory, decrypted once.

The set at hand is served even while the database is away. It is read anew when PostgreSQL notifies
of a change, and every few seconds in case a notification got lost; no request waits for that.
"""

import json
import threading
import time
from collections.abc import Sequence
from typing import Any

import structlog
from joserfc.jwk import Key, KeySet, import_key
from sqlalchemy import Engine, select

from idp.keys.binding import is_bound, tell_altered
from idp.keys.creation import ALGORITHMS, CHANNEL, ensure_keys
from idp.keys.models import PRIVATE_KEY, SigningKey
from idp.keys.private import load_private_key
from idp.keys.schedule import READING_AGE
from idp.kit import clock
from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.kit.listen import Subscription

_log = structlog.get_logger(__name__)


@immutable
class Signer:
    """A private key and when it begins to sign."""

    key: Key
    begins: float
    """By `clock.now`, in seconds."""


@immutable
class LoadedKeys:
    """One reading of the table."""

    jwks: dict[str, Any]
    """The public key set, as published."""
    signers: dict[str, list[Signer]]
    """The private keys by algorithm, in the order in which they sign."""
    verifying: KeySet
    """The public keys of every token that may still be about."""
    read_at: float
    """By `time.monotonic`."""


class SigningKeys:
    """The keys of the provider. Safe to use from many threads."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring
        self._lock = threading.Lock()
        self._loaded: LoadedKeys | None = None
        self.subscription = Subscription(
            channel=CHANNEL,
            missed=self.refresh,
            heard=lambda _: self.refresh(),
            pinged=self.refresh,
        )
        """How it follows changes."""

    def start(self) -> LoadedKeys:
        """Make the first keys where there are none, and read them. Call once per process.

        Raises ConfigurationError when the key ring cannot decrypt one to sign with, and as
        `ensure_keys`.
        """
        with transaction(self._engine) as db:
            ensure_keys(db, keyring=self._keyring)
        loaded = self.refresh()
        if not loaded.signers.keys() >= set(ALGORITHMS):
            raise ConfigurationError(
                "The signing keys cannot be decrypted: IDP_SECRETS__ENCRYPTION_KEYS lacks the "
                "secret they were encrypted under."
            )
        return loaded

    def current(self) -> LoadedKeys:
        """The keys at hand; only the first call may wait for the database."""
        return self._loaded or self.start()

    def is_recent(self) -> bool:
        """Whether the set at hand was read a moment ago, so that others may keep a copy."""
        return time.monotonic() - self.current().read_at < READING_AGE.total_seconds()

    def signing_key(self, alg: str) -> Key:
        """The private key that signs with this algorithm now. KeyError when there is none.

        It is in the set at hand, and so published here. The first one signs even before its time:
        a database that took over may have a clock a little behind.
        """
        signers, now = self.current().signers[alg], clock.now().timestamp()
        return next((s.key for s in reversed(signers) if s.begins <= now), signers[0].key)

    def refresh(self) -> LoadedKeys:
        """Read the keys anew."""
        with self._lock, transaction(self._engine) as db:
            read_at = time.monotonic()
            found = db.scalars(select(SigningKey).order_by(SigningKey.signing_at)).all()
            rows = [row for row in found if self._is_ours(row)]
            self._loaded = LoadedKeys(
                jwks={"keys": [row.public_jwk for row in rows]},
                signers=self._signers(rows),
                verifying=KeySet([import_key(row.public_jwk) for row in rows]),
                read_at=read_at,
            )
            return self._loaded

    def _is_ours(self, row: SigningKey) -> bool:
        """Whether the row is as it was made; otherwise it is as if it were not there."""
        if is_bound(row, keyring=self._keyring):
            return True
        tell_altered(row, "its public half is not one that was made here")
        return False

    def _signers(self, rows: Sequence[SigningKey]) -> dict[str, list[Signer]]:
        """What cannot be decrypted here is published and does not sign here."""
        known = self._loaded.signers.values() if self._loaded else ()
        at_hand = {signer.key.kid: signer.key for group in known for signer in group}
        signers: dict[str, list[Signer]] = {}
        for row in rows:
            if row.private_encrypted is None:
                continue
            try:
                key = at_hand.get(row.kid) or self._decrypt(row, row.private_encrypted)
            except DecryptionFailed as error:
                _log.error("keys.not_decrypted", kid=row.kid, error=str(error))
                continue
            signer = Signer(key, row.signing_at.timestamp())
            signers.setdefault(row.alg, []).append(signer)
        return signers

    def _decrypt(self, row: SigningKey, sealed: bytes) -> Key:
        private = json.loads(PRIVATE_KEY.open(self._keyring, sealed, kid=row.kid))
        if not row.public_jwk.items() <= private.items():
            tell_altered(row, "its private half is another key's")
            raise DecryptionFailed("the private half is another key's")
        return load_private_key(private)
