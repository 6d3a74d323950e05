"""The table of staff."""

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class Role(StrEnum):
    """What a member of staff may do. An operator belongs to no agency."""

    OPERATOR = "operator"
    AGENCY_OWNER = "agency_owner"
    AGENCY_DEVELOPER = "agency_developer"


class StaffMember(Base, kw_only=True):
    """A post: a person in a role from `valid_on` until `ended_on` (exclusive)."""

    __tablename__ = "staff_member"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    agency_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("agency.id"), index=True, default=None
    )
    valid_on: Mapped[date]
    ended_on: Mapped[date | None] = mapped_column(default=None)
