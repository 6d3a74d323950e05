"""Codes, refresh tokens and grants leave a day after they expired, in small batches."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.kit import clock
from idp.tokens.models import AuthorizationCode, Grant, RefreshToken

KEPT_FOR = timedelta(days=1)
"""Spent rows stay until then: whoever presents one again is seen, and the family revoked."""


def drop_expired_codes(db: Session, *, limit: int) -> int:
    """Delete a batch of codes; how many."""
    return _drop(db, AuthorizationCode, AuthorizationCode.code_hash, limit)


def drop_expired_refresh_tokens(db: Session, *, limit: int) -> int:
    """Delete a batch of refresh tokens, each by its own expiry; how many."""
    return _drop(db, RefreshToken, RefreshToken.token_hash, limit)


def drop_expired_grants(db: Session, *, limit: int) -> int:
    """Delete a batch of grants from which no code and no refresh token is left; how many."""
    is_spent = (
        ~exists().where(AuthorizationCode.grant_id == Grant.id),
        ~exists().where(RefreshToken.grant_id == Grant.id),
    )
    return _drop(db, Grant, Grant.id, limit, *is_spent)


def has_grants(sid: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The condition that a session of that column still has grants."""
    return exists().where(Grant.sid == sid)


def _drop(
    db: Session,
    table: type[AuthorizationCode | RefreshToken | Grant],
    key: InstrumentedAttribute[bytes] | InstrumentedAttribute[UUID],
    limit: int,
    *conditions: ColumnElement[bool],
) -> int:
    expired = (
        select(key)
        .where(table.expires_at < clock.now() - KEPT_FOR, *conditions)
        .order_by(table.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(table).where(key.in_(expired)).returning(key)
    return len(db.execute(gone.execution_options(synchronize_session=False)).all())
