"""Ending sessions. A session ended stays ended, whatever slower request is under way."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.sessions.models import SignInSession


def end_session(db: Session, *, sid: UUID) -> bool:
    """End a session at once; whether it was alive."""
    ended = db.execute(
        update(SignInSession)
        .where(SignInSession.sid == sid, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(SignInSession.sid)
    ).one_or_none()
    return ended is not None


def end_session_of(db: Session, *, sid: UUID, person_id: UUID) -> bool:
    """End a session if it is that person's; whether it was theirs and alive."""
    ended = db.execute(
        update(SignInSession)
        .where(
            SignInSession.sid == sid,
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=clock.now())
        .returning(SignInSession.sid)
    ).one_or_none()
    return ended is not None


def end_other_sessions(db: Session, *, person_id: UUID, keep_sid: UUID) -> list[UUID]:
    """End every session of a person but one; the `sid`s that ended."""
    ended = db.scalars(
        update(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.sid != keep_sid,
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=clock.now())
        .returning(SignInSession.sid)
    )
    return list(ended)


def end_sessions_of(db: Session, *, person_id: UUID) -> list[UUID]:
    """End every session of a person; the `sid`s that ended."""
    now = clock.now()
    ended = db.scalars(
        update(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
        .values(ended_at=now)
        .returning(SignInSession.sid)
    )
    return list(ended)
