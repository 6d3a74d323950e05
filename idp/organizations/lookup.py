"""For whom a person may act on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import Select

from idp.kit.errors import NotFound
from idp.organizations.models import Organization, OrganizationStatus, Representation


@dataclass(frozen=True)
class RepresentedOrganization:
    """An organization someone may act for.

    `organization_number` is the one the figures count: of a branch, its enterprise's.
    """

    organization_id: UUID
    organization_number: int
    tax_code: str
    name: str
    role: str


def list_representations(
    db: Session, *, person_id: UUID, on: date
) -> list[RepresentedOrganization]:
    """The active organizations the person may act for on that day, by name."""
    return [_read(row) for row in db.execute(_current(person_id, on)).all()]


def find_organization_names(db: Session, *, numbers: Collection[int]) -> dict[int, str]:
    """The names of the organizations the journal names so; none asked for, no statement."""
    if not numbers:
        return {}
    rows = db.execute(
        select(Organization.organization_number, Organization.name).where(
            Organization.organization_number.in_(numbers)
        )
    )
    return {number: name for number, name in rows}  # noqa: C416 - rows are no pairs to mypy


def get_representation(
    db: Session, *, person_id: UUID, organization_id: UUID, on: date
) -> RepresentedOrganization:
    """The person's right to act for that organization; NotFound when there is none that day."""
    row = db.execute(_current(person_id, on).where(Organization.id == organization_id)).first()
    if row is None:
        raise NotFound("You may not act for this organization.")
    return _read(row)


def _current(person_id: UUID, on: date) -> Select[UUID, int, str, str, str]:
    enterprise = aliased(Organization)
    return (
        select(
            Organization.id,
            func.coalesce(enterprise.organization_number, Organization.organization_number),
            Organization.tax_code,
            Organization.name,
            Representation.role,
        )
        .join(Representation, Representation.organization_id == Organization.id)
        .outerjoin(enterprise, enterprise.tax_code == func.left(Organization.tax_code, 10))
        .where(
            Representation.person_id == person_id,
            Representation.valid_on <= on,
            or_(Representation.ended_on.is_(None), Representation.ended_on > on),
            Organization.status == OrganizationStatus.ACTIVE,
        )
        .order_by(Organization.name, Organization.tax_code)
    )


def _read(row: Row[UUID, int, str, str, str]) -> RepresentedOrganization:
    organization_id, number, tax_code, name, role = row
    return RepresentedOrganization(
        organization_id=organization_id,
        organization_number=number,
        tax_code=tax_code,
        name=name,
        role=role,
    )
