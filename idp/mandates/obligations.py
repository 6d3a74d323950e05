"""What a person has to hand on before they can close their account."""

from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.kit.immutable import immutable
from idp.kit.languages import name_in
from idp.mandates.models import Mandate
from idp.organizations.models import Organization, OrganizationStatus


@immutable(kw_only=True)
class Obligation:
    """A post, or an organization they act for, now or later; an operator's has no names."""

    role: str
    vietnamese: str
    english: str

    def name(self, language: str) -> str:
        """Of the agency or organization; empty for the operator's."""
        return name_in(language, vietnamese=self.vietnamese, english=self.english)


def list_obligations(db: Session, *, person_id: UUID, on: date) -> list[Obligation]:
    """Those of agencies and organizations that there are on that day. One statement."""
    exists = or_(
        and_(Mandate.agency_id.is_(None), Mandate.organization_id.is_(None)),
        and_(Agency.id.is_not(None), or_(Agency.ended_on.is_(None), Agency.ended_on > on)),
        Organization.status == OrganizationStatus.ACTIVE,
    )
    rows = db.execute(
        select(Mandate.role, Agency.name_vi, Agency.name_en, Organization.name)
        .outerjoin(Agency, Agency.id == Mandate.agency_id)
        .outerjoin(Organization, Organization.id == Mandate.organization_id)
        .where(Mandate.person_id == person_id, exists)
        .where(or_(Mandate.ended_on.is_(None), Mandate.ended_on > on))
        .order_by(Mandate.role, Organization.name, Agency.name_vi)
    )
    return [
        Obligation(role=role, vietnamese=company or vi or "", english=company or en or "")
        for role, vi, en, company in rows
    ]
