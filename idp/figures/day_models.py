"""What rolling figures are counted from, day by day, and the counts themselves.

Kept for 400 days and then dropped: they are the operator's own, and nothing of them is published.
The journal gives them again.
"""

from datetime import date

from sqlalchemy import PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from idp.journal.models import Xid8
from idp.kit.db import Base


class AdoptionDaySet(Base, kw_only=True):
    """A set of subjects of one day as a compressed bitmap; an empty set has no row.

    Dimensions and codes are those of `month_use`.
    """

    __tablename__ = "adoption_day_set"
    __table_args__ = (PrimaryKeyConstraint("day_on", "subject_kind", "dimension", "code"),)

    day_on: Mapped[date]
    """The day of the sign-ins, however late they were known."""
    subject_kind: Mapped[str]
    dimension: Mapped[str]
    code: Mapped[str]
    bitmap: Mapped[bytes]


class AdoptionDayRead(Base, kw_only=True):
    """How far the sets of days have been read; one row, or none."""

    __tablename__ = "adoption_day_read"

    last_on: Mapped[date] = mapped_column(primary_key=True)
    """The last day that was read; its rolling figures have been counted."""
    snapshot: Mapped[str]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )


class AdoptionRolling(Base, kw_only=True):
    """One figure over the days that end with a closed day; one that is zero has no row.

    Columns as of `AdoptionSlice`, windows those of `rolling.WINDOWS`.
    """

    __tablename__ = "adoption_rolling"
    __table_args__ = (
        PrimaryKeyConstraint(
            "day_on", "dimension", "code", "subject_kind", "figure", "window_name"
        ),
    )

    day_on: Mapped[date]
    subject_kind: Mapped[str]
    dimension: Mapped[str]
    code: Mapped[str]
    window_name: Mapped[str]
    figure: Mapped[str]
    value: Mapped[int]
