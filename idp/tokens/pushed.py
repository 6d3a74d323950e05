"""Pushed authorization requests: kept with their client, found while fresh (RFC 9126).

They stand beside the codes because opening a grant spends them: see `codes.open_grant`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import table_of
from idp.tokens.models import PUSHED_PARAMETERS, PushedRequest

_pushed = table_of(PushedRequest)
_STORE = insert(_pushed).inline()
_FIND = select(
    _pushed.c.client_id, _pushed.c.parameters_encrypted, _pushed.c.expires_at, _pushed.c.used_at
).where(_pushed.c.handle_hash == bindparam("presented_hash"))


@dataclass(frozen=True)
class FoundRequest:
    """What a client pushed."""

    parameters: str
    fault: str
    """`foreign` (another client's), `used` or `expired`; empty for one that may be opened."""


def store_pushed_request(
    db: Session,
    *,
    handle_hash: bytes,
    client_id: str,
    parameters: str,
    keyring: Keyring,
    lifetime: timedelta,
) -> None:
    """Keep a request under the digest of its handle. One statement."""
    values = {
        "handle_hash": handle_hash,
        "client_id": client_id,
        "parameters_encrypted": PUSHED_PARAMETERS.seal(
            keyring, parameters, handle_hash=handle_hash
        ),
        "expires_at": clock.now() + lifetime,
        "used_at": None,
    }
    db.connection().execute(_STORE, values)


def find_pushed_request(
    db: Session, *, handle_hash: bytes, client_id: str, keyring: Keyring
) -> FoundRequest | None:
    """The request behind a handle, for the client that presents it; None for an unknown handle.

    Looking spends nothing: people reload pages, and browsers fetch them ahead (RFC 9126 section 4).
    Raises DecryptionFailed when the key it was written under has left the ring.
    """
    row = db.connection().execute(_FIND, {"presented_hash": handle_hash}).one_or_none()
    if row is None:
        return None
    parameters = PUSHED_PARAMETERS.open(keyring, row.parameters_encrypted, handle_hash=handle_hash)
    return FoundRequest(parameters, _fault_of(row.client_id == client_id, *row[2:]))


def _fault_of(is_own: bool, expires_at: datetime, used_at: datetime | None) -> str:  # noqa: FBT001
    if not is_own:
        return "foreign"
    if used_at is not None:
        return "used"
    return "expired" if expires_at <= clock.now() else ""
