"""Giving and ending mandates, and what the journal keeps of it.

A person has one at a time for the same body and role, and gives nobody a wider one. What ends, ends
at once and for good, and with it what was granted under it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_, select, update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit import clock
from idp.kit.errors import InvalidInput, NotFound
from idp.mandates.holding import AGREEING, Because, has_begun, hold_new
from idp.mandates.models import Mandate
from idp.mandates.operators import forget_words_of, list_at_work, tell_operators
from idp.mandates.readiness import Lack, list_lacks
from idp.mandates.roles import REVIEWING, ROLES, Body, OrganizationRole
from idp.organizations.models import Organization
from idp.people.models import Person


def start_mandate(db: Session, mandate: Mandate) -> Mandate:
    """Store it; or return what gives the person that role for that body, then or later.

    Periods are given in their order: the figures replay them so. Raises InvalidInput for what the
    role does not allow, for an end before the start, for a post of a test person, for more than its
    granter may give, and for staff who are not proven as staff must be. A post that needs two
    operators waits for them.
    """
    rule = ROLES[mandate.role]
    if (rule.body is Body.AGENCY) is (mandate.agency_id is None):
        raise InvalidInput("Agency roles need an agency, and operators have none.", field="agency")
    if mandate.service_ids is not None and not rule.may_be_limited:
        raise InvalidInput("Only a delegate's role can be for some services.", field="services")
    if mandate.ended_on is not None and mandate.ended_on <= mandate.valid_on:
        raise InvalidInput("A mandate ends after it begins.", field="ended_on")
    is_test, is_closing = _lock_person(db, mandate.person_id)
    if is_closing:
        raise InvalidInput("This person is closing their account.", field="person")
    if is_test and rule.body is not Body.ORGANIZATION:
        raise InvalidInput(
            "A test person holds no post: too many know how to sign in as one.", field="person"
        )
    held = _find_held(db, mandate)
    if held is not None:
        return held
    if mandate.granted_by_id is not None and not _may_grant(
        _lock_granter(db, mandate.granted_by_id), mandate
    ):
        raise InvalidInput("Nobody grants more than they may do themselves.", field="granted_by")
    if rule.body is not Body.ORGANIZATION:
        _demand_staff_level(db, mandate.person_id)
    waits = rule.needs_two and has_begun(db)
    db.add(mandate)
    db.flush()
    _record_start(db, mandate, is_first=rule.needs_two and not waits)
    if waits:
        hold_new(db, mandate)
    return mandate


def _lock_person(db: Session, person_id: UUID) -> tuple[bool, bool]:
    """Whoever gives this person a mandate waits; the next statement sees what was given before.

    Whether they are made up for tests, and whether they are closing their account.
    """
    columns = select(Person.is_test, Person.closes_at.is_not(None)).where(Person.id == person_id)
    row = db.execute(columns.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound("There is no such person.", detail=str(person_id))
    return row[0], row[1]


_LACKS = {
    Lack.STATUS: "an active account",
    Lack.PROOFING: "an identity verified face to face (idp person proof)",
    Lack.FACTOR: "a password and a second factor",
    Lack.CONFIRMATION: "a confirmed second factor (idp person confirm-factor)",
}


def _demand_staff_level(db: Session, person_id: UUID) -> None:
    """Raises InvalidInput, which names all that is missing."""
    missing = [_LACKS[lack] for lack in list_lacks(db, person_id=person_id, at=clock.now())]
    if missing:
        raise InvalidInput(f"Before a post, staff need {' and '.join(missing)}.", field="person")


def _find_held(db: Session, mandate: Mandate) -> Mandate | None:
    return db.scalar(
        select(Mandate)
        .where(
            Mandate.person_id == mandate.person_id,
            Mandate.role == mandate.role,
            Mandate.agency_id.is_not_distinct_from(mandate.agency_id),
            Mandate.organization_id.is_not_distinct_from(mandate.organization_id),
            or_(Mandate.ended_on.is_(None), Mandate.ended_on > mandate.valid_on),
        )
        .order_by(Mandate.valid_on)
        .limit(1)
    )


def _lock_granter(db: Session, mandate_id: UUID) -> Mandate:
    """The mandate granted under, which nobody ends before this is committed."""
    return db.scalars(
        select(Mandate)
        .where(Mandate.id == mandate_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()


def _may_grant(granter: Mandate, granted: Mandate) -> bool:
    """A role of the granter's to give, to another, for the same body, its services and its time."""
    is_within = granter.valid_on <= granted.valid_on and (
        granter.ended_on is None
        or (granted.ended_on is not None and granted.ended_on <= granter.ended_on)
    )
    is_covered = granter.service_ids is None or (
        granted.service_ids is not None and {*granted.service_ids} <= {*granter.service_ids}
    )
    return (
        granted.role in ROLES[granter.role].may_give
        and (granted.organization_id, granted.agency_id)
        == (granter.organization_id, granter.agency_id)
        and granted.person_id != granter.person_id
        and is_within
        and is_covered
    )


