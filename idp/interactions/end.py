"""Ending an interaction, once; sweeping those nobody finished, and dropping those long ended."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.interactions.models import Answered, Interaction
from idp.interactions.opening import Credit
from idp.interactions.sent import ANSWER, answer_values, drop_sent, write_answer
from idp.journal.means import said_of
from idp.journal.models import Outcome
from idp.journal.record import entry, record_all
from idp.kit import clock
from idp.kit.db import NOW, delete_older, table_of
from idp.kit.errors import InvalidInput
from idp.kit.messages import N_
from idp.kit.prepared import writing_one
from idp.kit.unit import find_posted, post
from idp.kit.wire import Command

KEPT_FOR = timedelta(days=1)
BATCH = 500

_interactions = table_of(Interaction)


class AlreadyEnded(InvalidInput):
    """Somebody else has just ended this sign-in: it has its outcome."""

    def __init__(self) -> None:
        super().__init__(N_("This sign-in has already ended. Start again at the service."))


_ending = (
    update(_interactions)
    .where(Interaction.id == bindparam("interaction_id"), Interaction.ended_at.is_(None))
    .values(ended_at=func.greatest(NOW, Interaction.created_at), login_hint_encrypted=None)
)
_END = writing_one(_ending, AlreadyEnded)
_END_ANSWERED = writing_one(_ending.values(ANSWER), AlreadyEnded)


@dataclass
class _End:
    """The end of an interaction, and the answer to its last form if there is one in time."""

    interaction_id: UUID
    now: datetime
    answered: Answered | None = None

    def command(self) -> Command:
        """What leaves."""
        values = {"interaction_id": self.interaction_id, "now": self.now}
        if self.answered is None:
            return _END.command(values)
        return _END_ANSWERED.command({**values, **answer_values(self.answered)})


def end_interaction(db: Session, *, interaction_id: UUID) -> None:
    """Claim the end of an interaction, once; the caller writes its outcome.

    Of several, one transaction commits. The others fail with AlreadyEnded, at their end at the
    latest, and have done nothing.
    """
    post(db, _End(interaction_id, clock.now()))


def keep_answer(db: Session, *, interaction_id: UUID, answered: Answered) -> None:
    """Keep the answer to a form: with the end of its interaction, where that has not left yet."""
    end = find_posted(db, _End)
    if end is not None and end.interaction_id == interaction_id:
        end.answered = answered
    else:
        write_answer(db, interaction_id=interaction_id, answered=answered)


def sweep_abandoned(db: Session) -> int:
    """End a batch of expired interactions; those counted get the outcome `abandoned`."""
    now = clock.now()
    expired = (
        select(Interaction.id)
        .where(Interaction.expires_at <= now, Interaction.ended_at.is_(None))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    ended = (
        update(_interactions)
        .where(Interaction.id.in_(expired), Interaction.ended_at.is_(None))
        .values(ended_at=now, login_hint_encrypted=None)
        .returning(
            Interaction.id.label("sign_in_id"),
            Interaction.device_class,
            Interaction.language,
            *(_interactions.c[field.name] for field in fields(Credit)),
        )
    )
    rows = [dict(row) for row in db.execute(ended).mappings()]
    entries = [
        entry(
            event="signin.abandoned",
            at=now,
            outcome=Outcome.ABANDONED,
            data=said_of(row.pop("device_class"), row.pop("language")),
            **row,
        )
        for row in rows
        if row["counted"]
    ]
    record_all(db, entries)
    return len(rows)


def drop_ended(db: Session) -> int:
    """Delete a batch of interactions that ended more than a day ago; the number deleted."""
    is_over = Interaction.ended_at.is_not(None)
    before = clock.now() - KEPT_FOR
    return delete_older(db, Interaction.expires_at, is_over, before=before, limit=BATCH)


def sweep(connection: Connection) -> int:
    """End a batch of those nobody finished; delete one of those long ended, and of forms.

    How many.
    """
    with Session(connection) as db:
        count = sweep_abandoned(db) + drop_ended(db) + drop_sent(db, limit=BATCH)
        db.flush()
    return count


def overdue(connection: Connection) -> float:
    """Seconds for which the oldest expired interaction has not been swept; zero: none waits."""
    oldest = select(func.min(Interaction.expires_at)).where(Interaction.ended_at.is_(None))
    expires_at = connection.scalar(oldest)
    return max(0.0, (clock.now() - expires_at).total_seconds()) if expires_at else 0.0
