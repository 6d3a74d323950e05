"""What a person has beside the password, as people are told: of which kind, since when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator


@dataclass(frozen=True)
class Held:
    """A second factor of somebody."""

    kind: Kind
    since: datetime


def list_held(db: Session, *, person_id: UUID) -> tuple[Held, ...]:
    """All that are in use, the oldest first. One statement."""
    is_used = (
        Authenticator.person_id == person_id,
        Authenticator.confirmed_at.is_not(None),
        Authenticator.removed_at.is_(None),
    )
    rows = db.execute(
        select(Authenticator.kind, Authenticator.confirmed_at)
        .where(*is_used)
        .order_by(Authenticator.confirmed_at)
    )
    return tuple(Held(KINDS[kind], since) for kind, since in rows if since is not None)
