"""Revocations and assertion ids leave once what they are about has expired, in small batches."""

import threading
from datetime import timedelta

from sqlalchemy import Engine, delete, select, tuple_
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.background import repeat
from idp.kit.db import table_of
from idp.tokens.models import ClientAssertion, RevokedAccessToken

KEPT_FOR = timedelta(minutes=1)
"""Beyond expiry, for clocks that differ."""
_BATCH = 500


def drop_expired_revocations(db: Session, *, limit: int) -> int:
    """Delete a batch of revocations of access tokens; how many."""
    return _drop(db, RevokedAccessToken, limit)


def drop_expired_assertions(db: Session, *, limit: int) -> int:
    """Delete a batch of the ids of client assertions; how many."""
    return _drop(db, ClientAssertion, limit)


def run_expiry(engine: Engine, stop: threading.Event) -> None:
    """Drop every few seconds until told to stop; for a background thread."""
    every = timedelta(seconds=10)
    repeat(engine, stop, every=every, name="the expiry of tokens", work=_drop_both)


def _drop_both(connection: Connection) -> None:
    with Session(connection) as db:
        drop_expired_revocations(db, limit=_BATCH)
        drop_expired_assertions(db, limit=_BATCH)
        db.flush()


def _drop(db: Session, model: type[RevokedAccessToken | ClientAssertion], limit: int) -> int:
    table = table_of(model)
    key = tuple_(*table.primary_key.columns)
    expired = (
        select(*table.primary_key.columns)
        .where(table.c.expires_at < clock.now() - KEPT_FOR)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(table).where(key.in_(expired)).returning(table.c.expires_at)
    return len(db.execute(gone).all())
