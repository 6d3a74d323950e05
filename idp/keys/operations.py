"""What operators do with keys: list, retire, remove in an emergency."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.binding import is_bound
from idp.keys.creation import ALGORITHMS, add_key, announce_keys
from idp.keys.models import KeyState, SigningKey
from idp.keys.rotation import rotate_key
from idp.keys.schedule import Schedule
from idp.kit.crypto import Keyring
from idp.kit.db import database_now
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.immutable import immutable


@immutable
class KeyLine:
    """A key, what it does now, and when it does what."""

    kid: str
    alg: str
    state: KeyState
    created_at: datetime
    signing_at: datetime
    retired_at: datetime | None
    dropped_at: datetime | None
    altered: bool
    """Not as it was made: it is neither published nor believed."""


def list_keys(db: Session, *, keyring: Keyring) -> list[KeyLine]:
    """Every key, oldest first; retired ones stay while a token they signed may live."""
    now = database_now(db)
    keys = db.scalars(select(SigningKey).order_by(SigningKey.created_at, SigningKey.kid))
    return [
        KeyLine(
            kid=key.kid,
            alg=key.alg,
            state=key.state_at(now),
            created_at=key.created_at,
            signing_at=key.signing_at,
            retired_at=key.retired_at,
            dropped_at=key.dropped_at,
            altered=not is_bound(key, keyring=keyring),
        )
        for key in keys
    ]


def retire_key(db: Session, *, kid: str, keyring: Keyring, schedule: Schedule) -> str:
    """Have the key with that `kid` succeeded in good order; the successor's `kid`.

    Raises NotFound for a key there is not, InvalidInput for one that does not sign, or is to retire
    already.
    """
    key = db.get(SigningKey, kid)
    if key is None:
        raise NotFound("There is no signing key with this id.")
    if key.state_at(database_now(db)) is not KeyState.SIGNING:
        raise InvalidInput("This key does not sign. Remove it with --now if it is not safe.")
    successor = rotate_key(db, alg=key.alg, keyring=keyring, schedule=schedule)
    if successor is None:
        raise InvalidInput("This key retires already: its successor is published.")
    return successor


def remove_key(db: Session, *, kid: str, keyring: Keyring) -> None:
    """Remove a key at once, in every process within a second: all it ever signed is refused.

    If it signed, its successor does so at once, published before or not. If it was the successor
    itself, the key before it goes on. Raises NotFound for a key there is not.
    """
    gone = (
        delete(SigningKey)
        .where(SigningKey.kid == kid)
        .returning(SigningKey.alg, SigningKey.signing_at, SigningKey.retired_at)
        .execution_options(synchronize_session=False)
    )
    removed = db.execute(gone).one_or_none()
    if removed is None:
        raise NotFound("There is no signing key with this id.")
    record(db, event="key.removed", counted=False, data={"kid": kid, "alg": removed.alg})
    _fill_gap(db, removed, keyring)
    announce_keys(db)


def _fill_gap(db: Session, removed: Row[str, datetime, datetime | None], keyring: Keyring) -> None:
    """Statements see what others committed meanwhile, so a rotation at this moment does no harm."""
    now = database_now(db)
    same = update(SigningKey).where(SigningKey.alg == removed.alg)
    if removed.retired_at is not None:
        if removed.signing_at <= now < removed.retired_at:
            waiting = (SigningKey.retired_at.is_(None), SigningKey.signing_at > now)
            db.execute(same.where(*waiting).values(signing_at=now))
        return
    goes_on = same.where(SigningKey.retired_at > now).values(retired_at=None, dropped_at=None)
    predecessor = db.execute(
        goes_on.returning(SigningKey.kid).execution_options(synchronize_session=False)
    ).one_or_none()
    if predecessor is None and removed.alg in ALGORITHMS:
        add_key(db, alg=removed.alg, keyring=keyring, created_at=now, signing_at=now)
