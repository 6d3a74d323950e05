"""Messages: putting them into the outbox, listing the last ones, deleting old ones.

They are put in in the caller's transaction: if it rolls back, nothing is sent. A message of the
same kind, recipient and key is the same message: put in again, it stays as it is.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import delete_older
from idp.outbox.models import OutboxMessage

KEPT_FOR = timedelta(days=30)


def enqueue(
    db: Session, *, kind: str, recipient: str, key: str, payload: dict[str, Any] | None = None
) -> None:
    """Put in one message, due at once."""
    one = select(literal(recipient), literal(key), literal(payload or {}, JSONB))
    enqueue_selected(db, kind=kind, messages=one)


def enqueue_selected(
    db: Session, *, kind: str, messages: Select[tuple[str, str, dict[str, Any]]]
) -> None:
    """Put in a message for each recipient, key and payload selected, due at once. One statement."""
    now = clock.now()
    rows = messages.add_columns(
        func.gen_random_uuid(), literal(kind), literal(now), literal(now), literal(0), literal("")
    )
    columns = ["recipient", "key", "payload"]
    columns += ["id", "kind", "created_at", "next_at", "attempts", "last_status"]
    db.execute(
        insert(OutboxMessage)
        .from_select(columns, rows, include_defaults=False)
        .on_conflict_do_nothing()
    )


def list_messages(db: Session, *, kind: str, recipient: str, limit: int) -> list[OutboxMessage]:
    """The last messages of a kind to one recipient, newest first."""
    to_them = (OutboxMessage.kind == kind, OutboxMessage.recipient == recipient)
    newest = select(OutboxMessage).where(*to_them).order_by(OutboxMessage.created_at.desc())
    return list(db.scalars(newest.limit(limit)))


def drop_old_messages(db: Session, *, limit: int) -> int:
    """Delete a batch of messages put in more than 30 days ago, sent or not; how many."""
    return delete_older(db, OutboxMessage.created_at, before=clock.now() - KEPT_FOR, limit=limit)
