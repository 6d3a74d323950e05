"""Rows that mean nothing any more leave their tables, a small batch of each at a time."""

from datetime import timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.factors.attempts import delete_stale
from idp.journal.errors import drop_expired_errors
from idp.kit import clock
from idp.outbox.history import drop_old_messages
from idp.rate_limits import drop_past
from idp.relying_parties.initial_tokens import drop_expired_initial_tokens
from idp.sessions.expiry import drop_expired_sessions
from idp.sessions.models import SignInSession
from idp.tokens.expiry import CLOCKS_DIFFER, drop_expired, has_grants

BATCH = 2000
"""Rows of one table in one round."""
BROWSERS_KNOWN_FOR = timedelta(days=365)
"""As long as the cookie by which a browser is known."""


def clean_up(connection: Connection) -> int:
    """One round; the number of rows that left. What depends on a row leaves before it."""
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        gone = (
            drop_expired(db, limit=BATCH),
            drop_old_messages(db, limit=BATCH),
            drop_expired_errors(db, limit=BATCH),
            drop_expired_initial_tokens(db, limit=BATCH),
            drop_expired_sessions(db, limit=BATCH, still_needed=has_grants(SignInSession.sid)),
            drop_past(db, before=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            delete_stale(db, before=clock.now() - BROWSERS_KNOWN_FOR, limit=BATCH),
        )
        db.commit()
        return sum(gone)
