"""Messages: putting them into the outbox, listing the last ones, deleting old ones.

They are put in in the caller's transaction: if it rolls back, nothing is sent. A message of the
same kind, recipient and key is the same message: put in again, it stays as it is.
"""

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.prepared import Prepared
from idp.outbox.models import PRIVATE, OutboxMessage

KEPT_FOR = timedelta(days=30)
_POSTED = Prepared("""
INSERT INTO outbox_message (
    id, kind, recipient, key, payload, created_at, next_at, attempts, last_status)
SELECT gen_random_uuid(), kind, :recipient, :key, CAST(:payload AS jsonb),
    CAST(:created_at AS timestamptz), CAST(:next_at AS timestamptz), 0, ''
FROM unnest(CAST(:kinds AS text[])) AS kind
ON CONFLICT DO NOTHING
""")


def enqueue(
    db: Session,
    *,
    kind: str,
    recipient: str,
    key: str,
    payload: dict[str, Any] | None = None,
) -> bool:
    """Put in one message, due at once; whether it was not there yet."""
    one = select(literal(recipient), literal(key), literal(payload or {}, JSONB))
    return bool(enqueue_selected(db, kind=kind, messages=one))


def post_messages(
    db: Session,
    *,
    kinds: Sequence[str],
    recipient: str,
    key: str,
    payload: dict[str, Any],
    wait: timedelta,
) -> None:
    """Put in one message of each kind, due after that wait: nobody asks which were there already.

    One statement, for which nobody waits.
    """
    now = clock.now()
    values = {
        "kinds": list(kinds),
        "recipient": recipient,
        "key": key,
        "payload": json.dumps(payload),
        "created_at": now,
        "next_at": now + wait,
    }
    _POSTED.post(db, values)


def enqueue_each(
    db: Session,
    *,
    kinds: Sequence[str],
    recipient: str,
    key: str,
    payload: dict[str, Any] | None = None,
) -> int:
    """Put in one message of each kind, due at once; how many were not there yet. One statement."""
    rows = [_row(kind, recipient, key, payload=payload) for kind in kinds]
    put_in = insert(OutboxMessage).values(rows).on_conflict_do_nothing()
    return len(db.execute(put_in.returning(OutboxMessage.id)).all())


def _row(
    kind: str,
    recipient: str,
    key: str,
    *,
    payload: dict[str, Any] | None = None,
) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": uuid4(),
        "kind": kind,
        "recipient": recipient,
        "key": key,
        "payload": payload or {},
        "created_at": now,
        "next_at": now,
        "attempts": 0,
        "last_status": "",
    }


def enqueue_private(
    db: Session,
    *,
    kind: str,
    recipient: str,
    key: str,
    text: str,
    keyring: Keyring,
    is_meant: bool = True,
) -> None:
    """Put in one message whose text is encrypted, due at once.

    Not meant, it is the same statement and no message: nobody can tell from how long it takes.
    """
    row_id, now = uuid4(), clock.now()
    row = {
        "id": row_id,
        "kind": kind,
        "recipient": recipient,
        "key": key,
        "payload": {},
        "private_encrypted": PRIVATE.seal(keyring, text, id=row_id),
        "created_at": now,
        "next_at": now,
        "attempts": 0,
        "last_status": "",
    }
    columns = OutboxMessage.__table__.c
    values = [literal(value, columns[name].type) for name, value in row.items()]
    message = select(*values).where(literal(is_meant))
    db.execute(
        insert(OutboxMessage)
        .from_select([*row], message, include_defaults=False)
        .on_conflict_do_nothing()
    )


def enqueue_selected(
    db: Session | Connection,
    *,
    kind: str,
    messages: Select[tuple[str, str, dict[str, Any]]],
) -> int:
    """Put in a message for each recipient, key and payload selected, due at once; how many.

    One statement.
    """
    now = clock.now()
    rows = messages.add_columns(
        *(func.gen_random_uuid(), literal(kind), literal(now)),
        *(literal(now), literal(0), literal("")),
    )
    columns = ["recipient", "key", "payload"]
    columns += ["id", "kind", "created_at", "next_at", "attempts", "last_status"]
    put_in = insert(OutboxMessage).from_select(columns, rows, include_defaults=False)
    added = put_in.on_conflict_do_nothing().returning(OutboxMessage.id)
    return len(db.execute(added).all())


def list_messages(db: Session, *, kind: str, recipient: str, limit: int) -> list[OutboxMessage]:
    """The last messages of a kind to one recipient, newest first."""
    to_them = (OutboxMessage.kind == kind, OutboxMessage.recipient == recipient)
    newest = select(OutboxMessage).where(*to_them).order_by(OutboxMessage.created_at.desc())
    return list(db.scalars(newest.limit(limit)))


def list_waiting(db: Session, *, kinds: Collection[str], limit: int) -> list[OutboxMessage]:
    """The last messages of these kinds that nobody has sent, newest first."""
    waiting = (OutboxMessage.kind.in_(kinds), OutboxMessage.outcome.is_(None))
    newest = select(OutboxMessage).where(*waiting).order_by(OutboxMessage.created_at.desc())
    return list(db.scalars(newest.limit(limit)))


def drop_old_messages(db: Session, *, limit: int) -> int:
    """Delete a batch of messages put in more than 30 days ago, sent or not; how many."""
    return delete_older(db, OutboxMessage.created_at, before=clock.now() - KEPT_FOR, limit=limit)


def overdue(connection: Connection) -> float:
    """Seconds for which the oldest message has been due; zero where none is."""
    oldest = select(func.min(OutboxMessage.next_at)).where(OutboxMessage.outcome.is_(None))
    next_at = connection.scalar(oldest)
    return max(0.0, (clock.now() - next_at).total_seconds()) if next_at else 0.0
