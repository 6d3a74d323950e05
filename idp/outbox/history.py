"""What became of messages, and how long that is known."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import delete_older
from idp.outbox.models import OutboxMessage

KEPT_FOR = timedelta(days=30)


def list_messages(db: Session, *, kind: str, recipient: str, limit: int) -> list[OutboxMessage]:
    """The last messages of a kind to one recipient, newest first."""
    to_them = (OutboxMessage.kind == kind, OutboxMessage.recipient == recipient)
    newest = select(OutboxMessage).where(*to_them).order_by(OutboxMessage.created_at.desc())
    return list(db.scalars(newest.limit(limit)))


def drop_old_messages(db: Session, *, limit: int) -> int:
    """Delete a batch of messages that are old enough, whatever became of them; how many."""
    return delete_older(db, OutboxMessage.created_at, before=clock.now() - KEPT_FOR, limit=limit)
