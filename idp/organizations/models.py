"""Tables of organizations."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Identity
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class OrganizationKind(StrEnum):
    """Only enterprises stand in the enterprise denominator.

    An `agency` is a public body as it pays taxes; its staff hold mandates of the agency, not of it.
    """

    ENTERPRISE = "enterprise"
    COOPERATIVE = "cooperative"
    HOUSEHOLD = "household"
    AGENCY = "agency"


class OrganizationStatus(StrEnum):
    """As the business register records it."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DISSOLVED = "dissolved"


class Organization(Base, kw_only=True):
    """An organization, keyed by its tax code (10 digits, or 13 for a branch)."""

    __tablename__ = "organization"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organization_number: Mapped[int] = mapped_column(Identity(always=True), unique=True, init=False)
    tax_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[OrganizationKind] = mapped_column(default=OrganizationKind.ENTERPRISE)
    status: Mapped[OrganizationStatus] = mapped_column(default=OrganizationStatus.ACTIVE)
    place_code: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
