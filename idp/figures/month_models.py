"""Frozen months: what was counted, of what, by which rules. Only ever added to, as all published.

A freeze is one counting of one month: revision 0 as the month's last day is closed, more when what
is found late is published with a reason.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, PrimaryKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from idp.journal.models import Xid8
from idp.kit.db import Base


class AdoptionMonth(Base, kw_only=True):
    """One freeze of one month."""

    __tablename__ = "adoption_month"
    __table_args__ = (UniqueConstraint("month_on", "revision"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counts all freezes, from 1."""
    month_on: Mapped[date]
    """The last day of the month."""
    revision: Mapped[int]
    """0 as first published."""
    reason: Mapped[str]
    """Why it was revised; empty for the first."""
    frozen_at: Mapped[datetime]
    snapshot: Mapped[str]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )
    """Of the freeze: with `snapshot`, what of the journal it saw (`journal.snapshots`)."""
    time_zone: Mapped[str]
    strong_acrs: Mapped[list[str]]
    code_version: Mapped[str]
    """Of the program, and a hash of the sources that count."""
    definitions_version: Mapped[str]
    rows_hash: Mapped[bytes]
    """SHA-256 over the rows in canonical form (`slice_rows.canonical`)."""


class AdoptionSlice(Base, kw_only=True):
    """One figure of a frozen month. A count that is zero has no row; nor has one not known."""

    __tablename__ = "adoption_slice"
    __table_args__ = (
        PrimaryKeyConstraint(
            "freeze_number", "dimension", "code", "subject_kind", "figure", "window_name"
        ),
    )

    freeze_number: Mapped[int] = mapped_column(ForeignKey(AdoptionMonth.number))
    subject_kind: Mapped[str]
    dimension: Mapped[str]
    """`country`, `place` (as they are today), `place_then`, `tier`, `ministry`, `agency`, …"""
    code: Mapped[str]
    """Which of them: a place's code, an id; empty for the country and for what is not known."""
    window_name: Mapped[str]
    figure: Mapped[str]
    value: Mapped[int]


class AdoptionAction(Base, kw_only=True):
    """What could move a frozen month's figure (`action_rows`); 0 has a row, what is unknown none.

    Bitmaps are counted as the month is frozen alone: pages read this.
    """

    __tablename__ = "adoption_action"
    __table_args__ = (
        PrimaryKeyConstraint(
            "freeze_number", "dimension", "code", "subject_kind", "lever", "figure"
        ),
    )

    freeze_number: Mapped[int] = mapped_column(ForeignKey(AdoptionMonth.number))
    dimension: Mapped[str]
    """Whose it is: `country`, `place`, `ministry`, `system`, `service`."""
    code: Mapped[str]
    subject_kind: Mapped[str]
    lever: Mapped[str]
    figure: Mapped[str]
    value: Mapped[int]


class AdoptionMonthSet(Base, kw_only=True):
    """Who did what in a month, as a compressed bitmap (`month_use`); the journal can remake it."""

    __tablename__ = "adoption_month_set"
    __table_args__ = (PrimaryKeyConstraint("month_on", "subject_kind", "dimension", "code"),)

    month_on: Mapped[date]
    """The first day of the month."""
    subject_kind: Mapped[str]
    dimension: Mapped[str]
    code: Mapped[str]
    bitmap: Mapped[bytes]


class AdoptionMonthRead(Base, kw_only=True):
    """How far the sets of months have been read; one row, or none."""

    __tablename__ = "adoption_month_read"

    last_on: Mapped[date] = mapped_column(primary_key=True)
    """The last day of the last month that was read."""
    snapshot: Mapped[str]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )
