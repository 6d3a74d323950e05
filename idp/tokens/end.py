"""Ending grants. Every token of a grant dies with it, at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.end import end_overdue, end_sessions_of, forget_sessions
from idp.tokens.logout import announce_end
from idp.tokens.models import AuthorizationCode, DeviceRequest, Grant, RefreshToken


@immutable
class ReusedCredential:
    """A spent refresh token or device code that its own client presented again: whose it was."""

    grant_id: UUID
    sign_in_id: UUID


def find_spent(
    db: Session, table: type[RefreshToken | DeviceRequest], *conditions: ColumnElement[bool]
) -> ReusedCredential | None:
    """The grant behind a spent row of that table."""
    row = db.execute(
        select(Grant.id, Grant.sign_in_id)
        .join(table, table.grant_id == Grant.id)
        .where(table.used_at.is_not(None), *conditions)
    ).one_or_none()
    return None if row is None else ReusedCredential(*row)


def revoke_grant(db: Session, *, grant_id: UUID) -> bool:
    """Revoke one grant; whether it was still standing."""
    return _revoke(db, Grant.id == grant_id) > 0


def end_session_grants(db: Session, *, sid: UUID) -> int:
    """Revoke the online grants of a session that ends; how many there were.

    Unspent codes need nothing more: redeeming one looks at its session. Parties that listen for it
    are told, also those with offline access.
    """
    announce_end(db, sids=[sid])
    return _revoke(db, Grant.sid == sid, Grant.is_offline.is_(False))


def end_person_access(db: Session, *, person_id: UUID) -> None:
    """End every session of someone whose credentials or status changed, and tell the parties.

    The grants are dead already, by the person's `credentials_epoch`.
    """
    announce_end(db, sids=end_sessions_of(db, person_id=person_id))


def end_overdue_sessions(db: Session, *, limit: int) -> int:
    """End a batch of sessions whose time is over, and tell the parties; how many.

    Their online grants are dead already: they look at the session.
    """
    sids = end_overdue(db, limit=limit)
    announce_end(db, sids=sids)
    return len(sids)


def end_party_grants(db: Session, *, person_id: UUID, relying_party_id: UUID) -> int:
    """Revoke what a person granted a relying party, offline too; how many there were."""
    return _revoke(db, Grant.person_id == person_id, Grant.relying_party_id == relying_party_id)


def shorten_access(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Have what is left of an erased account's sessions and tokens leave with what has expired.

    All are dead already; nothing in them tells where or in what the person signed in.
    """
    own = select(Grant.id).where(Grant.person_id == person_id)
    for table in (RefreshToken, AuthorizationCode, DeviceRequest):
        of_theirs = (table.grant_id.in_(own), table.expires_at > at)
        db.execute(update(table).where(*of_theirs).values(expires_at=at))
    granted = (Grant.person_id == person_id, Grant.expires_at > at)
    db.execute(update(Grant).where(*granted).values(expires_at=at))
    forget_sessions(db, person_id=person_id, at=at)


def _revoke(db: Session, *conditions: ColumnElement[bool]) -> int:
    revoked = db.execute(
        update(Grant)
        .where(Grant.revoked_at.is_(None), *conditions)
        .values(revoked_at=clock.now())
        .returning(Grant.id)
        .execution_options(synchronize_session=False)
    )
    return len(revoked.all())
