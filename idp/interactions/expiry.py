"""Sweeping interactions nobody finished, and dropping those long ended."""

import threading
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.interactions.end import sweep_abandoned
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.background import repeat
from idp.kit.db import delete_older

KEPT_FOR = timedelta(days=1)
_BATCH = 500


def drop_ended(db: Session) -> int:
    """Delete a batch of interactions that ended more than a day ago; the number deleted."""
    is_over = Interaction.ended_at.is_not(None)
    before = clock.now() - KEPT_FOR
    return delete_older(db, Interaction.expires_at, is_over, before=before, limit=_BATCH)


def run_sweeper(engine: Engine, stop: threading.Event) -> None:
    """Sweep and drop every few seconds until told to stop; for a background thread."""
    repeat(engine, stop, every=timedelta(seconds=5), name="the interactions' sweeper", work=_sweep)


def _sweep(connection: Connection) -> None:
    with Session(connection) as db:
        sweep_abandoned(db, limit=_BATCH)
        drop_ended(db)
        db.flush()
