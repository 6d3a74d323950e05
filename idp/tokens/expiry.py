"""What was kept until it expired leaves a day later, in small batches."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.kit import clock
from idp.kit.db import delete_older
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
"""So much longer may a node accept what has expired: readings of the clock differ a little."""


def drop_expired(db: Session, *, limit: int) -> int:
    """Delete a batch from each table, what depends on a row before it; how many rows.

    A grant goes when no code, device or refresh token of it is left. A batch of used ids is ten
    times as large: every DPoP proof leaves one.
    """
    now = clock.now()
    day_ago = now - KEPT_FOR
    is_spent = (
        ~exists().where(AuthorizationCode.grant_id == Grant.id),
        ~exists().where(RefreshToken.grant_id == Grant.id),
        ~exists().where(DeviceRequest.grant_id == Grant.id),
    )
    return (
        delete_older(db, AuthorizationCode.expires_at, before=day_ago, limit=limit)
        + delete_older(db, DeviceRequest.expires_at, before=day_ago, limit=limit)
        + delete_older(db, RefreshToken.expires_at, before=day_ago, limit=limit)
        + delete_older(db, Grant.expires_at, *is_spent, before=day_ago, limit=limit)
        + delete_older(db, RevokedAccessToken.expires_at, before=day_ago, limit=limit)
        + delete_older(db, PushedRequest.expires_at, before=day_ago, limit=limit)
        + delete_older(db, UsedId.expires_at, before=now - CLOCKS_DIFFER, limit=10 * limit)
    )


def has_grants(sid: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The condition that a session of that column still has grants."""
    return exists().where(Grant.sid == sid)
