"""Rows that mean nothing any more leave their tables, a small batch of each at a time."""

import threading
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.factors.attempts import delete_stale
from idp.kit import clock
from idp.kit.background import repeat
from idp.rate_limits import drop_past
from idp.relying_parties.initial_tokens import drop_expired_initial_tokens
from idp.sessions.expiry import drop_expired_sessions
from idp.sessions.models import SignInSession
from idp.tokens.expiry import (
    CLOCKS_DIFFER,
    drop_expired_codes,
    drop_expired_device_requests,
    drop_expired_grants,
    drop_expired_pushed_requests,
    drop_expired_refresh_tokens,
    drop_expired_revocations,
    drop_expired_used_ids,
    has_grants,
)
from idp.tokens.logout import drop_old_deliveries

BATCH = 2000
"""Rows of one table in one round."""
BROWSERS_KNOWN_FOR = timedelta(days=365)
"""As long as the cookie by which a browser is known."""


def run_housekeeping(engine: Engine, stop: threading.Event) -> None:
    """Clean up twice a minute until told to stop; for a background thread."""
    repeat(engine, stop, every=timedelta(seconds=30), name="housekeeping", work=clean_up)


def clean_up(connection: Connection) -> int:
    """One round; the number of rows that left. What depends on a row leaves before it."""
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        gone = (
            drop_expired_codes(db, limit=BATCH),
            drop_expired_device_requests(db, limit=BATCH),
            drop_expired_refresh_tokens(db, limit=BATCH),
            drop_expired_grants(db, limit=BATCH),
            drop_expired_revocations(db, limit=BATCH),
            drop_expired_used_ids(db, limit=10 * BATCH),  # every DPoP proof leaves one
            drop_expired_pushed_requests(db, limit=BATCH),
            drop_old_deliveries(db, limit=BATCH),
            drop_expired_initial_tokens(db, limit=BATCH),
            drop_expired_sessions(db, limit=BATCH, still_needed=has_grants(SignInSession.sid)),
            drop_past(db, before=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            delete_stale(db, before=clock.now() - BROWSERS_KNOWN_FOR, limit=BATCH),
        )
        db.commit()
        return sum(gone)
