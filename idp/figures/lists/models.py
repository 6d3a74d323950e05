"""Delivered lists: what is kept of each, and who stands in lists without an account here."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, PrimaryKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from idp.journal.models import Xid8
from idp.kit.db import Base

SERVED, LOCAL, UNKNOWN, UNKNOWN_LOCAL = "served", "local", "unknown", "unknown_local"
"""Names of sets: whom the system served, who of them signed in locally; who has no account, and who
of those signed in locally."""


class DeliveredList(Base, kw_only=True):
    """One version of the list of one system and month; only ever added to.

    A list that is delivered again is another version: the newest that a freeze has seen counts.
    """

    __tablename__ = "delivered_list"
    __table_args__ = (UniqueConstraint("system_id", "month_on", "version"),)

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    system_id: Mapped[UUID] = mapped_column(ForeignKey("information_system.id"))
    month_on: Mapped[date]
    """The last day of the month."""
    version: Mapped[int]
    """From 1."""
    delivered_at: Mapped[datetime]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )
    sha256: Mapped[bytes]
    """Of the file, which itself is not kept."""
    lines: Mapped[int]
    """People and organizations that the system served."""
    local_sign_ins: Mapped[int]
    """Sign-ins of theirs with a local account."""


class DeliveredSet(Base, kw_only=True):
    """Who stands in a list, as a compressed bitmap; an empty set has no row.

    `name`: SERVED or LOCAL, by analytics number; UNKNOWN or UNKNOWN_LOCAL, by the number of a
    `ListedUnknown`.
    """

    __tablename__ = "delivered_set"
    __table_args__ = (PrimaryKeyConstraint("list_number", "subject_kind", "name"),)

    list_number: Mapped[int] = mapped_column(ForeignKey(DeliveredList.number))
    subject_kind: Mapped[str]
    name: Mapped[str]
    bitmap: Mapped[bytes]


class ListedUnknown(Base, kw_only=True):
    """Somebody in a list who had no account here, known by a keyed hash for thirteen months.

    So long one person in several lists is counted once; then the hash goes, and a number that
    means nothing is left in the bitmaps.
    """

    __tablename__ = "listed_unknown"
    __table_args__ = (UniqueConstraint("subject_kind", "value_hash"),)

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    subject_kind: Mapped[str]
    value_hash: Mapped[bytes]
    last_on: Mapped[date]
    """The last month of a list that names them."""


class ListedKnown(Base, kw_only=True):
    """Somebody who had no account when a list named them, and had one when another did."""

    __tablename__ = "listed_known"

    unknown_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_kind: Mapped[str]
    subject_number: Mapped[int]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=func.pg_current_xact_id(), init=False
    )
