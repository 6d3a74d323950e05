"""What one official did to one person: asked before the same official does more."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry


def find_act(
    db: Session,
    *,
    events: Collection[str],
    subject_number: int,
    actor_number: int,
    since: datetime,
    by: str = "",
) -> datetime | None:
    """When that actor last did one of these to that person, after `since`; None for never.

    `by`: of entries alone whose data say so. One statement.
    """
    said = [JournalEntry.data["by"].astext == by] if by else []
    return db.scalar(
        select(func.max(JournalEntry.at)).where(
            JournalEntry.subject_number == subject_number,
            JournalEntry.at > since,
            JournalEntry.actor_number == actor_number,
            JournalEntry.event.in_(events),
            *said,
        )
    )


def find_subjects(
    db: Session, *, events: Collection[str], actor_number: int, since: datetime
) -> frozenset[int]:
    """To whom that actor did one of these after `since`. One statement."""
    done = select(JournalEntry.subject_number).where(
        JournalEntry.at > since,
        JournalEntry.actor_number == actor_number,
        JournalEntry.event.in_(events),
    )
    return frozenset(number for number in db.scalars(done) if number is not None)
