"""What a person may see of the journal: their own events, newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry

_SHOWN = (
    "signin.succeeded",
    "signin.refused",
    "signin.attempt_failed",
    "signin.throttled",
    "token.exchanged",
    "person.password_changed",
    "factor.enrolled",
    "factor.removed",
)
_OWN_SIGN_IN = "session.started"


@dataclass(frozen=True)
class Activity:
    """One event of a person."""

    at: datetime
    event: str
    reason: str | None
    acr: str | None
    relying_party_id: UUID | None
    service_id: UUID | None
    organization_number: int | None


def list_activity(
    db: Session, *, subject_number: int, since: datetime, limit: int = 50
) -> list[Activity]:
    """A person's sign-ins, who acted with them, and changes to factors, newest first. One query."""
    rows = db.execute(
        select(
            JournalEntry.at,
            JournalEntry.event,
            JournalEntry.reason,
            JournalEntry.acr,
            JournalEntry.relying_party_id,
            JournalEntry.service_id,
            JournalEntry.organization_number,
        )
        .where(
            JournalEntry.subject_number == subject_number,
            JournalEntry.at >= since,
            or_(
                JournalEntry.event.in_(_SHOWN),
                (JournalEntry.event == _OWN_SIGN_IN) & JournalEntry.relying_party_id.is_(None),
            ),
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    )
    return [Activity(*row) for row in rows]
