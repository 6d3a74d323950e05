"""Taking up a post and leaving it."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.staff.models import Role, StaffMember


def add_post(
    db: Session,
    *,
    person_id: UUID,
    role: Role,
    agency_id: UUID | None = None,
    valid_on: date,
    ended_on: date | None = None,
    by: int | None = None,
) -> UUID:
    """Give a person a post from a day on; returns its id, or that of the same post if still held.

    `ended_on` is the first day without it. Raises InvalidInput for an operator with an agency, an
    agency role without one, and an end before the start.
    """
    if (role is Role.OPERATOR) is not (agency_id is None):
        raise InvalidInput("Agency roles need an agency, and operators have none.", field="agency")
    if ended_on is not None and ended_on <= valid_on:
        raise InvalidInput("A post ends after it begins.", field="ended_on")
    held = _find_held(db, person_id, role, agency_id, valid_on)
    if held is not None:
        return held
    member = StaffMember(
        person_id=person_id, role=role, agency_id=agency_id, valid_on=valid_on, ended_on=ended_on
    )
    db.add(member)
    db.flush()
    record(
        db,
        event="staff.post_started",
        agency_id=agency_id,
        subject_number=by,
        counted=False,
        data={"role": role.value},
    )
    return member.id


def _find_held(
    db: Session, person_id: UUID, role: Role, agency_id: UUID | None, on: date
) -> UUID | None:
    return db.scalar(
        select(StaffMember.id).where(
            StaffMember.person_id == person_id,
            StaffMember.role == role,
            StaffMember.agency_id.is_not_distinct_from(agency_id),
            or_(StaffMember.ended_on.is_(None), StaffMember.ended_on > on),
        )
    )


def end_post(db: Session, *, post_id: UUID, on: date, by: int | None = None) -> bool:
    """End a post that is held; False when there is none to end."""
    agency = db.execute(
        update(StaffMember)
        .where(StaffMember.id == post_id)
        .where(or_(StaffMember.ended_on.is_(None), StaffMember.ended_on > on))
        .values(ended_on=on)
        .returning(StaffMember.agency_id, StaffMember.role)
    ).one_or_none()
    if agency is None:
        return False
    record(
        db,
        event="staff.post_ended",
        agency_id=agency.agency_id,
        subject_number=by,
        counted=False,
        data={"role": agency.role.value},
    )
    return True
