"""What a person may see of the journal: their own events, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.journal.actors import WORDS, Capacity
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.kit.errors import DataAltered

_SHOWN = [name for name, event in EVENTS.items() if event.words]
_ONLY_HERE = [name for name, event in EVENTS.items() if event.only_here]


@dataclass(frozen=True)
class Activity:
    """One event of a person."""

    by: str
    """Who did it, in words; empty: the person."""
    event: str
    words: str
    tone: str
    reason: str | None
    at: datetime
    relying_party_id: UUID | None
    service_id: UUID | None
    organization_number: int | None
    source_id: UUID | None
    kind: str | None
    """What kind of thing it is about, if the entry says."""


def list_activity(
    db: Session, *, subject_number: int, since: datetime, limit: int = 50
) -> list[Activity]:
    """What the catalogue of events shows of a person, newest first. One query."""
    rows = db.execute(
        select(
            JournalEntry.actor,
            JournalEntry.event,
            JournalEntry.reason,
            JournalEntry.at,
            JournalEntry.relying_party_id,
            JournalEntry.service_id,
            JournalEntry.organization_number,
            JournalEntry.source_id,
            JournalEntry.data["kind"].astext,
        )
        .where(
            JournalEntry.subject_number == subject_number,
            JournalEntry.at >= since,
            JournalEntry.event.in_(_SHOWN),
            or_(
                JournalEntry.event.not_in(_ONLY_HERE),
                JournalEntry.relying_party_id.is_(None),
            ),
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    )
    return [_in_words(*row) for row in rows]


def _in_words(actor: str | None, event: str, reason: str | None, *rest: Any) -> Activity:
    try:
        by = WORDS[Capacity(actor)] if actor else ""
    except ValueError as error:
        raise DataAltered(f"journal_entry.actor of an entry {event} is nobody who acts") from error
    return Activity(by, event, EVENTS[event].words, EVENTS[event].tone, reason, *rest)


@dataclass(frozen=True)
class Told:
    """What an entry is about: `kind` of thing, if it says; `is_at_desk`: an official did it."""

    event: str
    at: datetime
    kind: str
    is_at_desk: bool


def find_event(db: Session, *, entry_id: int) -> Told | None:
    """What an entry is about; None where it is none that there is."""
    kind = JournalEntry.data["kind"].astext
    columns = select(JournalEntry.event, JournalEntry.at, kind, JournalEntry.actor)
    row = db.execute(columns.where(JournalEntry.id == entry_id)).one_or_none()
    return None if row is None else Told(row[0], row[1], row[2] or "", row[3] == Capacity.DESK)
