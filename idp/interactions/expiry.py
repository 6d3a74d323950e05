"""Sweeping interactions nobody finished, and dropping those long ended."""

from datetime import timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.interactions.end import sweep_abandoned
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.db import delete_older

KEPT_FOR = timedelta(days=1)
_BATCH = 500


def drop_ended(db: Session) -> int:
    """Delete a batch of interactions that ended more than a day ago; the number deleted."""
    is_over = Interaction.ended_at.is_not(None)
    before = clock.now() - KEPT_FOR
    return delete_older(db, Interaction.expires_at, is_over, before=before, limit=_BATCH)


def sweep(connection: Connection) -> None:
    """One round of both."""
    with Session(connection) as db:
        sweep_abandoned(db, limit=_BATCH)
        drop_ended(db)
        db.flush()
