"""Sessions leave a day after they would have ended anyway, in small batches."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.sessions.models import SignInSession

KEPT_FOR = timedelta(days=1)


def drop_expired_sessions(db: Session, *, limit: int, still_needed: ColumnElement[bool]) -> int:
    """Delete a batch of sessions; how many. `still_needed` says which others refer to yet."""
    expired = (
        select(SignInSession.sid)
        .where(SignInSession.expires_at < clock.now() - KEPT_FOR, ~still_needed)
        .order_by(SignInSession.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = (
        delete(SignInSession)
        .where(SignInSession.sid.in_(expired))
        .returning(SignInSession.sid)
        .execution_options(synchronize_session=False)
    )
    return len(db.execute(gone).all())
