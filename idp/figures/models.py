"""Aggregates of the rollup, and the denominators."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class AdoptionBitmap(Base, kw_only=True):
    """A set of subjects as a compressed bitmap; an empty set has no row.

    `subject_kind` is `person` or `organization`. `name` is what happened on that day (`any`,
    `strong`, `central`, `local`; kept 400 days), or, for the last closed day only, the same over
    the 364 days up to it (`window_any`, …) and the state at its end (`state_live`, …,
    `state_ending 2026-05-01`).
    """

    __tablename__ = "adoption_bitmap"
    __table_args__ = (PrimaryKeyConstraint("day_on", "subject_kind", "name"),)

    day_on: Mapped[date]
    subject_kind: Mapped[str]
    name: Mapped[str]
    bitmap: Mapped[bytes]


class AdoptionServiceUse(Base, kw_only=True):
    """The last closed day on which a service had a counted success."""

    __tablename__ = "adoption_service_use"

    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_success_on: Mapped[date]


class AdoptionFigure(Base, kw_only=True):
    """One figure as of the end of one closed day.

    `subject_kind` is `person`, a kind of organization, or `service`; `figure` and `window_name` are
    those of `definitions.py`. A figure that could not be known has no row.
    """

    __tablename__ = "adoption_figure"
    __table_args__ = (PrimaryKeyConstraint("day_on", "subject_kind", "figure", "window_name"),)

    day_on: Mapped[date]
    subject_kind: Mapped[str]
    figure: Mapped[str]
    window_name: Mapped[str]
    value: Mapped[int]


class AdoptionDay(Base, kw_only=True):
    """A closed day: its aggregates are final."""

    __tablename__ = "adoption_day"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]


class Denominator(Base, kw_only=True):
    """A dated count that a rate is taken of, with its source."""

    __tablename__ = "denominator"
    __table_args__ = (PrimaryKeyConstraint("kind", "counted_on"),)

    kind: Mapped[str]
    counted_on: Mapped[date]
    value: Mapped[int]
    source: Mapped[str]
    is_synthetic: Mapped[bool] = mapped_column(default=False)
