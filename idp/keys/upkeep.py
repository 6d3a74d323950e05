"""What becomes of keys by themselves: due ones are rotated, retired ones lose what they need not.

Every node does it; each step is one conditional statement, so one of them wins.
"""

from sqlalchemy import ColumnElement, Delete, Update, delete, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.keys.changes import announce_keys
from idp.keys.creation import ALGORITHMS
from idp.keys.models import SigningKey
from idp.keys.rotation import rotate_key
from idp.keys.schedule import READING_AGE, Schedule, database_now
from idp.kit.crypto import Keyring


def keep_keys(connection: Connection, *, keyring: Keyring, schedule: Schedule) -> None:
    """One round.

    The successor of a key that is due is published so early that the key signs for `rotate_every`.
    """
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        if schedule.rotate_every:
            age = schedule.rotate_every - schedule.publish_for
            for alg in ALGORITHMS:
                rotate_key(db, alg=alg, keyring=keyring, schedule=schedule, signing_for=age)
        _forget_retired(db)
        _drop_spent(db)
        db.commit()


def _forget_retired(db: Session) -> None:
    """Delete the private half of keys that have stopped signing on every node."""
    has_stopped = (
        SigningKey.retired_at < database_now(db) - READING_AGE,
        SigningKey.private_encrypted.is_not(None),
    )
    _settle(
        db, update(SigningKey).values(private_encrypted=None), *has_stopped, event="key.retired"
    )


def _drop_spent(db: Session) -> None:
    """Take keys out of the key set when all they signed has expired."""
    _settle(db, delete(SigningKey), SigningKey.dropped_at < database_now(db), event="key.dropped")


def _settle(
    db: Session, statement: Update | Delete, *conditions: ColumnElement[bool], event: str
) -> None:
    settled = statement.where(*conditions).returning(SigningKey.kid, SigningKey.alg)
    rows = db.execute(settled.execution_options(synchronize_session=False)).all()
    for row in rows:
        record(db, event=event, counted=False, data={"kid": row.kid, "alg": row.alg})
    if rows:
        announce_keys(db)
