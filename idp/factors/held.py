"""What people have beside the password: as each is told of it, and who of all has any."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.factors.credentials import is_had
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.people.models import Person


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


def numbers_with_second(connection: Connection) -> Iterator[int]:
    """The analytics numbers (with repetitions) of who has a second factor in use, no spares.

    One that carries nothing of its person's proven identity does not count.
    """
    factors, people = table_of(Authenticator).c, table_of(Person).c
    kinds = [kind.name for kind in KINDS.values() if not kind.is_spare]
    rows = connection.execute(
        select(people.subject_number)
        .join(table_of(Authenticator), factors.person_id == people.id)
        .where(
            factors.kind.in_(kinds),
            factors.carries_proofing > 0,
            factors.confirmed_at.is_not(None),
            factors.removed_at.is_(None),
            factors.locked_at.is_(None),
            factors.suspended_until.is_(None),
        )
        .execution_options(yield_per=5000)
    )
    return (number for (number,) in rows)
