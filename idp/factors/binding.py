"""Binding an authenticator to a person, and taking it away.

Only `accounts` calls this: there it is said what ends with it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from idp.factors.credentials import is_of
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator
from idp.journal.record import record
from idp.people.models import Person


def holds(db: Session, *, person_id: UUID, kind: Kind) -> bool:
    """Whether the person has one of that kind."""
    return bool(db.scalar(select(exists().where(is_of(person_id, kind)))))


def bind(db: Session, new: Authenticator) -> None:
    """Give its person a confirmed authenticator; enrolments of its kind under way are over."""
    db.execute(
        delete(Authenticator).where(is_of(new.person_id, KINDS[new.kind], is_confirmed=False))
    )
    db.add(new)
    db.flush()


def unbind(db: Session, *, person_id: UUID, kind: Kind, at: datetime) -> bool:
    """Take away the person's authenticator of that kind, and journal it; whether there was one."""
    subject_number = db.scalar(
        update(Authenticator)
        .where(is_of(person_id, kind), Person.id == Authenticator.person_id)
        .values(removed_at=at)
        .returning(Person.subject_number)
        .execution_options(synchronize_session=False)
    )
    if subject_number is None:
        return False
    data = {"kind": kind.name}
    record(db, event="factor.removed", at=at, subject_number=subject_number, data=data)
    return True
