"""The audit trail: what was done to somebody, or by somebody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.kit.immutable import immutable


@immutable
class TrailEntry:
    """An entry, for auditors; numbers are analytics numbers of people."""

    at: datetime
    event: str
    reason: str | None
    actor: str | None
    actor_number: int | None
    subject_number: int | None
    data: dict[str, Any]


def list_trail(
    db: Session,
    *,
    subject_number: int | None = None,
    actor_number: int | None = None,
    relying_party_id: UUID | None = None,
    limit: int,
) -> list[TrailEntry]:
    """Newest first: about that person or that relying party, by that person; None asks for all."""
    asked = {
        JournalEntry.subject_number: subject_number,
        JournalEntry.actor_number: actor_number,
        JournalEntry.relying_party_id: relying_party_id,
    }
    rows = db.execute(
        select(*(getattr(JournalEntry, name) for name in TrailEntry.__dataclass_fields__))
        .where(*(column == value for column, value in asked.items() if value is not None))
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    )
    return [TrailEntry(*row) for row in rows]
