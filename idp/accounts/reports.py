"""What people said was not them, as their own history and an operator's queue read it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.accounts.models import DisownedEvent
from idp.journal.models import JournalEntry
from idp.kit.immutable import immutable
from idp.people.models import Person


def find_disowned(db: Session, *, entry_ids: Collection[int]) -> set[int]:
    """Which of these entries their person has said was not them; one statement."""
    said = select(DisownedEvent.entry_id).where(DisownedEvent.entry_id.in_(entry_ids))
    return set(db.scalars(said)) if entry_ids else set()


@immutable
class Report:
    """What somebody said was not them, for operators: people are analytics numbers."""

    entry_id: int
    subject_number: int
    event: str
    happened_at: datetime
    reported_at: datetime
    has_password: bool
    """Whether they chose a new one."""
    answered_at: datetime | None
    answered_number: int | None


def list_reports(db: Session, *, limit: int, offset: int = 0) -> list[Report]:
    """Those that wait, longest first, then those answered, newest first. One statement."""
    rows = db.execute(
        select(
            DisownedEvent.entry_id,
            Person.subject_number,
            JournalEntry.event,
            JournalEntry.at,
            DisownedEvent.reported_at,
            Person.password_encrypted.is_not(None),
            DisownedEvent.answered_at,
            DisownedEvent.answered_number,
        )
        .join(Person, Person.id == DisownedEvent.person_id)
        .join(JournalEntry, JournalEntry.id == DisownedEvent.entry_id)
        .order_by(DisownedEvent.answered_at.desc().nulls_first(), DisownedEvent.reported_at)
        .limit(limit)
        .offset(offset)
    )
    return [Report(*row) for row in rows]


def is_any_unanswered(db: Session) -> bool:
    """Whether an operator has something to answer."""
    waits = select(DisownedEvent.entry_id).where(DisownedEvent.answered_at.is_(None)).limit(1)
    return db.scalar(waits) is not None


def answer_report(db: Session, *, entry_id: int, by: int, at: datetime) -> bool:
    """Note that an operator has dealt with it; False where another did, or there is none.

    Nobody answers their own: whoever is in an operator's account would close what they reported.
    """
    own = select(Person.id).where(Person.subject_number == by)
    answered = (
        update(DisownedEvent)
        .where(DisownedEvent.entry_id == entry_id, DisownedEvent.answered_at.is_(None))
        .where(DisownedEvent.person_id.not_in(own))
        .values(answered_at=at, answered_number=by)
        .returning(DisownedEvent.entry_id)
    )
    return db.scalar(answered) is not None
