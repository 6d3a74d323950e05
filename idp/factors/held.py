"""What a person has beside the password, as people are told: of which kind, since when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.factors.credentials import is_had
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator
from idp.kit.immutable import immutable


@immutable
class HeldSince:
    """A second factor of somebody, by the `name` they gave it, if any."""

    kind: Kind
    name: str
    since: datetime


def list_held(db: Session, *, person_id: UUID) -> tuple[HeldSince, ...]:
    """All that there are, in use or locked, the oldest first. One statement."""
    rows = db.execute(
        select(Authenticator.kind, Authenticator.name, Authenticator.confirmed_at)
        .where(is_had(person_id))
        .order_by(Authenticator.confirmed_at)
    )
    return tuple(
        HeldSince(KINDS[kind], name, since) for kind, name, since in rows if since is not None
    )
