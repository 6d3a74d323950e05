"""Dropping in small batches what was kept only until something expired."""

import threading
from datetime import timedelta

from sqlalchemy import Engine, delete, select, tuple_
from sqlalchemy.engine import Connection

from idp.kit import clock
from idp.kit.background import repeat
from idp.kit.db import table_of
from idp.tokens.models import ClientAssertion, RevokedAccessToken

_BATCH = 500
_GRACE = timedelta(minutes=1)
"""Kept beyond expiry, for clocks that differ."""


def drop_expired(connection: Connection) -> int:
    """Delete a batch of expired revocations and assertion ids; how many there were."""
    return sum(_drop(connection, model) for model in (RevokedAccessToken, ClientAssertion))


def run_expiry(engine: Engine, stop: threading.Event) -> None:
    """Drop every few seconds until told to stop; for a background thread."""
    every = timedelta(seconds=10)
    repeat(engine, stop, every=every, name="the expiry of tokens", work=drop_expired)


def _drop(connection: Connection, model: type[RevokedAccessToken] | type[ClientAssertion]) -> int:
    table = table_of(model)
    key = tuple_(*table.primary_key.columns)
    expired = (
        select(*table.primary_key.columns)
        .where(table.c.expires_at < clock.now() - _GRACE)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(table).where(key.in_(expired))).rowcount
