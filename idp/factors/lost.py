"""What is set aside: second factors that somebody said were lost, or were not theirs.

They count for nothing. What a recovery set aside neither its person nor whoever has the account now
can change, but for one thing: whoever shows it takes the account back. What was set aside with
“This was not me” is had back like what its person took away. Only `accounts` calls this.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from idp.factors.beside import delete_beside
from idp.factors.credentials import is_had
from idp.factors.kinds import KINDS, Kind
from idp.factors.models import Authenticator
from idp.journal.record import record
from idp.people.models import Person


def set_aside(db: Session, *, person_id: UUID, until: datetime, at: datetime) -> bool:
    """Have all rest that the person has in use, and journal each; whether there was any."""
    is_unlocked = Authenticator.locked_at.is_(None)
    return _have_rest(db, is_unlocked, person_id=person_id, until=until, lost_at=at, at=at)


def set_recent_aside(
    db: Session,
    *,
    person_id: UUID,
    factors: Collection[UUID],
    since: datetime,
    until: datetime,
    at: datetime,
) -> bool:
    """Have those of these rest that their person added themselves since then, as above.

    What a desk or an operator gave, or a desk has seen with them, stays.
    """
    are_recent = _are_recent(factors, since)
    return _have_rest(db, *are_recent, person_id=person_id, until=until, lost_at=None, at=at)


def find_recent(
    db: Session, *, person_id: UUID, factors: Collection[UUID], since: datetime
) -> frozenset[UUID]:
    """Which of these that would set aside."""
    recent = select(Authenticator.id).where(is_had(person_id), *_are_recent(factors, since))
    return frozenset(db.scalars(recent))


def _are_recent(factors: Collection[UUID], since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Authenticator.id.in_(factors),
        Authenticator.added_by == "self",
        Authenticator.seen_at.is_(None),
        Authenticator.confirmed_at > since,
    )


def set_these_aside(
    db: Session, *, person_id: UUID, factors: Collection[UUID], until: datetime, at: datetime
) -> bool:
    """Have these rest, whoever added them and when: their person says that others may have them."""
    are_these = Authenticator.id.in_(factors)
    return _have_rest(db, are_these, person_id=person_id, until=until, lost_at=None, at=at)


def _have_rest(
    db: Session,
    *which: ColumnElement[bool],
    person_id: UUID,
    until: datetime,
    lost_at: datetime | None,
    at: datetime,
) -> bool:
    rested = db.execute(
        update(Authenticator)
        .where(
            is_had(person_id),
            Authenticator.suspended_until.is_(None),
            Person.id == Authenticator.person_id,
            *which,
        )
        .values(suspended_until=until, lost_at=lost_at)
        .returning(Authenticator.kind, Person.subject_number)
        .execution_options(synchronize_session=False)
    ).all()
    for kind, number in rested:
        data = {"kind": kind, "until": until.isoformat()}
        record(db, event="factor.set_aside", at=at, subject_number=number, data=data)
    return bool(rested)


def is_any_lost(db: Session, *, person_id: UUID, at: datetime) -> bool:
    """Whether somebody may still take the account back."""
    return db.scalar(select(who_may_be_back(at)).where(Person.id == person_id)) or False


def who_may_be_back(at: datetime) -> ColumnElement[bool]:
    """The same, of a person's row."""
    of_person = (Authenticator.person_id == Person.id, *_rests(at))
    return select(Authenticator.id).where(*of_person).correlate(Person).exists()


def find_back_until(db: Session, *, person_id: UUID, at: datetime) -> datetime | None:
    """Until when somebody may take the account back; None: nobody may."""
    last = select(func.max(Authenticator.suspended_until))
    return db.scalar(last.where(Authenticator.person_id == person_id, *_rests(at)))


def _rests(at: datetime) -> tuple[ColumnElement[bool], ...]:
    is_lost = (Authenticator.removed_at.is_(None), Authenticator.lost_at.is_not(None))
    return (Authenticator.suspended_until > at, *is_lost)


def take_up(db: Session, *, person_id: UUID, lost_at: datetime) -> dict[UUID, Kind]:
    """Have those count again that were set aside then, and are there still: their kinds by id."""
    taken = db.execute(
        update(Authenticator)
        .where(
            Authenticator.person_id == person_id,
            Authenticator.removed_at.is_(None),
            Authenticator.lost_at == lost_at,
        )
        .values(suspended_until=None, lost_at=None)
        .returning(Authenticator.id, Authenticator.kind)
        .execution_options(synchronize_session=False)
    )
    return {row.id: KINDS[row.kind] for row in taken}


def remove_lost(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Delete what rests: nobody takes the account back any more with it."""
    gone = db.scalars(
        update(Authenticator)
        .where(
            Authenticator.person_id == person_id,
            Authenticator.removed_at.is_(None),
            Authenticator.lost_at.is_not(None),
        )
        .values(removed_at=at, secret_encrypted=None)
        .returning(Authenticator.id)
        .execution_options(synchronize_session=False)
    ).all()
    if gone:
        delete_beside(db, gone)
