"""Binding an authenticator to a person, having it rest, and taking it away.

Only `accounts` calls this: there it is said what ends with it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from idp.factors.beside import delete_beside
from idp.factors.credentials import is_had, is_of
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator, KnownDevice
from idp.factors.passkey_offers import forget_offers
from idp.journal.record import record
from idp.kit.immutable import immutable
from idp.people.declaration import LEVELS
from idp.people.models import Person


@immutable
class Bound:
    """One that a person has, in use or locked or suspended."""

    id: UUID
    kind: Kind


def find_bound(db: Session, *, person_id: UUID, kind: Kind | None = None) -> tuple[Bound, ...]:
    """All that a person has, or what they have of that kind, in use or not.

    But for what a recovery set aside (`factors.lost`).
    """
    rows = db.execute(select(Authenticator.id, Authenticator.kind).where(is_had(person_id)))
    bound = (Bound(row.id, KINDS[row.kind]) for row in rows)
    return tuple(one for one in bound if kind in (None, one.kind))


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
    new.added_by = by
    db.add(new)
    db.flush()
    number = db.scalar(select(Person.subject_number).where(Person.id == new.person_id))
    waits = {"carries_from": new.carries_from.isoformat()} if new.carries_from > at else {}
    data = {"kind": new.kind, "by": by, "carries_proofing": new.carries_proofing, **waits}
    record(db, event=event, at=at, subject_number=number, data=data, told=told_of(new.id))


def told_of(factor_id: UUID) -> dict[str, str]:
    """What a notice needs to name an authenticator (`ways.find_name`)."""
    return {"factor": str(factor_id)}


def confirm(
    db: Session, *, person_id: UUID, factors: Collection[Bound], by: str, at: datetime
) -> bool:
    """Have these of the person's carry their proofing, and journal each.

    What speaks for less than that stays as it is. So does what is locked or set aside, which nobody
    has shown, also once it is had back.
    A desk's word stays with what it saw, whatever it carries. False where all do already, or there
    is none.
    """
    if by == "desk":
        db.execute(
            update(Authenticator)
            .where(*_are(person_id, factors), *_IN_USE)
            .values(seen_at=at)
            .execution_options(synchronize_session=False)
        )
    confirmed = db.execute(
        update(Authenticator)
        .where(*_are(person_id, factors), *_IN_USE, _is_pending(at), *_SPEAK_FOR_IT)
        .values(carries_proofing=Person.proofing, carries_from=at)
        .returning(Authenticator.id, Authenticator.kind, Person.subject_number, Person.proofing)
        .execution_options(synchronize_session=False)
    ).all()
    for factor_id, kind, number, proofing in confirmed:
        data = {"kind": kind, "by": by, "carries_proofing": proofing}
        told = told_of(factor_id)
        record(db, event="factor.confirmed", at=at, subject_number=number, data=data, told=told)
    return bool(confirmed)


def unbind(
    db: Session,
    *,
    person_id: UUID,
    factors: Collection[Bound],
    at: datetime,
    only_pending: bool = False,
    is_told: bool = True,
) -> bool:
    """Take away these of the person's, and journal each; whether there was any.

    Their seeds or codes are deleted: nothing can bring them back. `only_pending`: what carries
    their proofing stays, also when it was confirmed a moment ago. Not `is_told`: the entry of what
    takes their place says it.
    """
    pending = [Person.proofing > 0, _is_pending(at)] if only_pending else []
    removed = db.execute(
        update(Authenticator)
        .where(*_are(person_id, factors), *pending)
        .values(removed_at=at, secret_encrypted=None)
        .returning(Authenticator.id, Authenticator.kind, Person.subject_number)
        .execution_options(synchronize_session=False)
    ).all()
    if not removed:
        return False
    delete_beside(db, [row.id for row in removed])
    for row in removed if is_told else ():
        number, data, told = row.subject_number, {"kind": row.kind}, told_of(row.id)
        record(db, event="factor.removed", at=at, subject_number=number, data=data, told=told)
    return True


def rename(db: Session, *, factor_id: UUID, person_id: UUID, name: str) -> bool:
    """Give it another name; False where it is gone."""
    return _write(db, factor_id, person_id, {"name": name})


def lock(db: Session, *, factor_id: UUID, person_id: UUID, at: datetime) -> bool:
    """Have it count for nothing until its person unlocks it; False where it was not in use."""
    return _write(db, factor_id, person_id, {"locked_at": at}, *_IN_USE)


def unlock(db: Session, *, factor_id: UUID, person_id: UUID) -> bool:
    """Have it count again; False where it was not locked."""
    is_locked = Authenticator.locked_at.is_not(None)
    return _write(db, factor_id, person_id, {"locked_at": None}, is_locked)


def suspend(db: Session, *, factor_id: UUID, person_id: UUID, until: datetime) -> bool:
    """Take it away, to be had back until that instant; False where it was away already."""
    is_there = Authenticator.suspended_until.is_(None)
    return _write(db, factor_id, person_id, {"suspended_until": until}, is_there)


def restore(db: Session, *, factor_id: UUID, person_id: UUID, at: datetime) -> bool:
    """Have it as it was before it was suspended; False where it is too late."""
    is_in_time = Authenticator.suspended_until > at
    return _write(db, factor_id, person_id, {"suspended_until": None}, is_in_time)


def _are(person_id: UUID, factors: Collection[Bound]) -> tuple[ColumnElement[bool], ...]:
    """Whether rows are these, still the person's, joined to them."""
    return (
        Authenticator.id.in_([one.id for one in factors]),
        Authenticator.person_id == person_id,
        Authenticator.removed_at.is_(None),
        Person.id == Authenticator.person_id,
    )


def _is_pending(at: datetime) -> ColumnElement[bool]:
    """Whether a row does not carry the proofing of its person, joined to it."""
    return or_(Authenticator.carries_proofing < Person.proofing, Authenticator.carries_from > at)


_SPEAK_FOR_IT = tuple(
    or_(Authenticator.kind != kind.name, Person.proofing <= kind.speaks_for)
    for kind in KINDS.values()
    if kind.speaks_for < LEVELS[-1]
)
"""What speaks for less than the person's proofing is confirmed by nobody's word."""
_IN_USE = (Authenticator.locked_at.is_(None), Authenticator.suspended_until.is_(None))


def _write(
    db: Session,
    factor_id: UUID,
    person_id: UUID,
    values: Mapping[str, Any],
    *conditions: ColumnElement[bool],
) -> bool:
    """Whether the row was still its person's, and as the conditions say."""
    is_it = (Authenticator.id == factor_id, Authenticator.person_id == person_id)
    written = db.scalar(
        update(Authenticator)
        .where(*is_it, Authenticator.removed_at.is_(None), *conditions)
        .values(**values)
        .returning(Authenticator.id)
        .execution_options(synchronize_session=False)
    )
    return written is not None


def forget_factors(db: Session, *, person_id: UUID) -> None:
    """Delete all that an erased account was ever signed in with, and the browsers known to it."""
    theirs = Authenticator.person_id == person_id
    delete_beside(db, select(Authenticator.id).where(theirs))
    db.execute(delete(Authenticator).where(theirs))
    db.execute(delete(KnownDevice).where(KnownDevice.person_id == person_id))
    forget_offers(db, person_id=person_id)
