"""Which posts a person holds."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.kit.languages import name_in
from idp.staff.models import Role, StaffMember


@dataclass(frozen=True)
class Post:
    """A post held; an operator's has no agency."""

    id: UUID
    role: Role
    agency_id: UUID | None
    agency_code: str
    agency_name_vi: str
    agency_name_en: str

    def agency_name(self, language: str) -> str:
        """The agency's name in a language."""
        return name_in(language, vietnamese=self.agency_name_vi, english=self.agency_name_en)


def find_posts(db: Session, *, person_id: UUID, on: date) -> list[Post]:
    """The posts a person holds on that day, at agencies that exist on it. One statement."""
    rows = db.execute(
        select(
            StaffMember.id,
            StaffMember.role,
            StaffMember.agency_id,
            Agency.code,
            Agency.name_vi,
            Agency.name_en,
        )
        .outerjoin(Agency, Agency.id == StaffMember.agency_id)
        .where(StaffMember.person_id == person_id, StaffMember.valid_on <= on)
        .where(or_(StaffMember.ended_on.is_(None), StaffMember.ended_on > on))
        .where(
            or_(StaffMember.agency_id.is_(None), Agency.ended_on.is_(None), Agency.ended_on > on)
        )
        .order_by(StaffMember.role, Agency.code)
    )
    return [
        Post(
            id=post_id,
            role=role,
            agency_id=agency_id,
            agency_code=code or "",
            agency_name_vi=name_vi or "",
            agency_name_en=name_en or "",
        )
        for post_id, role, agency_id, code, name_vi, name_en in rows
    ]
