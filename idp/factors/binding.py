"""Binding an authenticator to a person, and taking it away.

Only `accounts` calls this: there it is said what ends with it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from idp.factors.credentials import is_of
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator, RecoveryCode
from idp.journal.record import record
from idp.people.models import Person


def bind(
    db: Session, new: Authenticator, *, by: str, at: datetime, event: str = "factor.enrolled"
) -> None:
    """Give its person an authenticator, and journal it; enrolments of its kind under way are over.

    `by` is whose word it rests on: of the person themselves, or of who gave it. `event` is
    "factor.replaced" where one entry says that it took another's place (`unbind`).
    """
    db.execute(
        delete(Authenticator).where(is_of(new.person_id, KINDS[new.kind], is_confirmed=False))
    )
    db.add(new)
    db.flush()
    number = db.scalar(select(Person.subject_number).where(Person.id == new.person_id))
    waits = {"carries_from": new.carries_from.isoformat()} if new.carries_from > at else {}
    data = {"kind": new.kind, "by": by, "carries_proofing": new.carries_proofing, **waits}
    record(db, event=event, at=at, subject_number=number, data=data)


def confirm(db: Session, *, person_id: UUID, kind: Kind, by: str, at: datetime) -> bool:
    """Have what the person has of that kind carry their proofing, and journal it.

    False where it does already, or there is none.
    """
    confirmed = db.execute(
        update(Authenticator)
        .where(
            is_of(person_id, kind),
            Person.id == Authenticator.person_id,
            _is_pending(at),
        )
        .values(carries_proofing=Person.proofing, carries_from=at)
        .returning(Person.subject_number, Person.proofing)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if confirmed is None:
        return False
    number, proofing = confirmed
    data = {"kind": kind.name, "by": by, "carries_proofing": proofing}
    record(db, event="factor.confirmed", at=at, subject_number=number, data=data)
    return True


def unbind(
    db: Session,
    *,
    person_id: UUID,
    kind: Kind,
    at: datetime,
    only_pending: bool = False,
    is_told: bool = True,
) -> bool:
    """Take away the person's authenticator of that kind, and journal it; whether there was one.

    Its seed or codes are deleted: nothing can bring it back. `only_pending`: what carries their
    proofing stays, also when it was confirmed a moment ago. Not `is_told`: the entry of what takes
    its place says it.
    """
    pending = [Person.proofing > 0, _is_pending(at)] if only_pending else []
    removed = db.execute(
        update(Authenticator)
        .where(is_of(person_id, kind), Person.id == Authenticator.person_id, *pending)
        .values(removed_at=at, secret_encrypted=None)
        .returning(Authenticator.id, Person.subject_number)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if removed is None:
        return False
    authenticator_id, number = removed
    db.execute(delete(RecoveryCode).where(RecoveryCode.authenticator_id == authenticator_id))
    if is_told:
        record(db, event="factor.removed", at=at, subject_number=number, data={"kind": kind.name})
    return True


def _is_pending(at: datetime) -> ColumnElement[bool]:
    """Whether a row does not carry the proofing of its person, joined to it."""
    return or_(Authenticator.carries_proofing < Person.proofing, Authenticator.carries_from > at)
