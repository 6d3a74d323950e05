"""The table of desks."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base
from idp.kit.languages import name_in


class Desk(Base, kw_only=True):
    """An office that receives people, until `closed_on` (exclusive).

    `found_by` is what its commune's names, today's and former ones, are without marks. What has no
    English is shown in Vietnamese.
    """

    __tablename__ = "desk"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    name_vi: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    address: Mapped[str]
    commune_code: Mapped[str]
    commune: Mapped[str]
    former_names: Mapped[str] = mapped_column(default="")
    found_by: Mapped[str]
    province_code: Mapped[str] = mapped_column(index=True)
    hours_vi: Mapped[str]
    hours_en: Mapped[str] = mapped_column(default="")
    telephone: Mapped[str] = mapped_column(default="")
    bring_vi: Mapped[str] = mapped_column(default="")
    bring_en: Mapped[str] = mapped_column(default="")
    closed_on: Mapped[date | None] = mapped_column(default=None)

    def name(self, language: str) -> str:
        """Its name in a language."""
        return name_in(language, vietnamese=self.name_vi, english=self.name_en)

    def hours(self, language: str) -> str:
        """When it is open, in a language."""
        return name_in(language, vietnamese=self.hours_vi, english=self.hours_en)

    def bring(self, language: str) -> str:
        """What people bring besides their ID card; empty: nothing."""
        return name_in(language, vietnamese=self.bring_vi, english=self.bring_en)
