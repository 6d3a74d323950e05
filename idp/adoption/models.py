"""Aggregates of the rollup, and the denominators."""

from datetime import date, datetime

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class AdoptionBitmap(Base):
    """The subjects of one set at the end of one day, as a compressed bitmap.

    `subject_kind` is `person` or `organization`; `name` is a state at the end of the day
    (`reg`, `ver1`, `ver2`), what happened on it (`central`, `local`, `any`), or the same over the
    364 days before (`central_window`, …).
    """

    __tablename__ = "adoption_bitmap"
    __table_args__ = (PrimaryKeyConstraint("day_on", "subject_kind", "name"),)

    day_on: Mapped[date]
    subject_kind: Mapped[str]
    name: Mapped[str]
    bitmap: Mapped[bytes]


class AdoptionFigure(Base):
    """One figure as of the end of one closed day."""

    __tablename__ = "adoption_figure"
    __table_args__ = (PrimaryKeyConstraint("day_on", "subject_kind", "figure", "window_name"),)

    day_on: Mapped[date]
    subject_kind: Mapped[str]
    figure: Mapped[str]
    window_name: Mapped[str]
    value: Mapped[int]


class AdoptionDay(Base):
    """A closed day: its aggregates are final."""

    __tablename__ = "adoption_day"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]


class Denominator(Base):
    """A dated count that a rate is taken of, with its source."""

    __tablename__ = "denominator"
    __table_args__ = (PrimaryKeyConstraint("kind", "counted_on"),)

    kind: Mapped[str]
    counted_on: Mapped[date]
    value: Mapped[int]
    source: Mapped[str]
    is_synthetic: Mapped[bool] = mapped_column(default=False)
