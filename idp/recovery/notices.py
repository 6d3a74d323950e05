"""Which recovery a notice is about: what is late, or of one that ended, moves no other on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from idp.recovery.models import Recovery, State


def told_of(recovery_id: UUID) -> dict[str, str]:
    """What a notice needs beside its entry in the journal."""
    return {"recovery": str(recovery_id)}


def find_told(db: Session, told: Mapping[str, Any]) -> Recovery | None:
    """The recovery that a notice is about, while it is kept."""
    recovery_id = told.get("recovery")
    return db.get(Recovery, UUID(recovery_id)) if recovery_id else None


def is_past(event: str, found: Recovery | None) -> bool:
    """Whether a notice that somebody waits, or can take over, is not true any more."""
    is_over = found is not None and found.state not in (State.WAITING, State.READY)
    return is_over and event in ("recovery.waits", "recovery.ready")


def note_notice(db: Session, told: Mapping[str, Any], *, at: datetime) -> None:
    """A notice of this recovery was accepted: with its first, its wait begins."""
    recovery_id = told.get("recovery")
    if not recovery_id:
        return
    seconds = func.make_interval(0, 0, 0, 0, 0, 0, Recovery.wait_seconds)
    db.execute(
        update(Recovery)
        .where(Recovery.id == UUID(recovery_id))
        .where(Recovery.state == State.WAITING, Recovery.noticed_at.is_(None))
        .values(noticed_at=at, ready_at=at + seconds)
        .execution_options(synchronize_session=False)
    )
