"""Tables of the State's own catalogue: agencies, their systems, their public services."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from idp.kit.db import Base
from idp.kit.languages import name_in


class Tier(StrEnum):
    """Where an agency stands in the state; districts ended on 30/06/2025."""

    CENTRAL = "central"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"

    @property
    def is_local(self) -> bool:
        """Whether a service of this tier counts as local in UNI-used."""
        return self is not Tier.CENTRAL


class LoginState(StrEnum):
    """How far a system has moved its end-user sign-in here."""

    NONE = "none"
    PILOT = "pilot"
    BESIDE = "beside"
    EXCLUSIVE = "exclusive"


class _Named(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    name_vi: Mapped[str]
    name_en: Mapped[str]

    def name(self, language: str) -> str:
        """The name in a language."""
        return name_in(language, vietnamese=self.name_vi, english=self.name_en)


class Agency(_Named, Base, kw_only=True):
    """An agency from `valid_on` until `ended_on` (exclusive)."""

    __tablename__ = "agency"
    __table_args__ = (
        Index(
            "uq_agency_code_current", "code", unique=True, postgresql_where=text("ended_on IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    code: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), default=None)
    tier: Mapped[Tier]
    place_code: Mapped[str | None] = mapped_column(default=None)
    valid_on: Mapped[date]
    ended_on: Mapped[date | None] = mapped_column(default=None)


class InformationSystem(_Named, Base, kw_only=True):
    """A system of an agency; `needs_sign_in` puts it into SYS-cov's denominator."""

    __tablename__ = "information_system"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    needs_sign_in: Mapped[bool] = mapped_column(default=True)
    login_state: Mapped[LoginState] = mapped_column(default=LoginState.NONE)


class PublicService(_Named, Base, kw_only=True):
    """A public service (administrative procedure) and the assurance it requires.

    The level is kept with its scheme and date; schemes are never converted silently.
    `declared_login`: the agency states a centralized login for it (first step of L4-auth).
    """

    __tablename__ = "public_service"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    procedure_code: Mapped[str] = mapped_column(unique=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    system_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("information_system.id"), index=True, default=None
    )
    level_scheme: Mapped[str] = mapped_column(default="ND43/2011")
    level: Mapped[int] = mapped_column(SmallInteger)
    level_valid_on: Mapped[date]
    required_acr: Mapped[str] = mapped_column(default="LoA1")
    declared_login: Mapped[bool] = mapped_column(default=False)
    tested_at: Mapped[datetime | None] = mapped_column(default=None)
