"""Sessions leave a day after they would have ended anyway, in small batches."""

from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import delete_older
from idp.sessions.models import SignInSession

KEPT_FOR = timedelta(days=1)


def drop_expired_sessions(db: Session, *, limit: int, still_needed: ColumnElement[bool]) -> int:
    """Delete a batch of sessions; how many. `still_needed` says which others refer to yet."""
    before = clock.now() - KEPT_FOR
    return delete_older(db, SignInSession.expires_at, ~still_needed, before=before, limit=limit)
