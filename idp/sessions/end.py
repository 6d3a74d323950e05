"""Ending sessions and deleting their rows. A session that ended is never alive again."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, cast, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import delete_older
from idp.sessions.models import SignInSession

KEPT_FOR = timedelta(days=1)
_NAMELESS = cast("$[*] ? (@.kind == $kind && !exists(@.id))", JSONPATH)
"""Of evidence: a factor of that kind of which it is not known which it was."""


def end_session(db: Session, *, sid: UUID) -> bool:
    """End a session at once; whether it was alive."""
    return bool(_end(db, SignInSession.sid == sid))


def end_session_of(db: Session, *, sid: UUID, person_id: UUID) -> bool:
    """End a session if it is that person's; whether it was theirs and alive."""
    return bool(_end(db, SignInSession.sid == sid, SignInSession.person_id == person_id))


def end_other_sessions(db: Session, *, person_id: UUID, keep_sid: UUID | None) -> list[UUID]:
    """End every session of a person but one, or none; the `sid`s that ended."""
    return _end(db, SignInSession.person_id == person_id, SignInSession.sid != keep_sid)


def end_sessions_showing(
    db: Session, *, person_id: UUID, kind: str, factor_id: UUID, keep_sid: UUID | None
) -> list[UUID]:
    """End every session of a person but one in which that factor was shown; the `sid`s.

    What was shown without saying which of its kind may have been this one.
    """
    evidence = SignInSession.evidence
    nameless = func.jsonb_path_exists(evidence, _NAMELESS, func.jsonb_build_object("kind", kind))
    is_shown = or_(evidence.contains([{"id": str(factor_id)}]), nameless)
    is_other = SignInSession.sid != keep_sid
    return _end(db, SignInSession.person_id == person_id, is_other, is_shown)


def end_sessions_of(db: Session, *, person_id: UUID) -> list[UUID]:
    """End every session of a person; the `sid`s that ended before their time was over."""
    is_theirs = SignInSession.person_id == person_id
    return _end(db, is_theirs, SignInSession.expires_at > clock.now())


def forget_sessions(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Say no more of an erased account's sessions, which ended, from where and in what they were.

    Their rows are deleted with those that expired by now.
    """
    db.execute(
        update(SignInSession)
        .where(SignInSession.person_id == person_id)
        .values(
            source_address="",
            user_agent="",
            device="",
            expires_at=func.least(SignInSession.expires_at, at),
        )
    )


def end_overdue(db: Session, *, limit: int) -> list[UUID]:
    """End a batch of those whose time is over, or that nobody has used; the `sid`s.

    One that another node ends, or that is used at this moment, is passed over.
    """
    now = clock.now()
    is_over = or_(SignInSession.idle_expires_at <= now, SignInSession.expires_at <= now)
    overdue = (
        select(SignInSession.sid)
        .where(SignInSession.ended_at.is_(None), is_over)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("overdue")
    )
    return _end(db, SignInSession.sid.in_(select(overdue.c.sid)), is_over)


def has_ended(db: Session, *, sid: UUID) -> bool:
    """Whether a session was ended, for who read it before it took a lock."""
    is_over = SignInSession.ended_at.is_not(None)
    return db.scalar(select(true()).where(SignInSession.sid == sid, is_over)) is not None


def drop_expired_sessions(db: Session, *, limit: int, still_needed: ColumnElement[bool]) -> int:
    """Delete a batch a day after they expired; how many. Not those that `still_needed` selects."""
    before = clock.now() - KEPT_FOR
    return delete_older(db, SignInSession.expires_at, ~still_needed, before=before, limit=limit)


def _end(db: Session, *conditions: ColumnElement[bool]) -> list[UUID]:
    ended = db.scalars(
        update(SignInSession)
        .where(SignInSession.ended_at.is_(None), *conditions)
        .values(ended_at=clock.now())
        .returning(SignInSession.sid)
    )
    return list(ended)
