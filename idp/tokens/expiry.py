"""What was kept until it expired leaves a day later, in small batches."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.kit import clock
from idp.kit.db import table_of
from idp.tokens.models import (
    AuthorizationCode,
    DeviceRequest,
    Grant,
    PushedRequest,
    RefreshToken,
    RevokedAccessToken,
    UsedId,
)

KEPT_FOR = timedelta(days=1)
"""Spent rows stay until then: whoever presents one again is seen, and the family revoked."""
CLOCKS_DIFFER = timedelta(minutes=1)
"""So much longer may a node whose clock is behind accept what has expired."""


def drop_expired_codes(db: Session, *, limit: int) -> int:
    """Delete a batch of codes; how many."""
    return _drop(db, AuthorizationCode, limit)


def drop_expired_device_requests(db: Session, *, limit: int) -> int:
    """Delete a batch of devices' requests; how many."""
    return _drop(db, DeviceRequest, limit)


def drop_expired_refresh_tokens(db: Session, *, limit: int) -> int:
    """Delete a batch of refresh tokens, each by its own expiry; how many."""
    return _drop(db, RefreshToken, limit)


def drop_expired_grants(db: Session, *, limit: int) -> int:
    """Delete a batch of grants of which no code, device or refresh token is left; how many."""
    is_spent = (
        ~exists().where(AuthorizationCode.grant_id == Grant.id),
        ~exists().where(RefreshToken.grant_id == Grant.id),
        ~exists().where(DeviceRequest.grant_id == Grant.id),
    )
    return _drop(db, Grant, limit, *is_spent)


def drop_expired_revocations(db: Session, *, limit: int) -> int:
    """Delete a batch of revocations of access tokens that would be dead by now; how many."""
    return _drop(db, RevokedAccessToken, limit)


def drop_expired_used_ids(db: Session, *, limit: int) -> int:
    """Delete a batch of the ids of assertions and proofs that mean nothing by now; how many."""
    return _drop(db, UsedId, limit, kept_for=CLOCKS_DIFFER)


def drop_expired_pushed_requests(db: Session, *, limit: int) -> int:
    """Delete a batch of pushed requests that no sign-in under way can still need; how many."""
    return _drop(db, PushedRequest, limit)


def has_grants(sid: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The condition that a session of that column still has grants."""
    return exists().where(Grant.sid == sid)


def _drop(
    db: Session,
    model: type[
        AuthorizationCode
        | DeviceRequest
        | RefreshToken
        | Grant
        | RevokedAccessToken
        | UsedId
        | PushedRequest
    ],
    limit: int,
    *conditions: ColumnElement[bool],
    kept_for: timedelta = KEPT_FOR,
) -> int:
    key = table_of(model).primary_key.columns
    expired = (
        select(*key)
        .where(model.expires_at < clock.now() - kept_for, *conditions)
        .order_by(model.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(model).where(tuple_(*key).in_(expired)).returning(*key)
    return len(db.execute(gone.execution_options(synchronize_session=False)).all())
