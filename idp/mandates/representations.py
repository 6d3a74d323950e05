"""The view of organizations: for whom a person may act, and who acts for an organization."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from idp.kit.db import TODAY
from idp.kit.immutable import immutable
from idp.mandates.live import may_represent
from idp.mandates.models import Mandate
from idp.organizations.models import Organization
from idp.people.models import Person


@immutable(kw_only=True)
class RepresentedOrganization:
    """An organization someone may act for, under that mandate.

    `organization_number` is the one the figures count: of a branch, its enterprise's.
    """

    mandate_id: UUID
    organization_number: int
    tax_code: str
    name: str
    role: str
    service_ids: list[UUID] | None

    def covers(self, service_id: UUID | None) -> bool:
        """Whether the mandate is for that service; one for some services is not for None."""
        return self.service_ids is None or service_id in self.service_ids


_enterprise = aliased(Organization)
_REPRESENTED = (
    select(
        Mandate.id.label("mandate_id"),
        func.coalesce(_enterprise.organization_number, Organization.organization_number).label(
            "organization_number"
        ),
        Organization.tax_code,
        Organization.name,
        Mandate.role,
        Mandate.service_ids,
    )
    .join(Organization, may_represent())
    .outerjoin(_enterprise, _enterprise.tax_code == func.left(Organization.tax_code, 10))
    .where(Mandate.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(Organization.name, Organization.tax_code, Mandate.role.desc())
)


def list_representations(
    db: Session, *, person_id: UUID, on: date
) -> list[RepresentedOrganization]:
    """The active organizations the person may act for on that day, by name. One statement."""
    rows = db.execute(_REPRESENTED, {"person_id": person_id, "today": on})
    return [RepresentedOrganization(**row._asdict()) for row in rows]


@immutable(kw_only=True)
class Representative:
    """Someone who acts for an organization, now or from a day to come."""

    mandate_id: UUID
    person_id: UUID
    name: str
    role: str
    service_ids: list[UUID] | None
    valid_on: date
    ended_on: date | None
    evidence: dict[str, Any]


_ACTING = (
    select(
        Mandate.id.label("mandate_id"),
        Mandate.person_id,
        Person.name,
        Mandate.role,
        Mandate.service_ids,
        Mandate.valid_on,
        Mandate.ended_on,
        Mandate.evidence,
    )
    .join(Person, Person.id == Mandate.person_id)
    .where(
        Mandate.organization_id == bindparam("organization_id", type_=Uuid()),
        or_(Mandate.ended_on.is_(None), Mandate.ended_on > TODAY),
    )
    .order_by(Mandate.role.desc(), Mandate.valid_on, Mandate.id)
)


def list_representatives(db: Session, *, organization_id: UUID, on: date) -> list[Representative]:
    """Who acts for the organization on that day or a later one, whatever its status."""
    rows = db.execute(_ACTING, {"organization_id": organization_id, "today": on})
    return [Representative(**row._asdict()) for row in rows]
