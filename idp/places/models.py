"""Tables of places. A code alone is no key: 8 province codes changed their meaning in 2025."""

from datetime import date

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class Place(Base, kw_only=True):
    """A place as it was called from `valid_on` until `ended_on` (exclusive; open when null)."""

    __tablename__ = "place"
    __table_args__ = (PrimaryKeyConstraint("code", "valid_on"),)

    code: Mapped[str]
    valid_on: Mapped[date]
    ended_on: Mapped[date | None] = mapped_column(default=None)
    tier: Mapped[str] = mapped_column(default="province")
    name_vi: Mapped[str]
    name_en: Mapped[str]


class PlaceSuccession(Base, kw_only=True):
    """The crosswalk: what an ended place became."""

    __tablename__ = "place_succession"
    __table_args__ = (PrimaryKeyConstraint("old_code", "old_valid_on"),)

    old_code: Mapped[str]
    old_valid_on: Mapped[date]
    new_code: Mapped[str]
    new_valid_on: Mapped[date]
