"""Ending an interaction, once, and sweeping those nobody finished."""

from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction
from idp.journal.models import Outcome
from idp.journal.record import entry, record_all
from idp.kit import clock
from idp.kit.db import NOW, table_of

_END = (
    update(table_of(Interaction))
    .where(Interaction.id == bindparam("interaction_id"), Interaction.ended_at.is_(None))
    .values(ended_at=func.greatest(NOW, Interaction.created_at), login_hint_encrypted=None)
    .returning(Interaction.id)
)


def end_interaction(db: Session, *, interaction_id: UUID) -> bool:
    """Claim the end of an interaction. Whoever gets True writes its outcome, nobody else."""
    values = {"interaction_id": interaction_id, "now": clock.now()}
    return db.connection().execute(_END, values).one_or_none() is not None


def sweep_abandoned(db: Session, *, limit: int = 500) -> int:
    """End a batch of expired interactions; those counted get the outcome `abandoned`."""
    now = clock.now()
    expired = (
        select(Interaction.id)
        .where(Interaction.expires_at <= now, Interaction.ended_at.is_(None))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = db.execute(
        update(Interaction)
        .where(Interaction.id.in_(expired), Interaction.ended_at.is_(None))
        .values(ended_at=now, login_hint_encrypted=None)
        .returning(
            Interaction.id,
            Interaction.counted,
            Interaction.relying_party_id,
            Interaction.service_id,
            Interaction.agency_id,
            Interaction.tier,
        )
        .execution_options(synchronize_session=False)
    ).all()
    record_all(
        db,
        [
            entry(
                event="signin.abandoned",
                at=now,
                sign_in_id=row.id,
                outcome=Outcome.ABANDONED,
                relying_party_id=row.relying_party_id,
                service_id=row.service_id,
                agency_id=row.agency_id,
                tier=row.tier,
            )
            for row in rows
            if row.counted
        ],
    )
    return len(rows)
