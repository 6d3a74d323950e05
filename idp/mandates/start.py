"""Giving a mandate: one at a time for the same person, body and role, and never a wider one."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.kit.errors import InvalidInput, NotFound
from idp.mandates.journaled import record_start
from idp.mandates.models import Mandate
from idp.mandates.roles import ROLES, Body
from idp.people.models import Person


def start_mandate(db: Session, mandate: Mandate, *, by: int | None = None) -> Mandate:
    """Store it; or return what gives the person that role for that body, then or later.

    Periods are given in their order: the figures replay them so. `by` is the analytics number of
    who appoints staff. Raises InvalidInput for what the role does not allow, for an end before the
    start, and for more than its granter may give.
    """
    rule = ROLES[mandate.role]
    if (rule.body is Body.AGENCY) is (mandate.agency_id is None):
        raise InvalidInput("Agency roles need an agency, and operators have none.", field="agency")
    if mandate.service_ids is not None and not rule.may_be_limited:
        raise InvalidInput("Only a delegate's role can be for some services.", field="services")
    if mandate.ended_on is not None and mandate.ended_on <= mandate.valid_on:
        raise InvalidInput("A mandate ends after it begins.", field="ended_on")
    _lock_person(db, mandate.person_id)
    held = _find_held(db, mandate)
    if held is not None:
        return held
    if mandate.granted_by_id is not None and not _may_grant(
        _lock_granter(db, mandate.granted_by_id), mandate
    ):
        raise InvalidInput("Nobody grants more than they may do themselves.", field="granted_by")
    db.add(mandate)
    db.flush()
    record_start(db, mandate, by=by)
    return mandate


def _lock_person(db: Session, person_id: UUID) -> None:
    """Whoever gives this person a mandate waits; the next statement sees what was given before."""
    locking = select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    if db.scalar(locking) is None:
        raise NotFound("There is no such person.", detail=str(person_id))


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
    """The mandate granted under, which nobody ends before this is committed (see `end`)."""
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
        granted.role in ROLES[granter.role].grants
        and granted.organization_id == granter.organization_id
        and granted.person_id != granter.person_id
        and is_within
        and is_covered
    )
