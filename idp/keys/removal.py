"""The emergency: a private key may be in other hands."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.changes import announce_keys
from idp.keys.creation import ALGORITHMS, add_key
from idp.keys.models import SigningKey
from idp.keys.schedule import database_now
from idp.kit.crypto import Keyring
from idp.kit.errors import NotFound


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
    found = db.execute(
        goes_on.returning(SigningKey.kid).execution_options(synchronize_session=False)
    ).one_or_none()
    if found is None and removed.alg in ALGORITHMS:
        add_key(db, alg=removed.alg, keyring=keyring, created_at=now, signing_at=now)
