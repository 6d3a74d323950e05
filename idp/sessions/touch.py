"""Noting that a session is in use, so that it does not go idle."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.sessions.lookup import CurrentSession
from idp.sessions.models import SignInSession
from idp.settings.people import SessionSettings


def touch_session(db: Session, *, settings: SessionSettings, session: CurrentSession) -> None:
    """Write the last use, at most every `touch_every`; no statement in between."""
    now: datetime = clock.now()
    if now - session.last_seen_at < settings.touch_every:
        return
    db.execute(
        update(SignInSession)
        .where(SignInSession.sid == session.sid, SignInSession.ended_at.is_(None))
        .values(last_seen_at=now, idle_expires_at=now + settings.idle)
    )
