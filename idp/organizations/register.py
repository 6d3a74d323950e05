"""Entering organizations, and who may act for them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.errors import InvalidInput, NotFound
from idp.organizations import tax_codes
from idp.organizations.models import (
    Organization,
    OrganizationKind,
    OrganizationStatus,
    Representation,
)
from idp.people.models import Person

LEGAL_REPRESENTATIVE = "legal_representative"


def find_organization(db: Session, *, tax_code: str) -> Organization | None:
    """The organization with a normalised tax code."""
    return db.scalar(select(Organization).where(Organization.tax_code == tax_code))


def register_organization(
    db: Session,
    *,
    tax_code: str,
    name: str,
    at: datetime,
    kind: OrganizationKind = OrganizationKind.ENTERPRISE,
    place_code: str | None = None,
) -> Organization:
    """Enter an organization as the business register knows it.

    A branch needs its enterprise first, for it is counted as that one; InvalidInput otherwise, and
    for a wrong or a known code.
    """
    code = tax_codes.normalise(tax_code)
    if find_organization(db, tax_code=code):
        raise InvalidInput("An organization with this tax code is registered.", field="tax_code")
    branch = tax_codes.is_branch(code)
    if branch and not find_organization(db, tax_code=tax_codes.enterprise_code(code)):
        raise InvalidInput("Register the enterprise before its branch.", field="tax_code")
    organization = Organization(
        tax_code=code,
        name=name.strip(),
        kind=kind,
        place_code=place_code,
        created_at=at,
    )
    db.add(organization)
    db.flush()
    record(
        db,
        event="organization.registered",
        at=at,
        organization_number=organization.organization_number,
        data={
            "kind": "branch" if branch else kind.value,
            "status": organization.status.value,
        },
    )
    return organization


def change_status(
    db: Session, *, organization: Organization, status: OrganizationStatus, at: datetime
) -> None:
    """Follow the business register; nobody acts for an organization that is not active."""
    if organization.status is status:
        return
    organization.status = status
    record(
        db,
        event="organization.status_changed",
        at=at,
        organization_number=organization.organization_number,
        data={"status": status.value},
    )


def start_representation(
    db: Session,
    *,
    organization: Organization,
    person_id: UUID,
    valid_on: date,
    at: datetime,
    role: str = LEGAL_REPRESENTATIVE,
) -> Representation:
    """Let a person act for an organization from `valid_on`; the one already current is returned."""
    person = db.execute(
        select(Person.subject_number, Person.proofing).where(Person.id == person_id)
    ).one_or_none()
    if person is None:
        raise NotFound("There is no such person.", detail=str(person_id))
    db.execute(select(Organization.id).where(Organization.id == organization.id).with_for_update())
    current = db.scalar(
        select(Representation).where(
            Representation.organization_id == organization.id,
            Representation.person_id == person_id,
            Representation.role == role,
            or_(Representation.ended_on.is_(None), Representation.ended_on > valid_on),
        )
    )
    if current:
        return current
    representation = Representation(
        organization_id=organization.id,
        person_id=person_id,
        role=role,
        valid_on=valid_on,
        created_at=at,
    )
    db.add(representation)
    db.flush()
    record(
        db,
        event="representation.started",
        at=at,
        subject_number=person.subject_number,
        organization_number=organization.organization_number,
        data={"role": role, "proofing": person.proofing, "valid_on": valid_on.isoformat()},
    )
    return representation


def end_representation(
    db: Session, *, representation: Representation, on: date, at: datetime
) -> None:
    """From `on` the person no longer acts for the organization; the history stays."""
    if representation.ended_on is not None and representation.ended_on <= on:
        return
    representation.ended_on = on
    numbers = db.execute(
        select(Person.subject_number, Organization.organization_number)
        .where(Person.id == representation.person_id)
        .join(Organization, Organization.id == representation.organization_id)
    ).one()
    record(
        db,
        event="representation.ended",
        at=at,
        subject_number=numbers.subject_number,
        organization_number=numbers.organization_number,
        data={
            "role": representation.role,
            "valid_on": representation.valid_on.isoformat(),
            "ended_on": on.isoformat(),
        },
    )