def end_mandate(db: Session, *, mandate_id: UUID, on: date, at: datetime) -> bool:
    """From `on` nobody acts under it; the history stays. False when there is none to end.

    What was granted under it ends by a statement of its own, which sees a grant that the first one
    waited for. Raises InvalidInput where too few operators would be left at work.
    """
    _lock_operators(db, mandate_id)
    ended = _end(db, Mandate.id == mandate_id, on)
    if ended:
        _demand_operators(db, ended[0], on)
        ended += _end(db, Mandate.granted_by_id == mandate_id, on)
    for mandate in ended:
        _record_end(db, mandate, at=at)
    return bool(ended)


def _lock_operators(db: Session, mandate_id: UUID) -> None:
    """Whoever ends an operator's post at the same time waits, and counts those left after it."""
    is_theirs = select(Mandate.role).where(Mandate.id == mandate_id).scalar_subquery()
    locking = select(Mandate.id).where(Mandate.role.in_(REVIEWING), is_theirs.in_(REVIEWING))
    db.execute(locking.order_by(Mandate.id).with_for_update()).all()


def _demand_operators(db: Session, ended: Mandate, on: date) -> None:
    """Enough are left at work to agree to another: else one alone could be the last operator.

    An operator's post that never worked may go.
    """
    never_worked = ended.waits_since is not None and ended.waits_because == Because.APPOINTED
    if ended.role not in REVIEWING or never_worked or not has_begun(db):
        return
    if len(list_at_work(db, on=on)) < AGREEING:
        raise InvalidInput(
            "Fewer than two operators would be left at work: appoint another one first."
        )


def end_given(
    db: Session, *, person_id: UUID, on: date, at: datetime, in_register_too: bool = False
) -> None:
    """End what people gave to an account or from it; what the business register says stays.

    `in_register_too`: nor does that, of a body that is gone; of one there is, nobody is erased.
    """
    own = select(Mandate.id).where(Mandate.person_id == person_id)
    is_given = and_(
        Mandate.person_id == person_id,
        or_(Mandate.role != OrganizationRole.LEGAL_REPRESENTATIVE, literal(in_register_too)),
    )
    is_open = or_(Mandate.ended_on.is_(None), Mandate.ended_on > on)
    given = or_(is_given, Mandate.granted_by_id.in_(own))
    for mandate_id in db.scalars(select(Mandate.id).where(given, is_open)).all():
        end_mandate(db, mandate_id=mandate_id, on=on, at=at)


def _end(db: Session, which: ColumnElement[bool], on: date) -> list[Mandate]:
    ending = (
        update(Mandate)
        .where(which, or_(Mandate.ended_on.is_(None), Mandate.ended_on > on))
        .values(ended_on=on)
        .returning(Mandate)
    )
    return list(db.scalars(ending, execution_options={"populate_existing": True}))


def _record_start(db: Session, mandate: Mandate, *, is_first: bool) -> None:
    """A mandate was given; an end that is known already waits in the journal for its day.

    `is_first`: it needs two operators, whom there never were.
    """
    at = mandate.created_at
    if mandate.organization_id is None:
        values = _post(db, mandate)
        values["data"] |= {"bootstrap": True} if is_first else {}
        record(db, event="staff.post_started", at=at, **values)
        return
    proofing = db.scalar(select(Person.proofing).where(Person.id == mandate.person_id))
    values = _representation(db, mandate, {"proofing": proofing})
    record(db, event="representation.started", at=at, **values)
    if mandate.ended_on is not None:
        _record_end(db, mandate, at=at)


def _record_end(db: Session, mandate: Mandate, *, at: datetime) -> None:
    """A mandate was given its end. Of a post that needs two, the operators are told."""
    if mandate.organization_id is None:
        values = _post(db, mandate)
        record(db, event="staff.post_ended", at=at, **values)
        number = values.pop("subject_number")
        if mandate.role in REVIEWING:
            forget_words_of(db, number=number)
        if ROLES[mandate.role].needs_two:
            on = mandate.ended_on or clock.day_of(at)
            tell_operators(db, event="staff.end_told", but={number}, on=on, at=at, **values)
        return
    values = _representation(db, mandate, {"ended_on": str(mandate.ended_on)})
    record(db, event="representation.ended", at=at, **values)


def _post(db: Session, mandate: Mandate) -> dict[str, Any]:
    number = select(Person.subject_number).where(Person.id == mandate.person_id)
    return {
        "agency_id": mandate.agency_id,
        "subject_number": db.scalar(number),
        "counted": False,
        "data": {"role": mandate.role},
    }


def _representation(db: Session, mandate: Mandate, data: dict[str, Any]) -> dict[str, Any]:
    numbers = (
        select(Person.subject_number, Organization.organization_number)
        .join(Mandate, Mandate.person_id == Person.id)
        .join(Organization, Organization.id == Mandate.organization_id)
        .where(Mandate.id == mandate.id)
    )
    common = {"role": mandate.role, "valid_on": mandate.valid_on.isoformat()}
    return {**db.execute(numbers).one()._asdict(), "data": {**common, **data}}
