"""Rotation: a successor is published; when every node knows it, it signs and the old key retires.

Every node does it; each step is one conditional statement, so one of them wins.
"""

from datetime import timedelta

from sqlalchemy import Delete, Update, delete, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.creation import ALGORITHMS, add_key, announce_keys, ensure_keys
from idp.keys.models import SigningKey
from idp.keys.schedule import READING_AGE, Schedule
from idp.kit.crypto import Keyring
from idp.kit.db import database_now


def rotate_key(
    db: Session,
    *,
    alg: str,
    keyring: Keyring,
    schedule: Schedule,
    signing_for: timedelta = timedelta(0),
) -> str | None:
    """Publish a successor of the key that signs with `alg`; its `kid`.

    None when no key has been signing for so long, or when its successor waits already. Safe with
    many nodes: the first to mark the old key adds the new one.
    """
    now = database_now(db)
    retired_at = now + schedule.publish_for
    marked = (
        update(SigningKey)
        .where(
            SigningKey.alg == alg,
            SigningKey.retired_at.is_(None),
            SigningKey.signing_at <= now - signing_for,
        )
        .values(retired_at=retired_at, dropped_at=retired_at + schedule.verify_for)
        .returning(SigningKey.kid)
        .execution_options(synchronize_session=False)
    )
    if db.execute(marked).one_or_none() is None:
        return None
    return add_key(db, alg=alg, keyring=keyring, created_at=now, signing_at=retired_at)


def keep_keys(connection: Connection, *, keyring: Keyring, schedule: Schedule) -> None:
    """One round: replace altered keys, rotate those due, drop private halves and keys not needed.

    The successor of a key that is due is published so early that the key signs for `rotate_every`.
    A private half goes once no node signs with it, the key once all it signed has expired.
    """
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        ensure_keys(db, keyring=keyring)
        if schedule.rotate_every:
            age = schedule.rotate_every - schedule.publish_for
            for alg in ALGORITHMS:
                rotate_key(db, alg=alg, keyring=keyring, schedule=schedule, signing_for=age)
        now = database_now(db)
        has_stopped = SigningKey.retired_at < now - READING_AGE
        has_private = SigningKey.private_encrypted.is_not(None)
        forget = update(SigningKey).values(private_encrypted=None)
        _settle(db, forget.where(has_stopped, has_private), event="key.retired")
        is_spent = SigningKey.dropped_at < now
        _settle(db, delete(SigningKey).where(is_spent), event="key.dropped")
        db.commit()


def _settle(db: Session, statement: Update | Delete, *, event: str) -> None:
    settled = statement.returning(SigningKey.kid, SigningKey.alg)
    rows = db.execute(settled.execution_options(synchronize_session=False)).all()
    for row in rows:
        record(db, event=event, counted=False, data={"kid": row.kid, "alg": row.alg})
    if rows:
        announce_keys(db)
