"""No official alone hands over a whole account: its password and its second step are two's to give.

Who sets a password knows it; who confirms an app might hold it, who prints codes might keep them.
So within a day one official does one half for a person; a colleague, or the next day, the other.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.actors import find_actor
from idp.journal.acts import find_act, find_subjects
from idp.journal.record import record
from idp.kit.immutable import immutable
from idp.people.models import Person

WITHIN = timedelta(hours=24)


class Half(StrEnum):
    """What an official gives somebody at a desk."""

    PASSWORD = "password"
    SECOND_STEP = "second_step"


_EVENTS = {
    Half.PASSWORD: ("person.password_changed", "person.reclaimed"),
    Half.SECOND_STEP: ("factor.confirmed", "factor.enrolled", "factor.replaced"),
}
_BY = {Half.PASSWORD: "", Half.SECOND_STEP: "desk"}
_OTHER = {Half.PASSWORD: Half.SECOND_STEP, Half.SECOND_STEP: Half.PASSWORD}


@immutable
class NeedsColleague:
    """Nothing was done: this official gave the person the other half, `given`, at `given_at`."""

    given: Half
    given_at: datetime


@immutable
class DoneBefore:
    """Nothing was done: this official did it at `done_at`, after they opened the form."""

    done_at: datetime


def need_colleague(
    db: Session, *, person_id: UUID, half: Half, at: datetime
) -> NeedsColleague | None:
    """Why who acts here may not give this half; the journal tells a supervisor that they tried.

    The person's row stays locked, so that both halves are not given at once. None for a command
    that names nobody.
    """
    other = _OTHER[half]
    number = _lock(db, person_id)
    given_at = _find(db, number, other, since=at - WITHIN)
    if given_at is None:
        return None
    record(
        db, event="desk.colleague_needed", at=at, subject_number=number, data={"half": half.value}
    )
    return NeedsColleague(other, given_at)


def find_done(
    db: Session, *, person_id: UUID, half: Half, since: datetime | None
) -> DoneBefore | None:
    """Whether who acts here did it since they opened the form, so that nobody is given two."""
    done_at = _find(db, _lock(db, person_id), half, since=since) if since else None
    return DoneBefore(done_at) if done_at else None


def find_given(db: Session, *, half: Half, since: datetime) -> frozenset[int]:
    """To whom who acts here gave that half since then, as analytics numbers. One statement.

    None for a command that names nobody.
    """
    actor = find_actor(db)
    if actor is None or actor.number is None:
        return frozenset()
    return find_subjects(db, events=_EVENTS[half], actor_number=actor.number, since=since)


def _lock(db: Session, person_id: UUID) -> int:
    return db.scalars(
        select(Person.subject_number).where(Person.id == person_id).with_for_update()
    ).one()


def _find(db: Session, subject_number: int, half: Half, *, since: datetime) -> datetime | None:
    actor = find_actor(db)
    if actor is None or actor.number is None:
        return None
    return find_act(
        db,
        events=_EVENTS[half],
        by=_BY[half],
        subject_number=subject_number,
        actor_number=actor.number,
        since=since,
    )
