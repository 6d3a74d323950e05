"""Aggregates of the rollup, and the denominators.

What is published (days, figures, denominators, revisions) is only ever added to: a trigger refuses
the rest, and the serving role has no right to it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from idp.journal.models import Xid8
from idp.kit.db import Base


class AdoptionBitmap(Base, kw_only=True):
    """A set of subjects as a compressed bitmap; an empty set has no row.

    `subject_kind` is `person` or `organization`. `name` is what happened on that day (`any`,
    `strong`, `central`, `local`; kept 400 days), or, for the last closed day only, the same over
    the 364 days up to it (`window_any`, …) and the state at its end (`state_live`, …,
    `state_ending 2026-05-01`). What `AdoptionToday` tells of stands under that day too: the use
    since (`today_any 2026-05-02`) and the state now (`now_live`, …).
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


class AdoptionRevision(Base, kw_only=True):
    """Figures or denominators of published days that were replaced, and why."""

    __tablename__ = "adoption_revision"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1; 0 is the first publication, of every day."""
    revised_at: Mapped[datetime] = mapped_column(server_default=func.now(), init=False)
    reason: Mapped[str]
    first_on: Mapped[date | None] = mapped_column(default=None)
    last_on: Mapped[date | None] = mapped_column(default=None)
    """The first and last day that changed."""


class AdoptionFigure(Base, kw_only=True):
    """One figure as of the end of one closed day; the newest revision is the one that stands.

    `subject_kind` is `person`, a kind of organization, or `service`; `figure` and `window_name` are
    those of `definitions.py`. A figure that could not be known has no row.
    """

    __tablename__ = "adoption_figure"
    __table_args__ = (
        PrimaryKeyConstraint("day_on", "subject_kind", "figure", "window_name", "revision"),
    )

    day_on: Mapped[date]
    subject_kind: Mapped[str]
    figure: Mapped[str]
    window_name: Mapped[str]
    value: Mapped[int | None]
    """Null: a revision took it back."""
    revision: Mapped[int] = mapped_column(ForeignKey(AdoptionRevision.number), default=0)


class AdoptionDay(Base, kw_only=True):
    """A closed day: when, what of the journal was read by then, and by which rules it counted."""

    __tablename__ = "adoption_day"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    snapshot: Mapped[str]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )
    """Of the closing: with `snapshot`, what it saw (`journal.snapshots`)."""
    time_zone: Mapped[str]
    strong_acrs: Mapped[list[str]]
    """Which acr values counted as LoA2 or higher."""


class AdoptionToday(Base, kw_only=True):
    """How far the days since the last closed one have been read already; one row, or none."""

    __tablename__ = "adoption_today"

    closed_on: Mapped[date] = mapped_column(primary_key=True)
    snapshot: Mapped[str]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )


class Denominator(Base, kw_only=True):
    """A dated count that a rate is taken of, with its source; of several, the last version."""

    __tablename__ = "denominator"
    __table_args__ = (PrimaryKeyConstraint("kind", "counted_on", "version"),)

    kind: Mapped[str]
    counted_on: Mapped[date]
    value: Mapped[int]
    source: Mapped[str]
    is_synthetic: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    in_force_on: Mapped[date | None] = mapped_column(default=None)
    """The first day whose rates take it; null: every day from `counted_on` on."""
    revision: Mapped[int] = mapped_column(ForeignKey(AdoptionRevision.number), default=0)
    """With which it replaced what published days had taken; 0: with none."""


class GroupDenominator(Base, kw_only=True):
    """Residents of one age band (`groups.AGE_BANDS`) and sex."""

    __tablename__ = "group_denominator"
    __table_args__ = (PrimaryKeyConstraint("age", "sex", "counted_on", "version"),)

    age: Mapped[str]
    sex: Mapped[str]
    counted_on: Mapped[date]
    version: Mapped[int]
    value: Mapped[int]
    source: Mapped[str]
    is_synthetic: Mapped[bool] = mapped_column(default=False)


class PlaceDenominator(Base, kw_only=True):
    """The same of one province, named by the code that it had on that date."""

    __tablename__ = "place_denominator"
    __table_args__ = (PrimaryKeyConstraint("kind", "place_code", "counted_on", "version"),)

    kind: Mapped[str]
    place_code: Mapped[str]
    counted_on: Mapped[date]
    version: Mapped[int]
    value: Mapped[int]
    source: Mapped[str]
    is_synthetic: Mapped[bool] = mapped_column(default=False)
