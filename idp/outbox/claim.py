"""Claiming messages and settling them, so that many senders share the work.

A claim moves `next_at`: a sender that dies leaves its messages to the others when that has come.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from idp.kit import clock
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.models import OutboxMessage

CLAIMED_FOR = timedelta(minutes=1)
"""Longer than any attempt takes."""
_TO_ONE_RECIPIENT = 2
"""Attempts under way at a time, of all senders together."""


def claim_message(db: Session, *, kinds: Collection[str]) -> OutboxMessage | None:
    """Take the message of these kinds that has been due for longest; nobody else attempts it.

    Passes over a recipient to whom two are under way already, whoever sends them: a recipient that
    hangs keeps two places busy. Claims follow one another, so that two cannot both see one place.
    """
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("outbox.claim"))))
    now, other = clock.now(), aliased(OutboxMessage)
    busy = (
        select(other.kind, other.recipient)
        .where(other.outcome.is_(None), other.claimed_until > now)
        .group_by(other.kind, other.recipient)
        .having(func.count() >= _TO_ONE_RECIPIENT)
    )
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.outcome.is_(None),
            OutboxMessage.next_at <= now,
            OutboxMessage.kind.in_(kinds),
            tuple_(OutboxMessage.kind, OutboxMessage.recipient).not_in(busy),
        )
        .order_by(OutboxMessage.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    until = now + CLAIMED_FOR
    return db.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == due.scalar_subquery())
        .values(next_at=until, claimed_until=until, attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage)
        .execution_options(synchronize_session=False)
    )


def settle_message(db: Session, message: OutboxMessage, attempt: Attempt, *, kind: Kind) -> None:
    """Note what an attempt came to: it is done, waits for the next, or has failed for good.

    An attempt that took so long that another sender has claimed the message since says nothing.
    """
    now = clock.now()
    values: dict[str, object] = {"last_status": attempt.status, "claimed_until": None}
    if attempt.is_delivered:
        values |= {"outcome": "delivered", "delivered_at": now}
    elif message.attempts > len(kind.waits):
        values["outcome"] = "failed"
    else:
        values["next_at"] = now + kind.waits[message.attempts - 1]
    outcome = db.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.attempts == message.attempts,
            OutboxMessage.outcome.is_(None),
        )
        .values(values)
        .returning(OutboxMessage.outcome)
        .execution_options(synchronize_session=False)
    )
    if outcome is not None:
        kind.note_outcome(db, message, attempt)
