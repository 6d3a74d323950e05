"""The public keys of relying parties: registered by value, or fetched from their `jwks_uri`."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import structlog
from joserfc.jwk import KeySet

from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.strict_json import parse_object
from idp.relying_parties.key_sets import read_key_set
from idp.relying_parties.party import RegisteredParty

_log = structlog.get_logger(__name__)

_FRESH_SECONDS = 3600.0
_REFETCH_SECONDS = 60.0
"""An unknown `kid` or a failure asks the relying party again after this, never sooner."""
_TRUSTED_SECONDS = 86_400.0
"""Keys that nobody could read anew for so long are believed no more: they may have been revoked."""
_PATIENCE_SECONDS = 1.0
"""How long after a fetch began others wait for it, lest one address hold up everybody."""
_SIZE = 1000


@dataclass(eq=False)
class _Fetched:
    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: KeySet = field(default_factory=lambda: KeySet([]))
    tried_at: float = float("-inf")
    read_at: float = float("-inf")


class ClientKeys:
    """Key sets by `jwks_uri`, in memory. Safe to use from many threads."""

    def __init__(self, http: GuardedClient) -> None:
        self._http = http
        self._lock = threading.Lock()
        self._fetched: OrderedDict[str, _Fetched] = OrderedDict()

    def at_hand(self, party: RegisteredParty) -> KeySet:
        """The keys known now; never fetches, so it may be called in a transaction."""
        return self._slot(party.jwks_uri).keys if party.jwks_uri else party.keys

    def find(self, party: RegisteredParty, *, kid: str | None = None) -> KeySet:
        """The party's keys, fetched when they are old or have no key `kid`, once a minute at most.

        May wait for the relying party: call it before the transaction, never in it. When the fetch
        fails, the keys at hand are answered, for a day at most.
        """
        if not party.jwks_uri:
            return party.keys
        slot = self._slot(party.jwks_uri)
        if slot.lock.acquire(timeout=_patience(slot)):
            try:
                if _is_due(slot, kid):
                    self._fetch(slot, party.jwks_uri)
            finally:
                slot.lock.release()
        return slot.keys

    def _fetch(self, slot: _Fetched, uri: str) -> None:
        slot.tried_at = time.monotonic()
        try:
            keys = read_key_set(parse_object(self._http.get(uri).decode("utf-8-sig")))
        except (FetchFailed, ValueError) as error:
            _log.warning("client_keys.not_fetched", reason=str(error)[:200])
            if time.monotonic() - slot.read_at > _TRUSTED_SECONDS:
                slot.keys = KeySet([])
            return
        slot.keys, slot.read_at = keys, time.monotonic()

    def _slot(self, uri: str) -> _Fetched:
        with self._lock:
            slot = self._fetched.setdefault(uri, _Fetched())
            self._fetched.move_to_end(uri)
            while len(self._fetched) > _SIZE:
                self._fetched.popitem(last=False)
            return slot


def _patience(slot: _Fetched) -> float:
    left = slot.tried_at + _PATIENCE_SECONDS - time.monotonic()
    return _PATIENCE_SECONDS if slot.tried_at == float("-inf") else max(0.0, left)


def _is_due(slot: _Fetched, kid: str | None) -> bool:
    now = time.monotonic()
    if now - slot.tried_at < _REFETCH_SECONDS:
        return False
    is_unknown = kid is not None and all(key.kid != kid for key in slot.keys.keys)
    return is_unknown or now - slot.read_at > _FRESH_SECONDS
