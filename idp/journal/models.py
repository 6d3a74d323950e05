"""Tables of the journal."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Identity, Index, column, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from idp.journal.actors import Capacity
from idp.kit.db import Base, readable, table_of
from idp.kit.sealed import Sealed, SealedColumn

_CAPACITIES = ", ".join(f"'{capacity}'" for capacity in Capacity)


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


class Outcome(StrEnum):
    """How a sign-in ended."""

    SUCCESS = "success"
    REFUSED = "refused"
    ABANDONED = "abandoned"


KEPT_YEARS = 5
"""So long the law has the operator keep the journal: it is theirs to end (docs/operations.md)."""


FEW = (
    *("denominator.set", "figures.revised", "relying_party.created", "relying_party.state_changed"),
    *("representation.refused", "residents.counted", "satisfaction.counted", "system.stated"),
)
"""Events that months are counted from and that are few among very many: an index finds them."""


class JournalEntry(Base, kw_only=True):
    """One event. An event that ends a sign-in carries `outcome`, once per `sign_in_id`."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(
            "uq_journal_entry_sign_in_outcome",
            "sign_in_id",
            unique=True,
            postgresql_where=text("outcome IS NOT NULL"),
        ),
        Index("ix_journal_entry_at", "at", postgresql_using="brin"),
        Index("ix_journal_entry_xact_id_id", "xact_id", "id"),
        Index("ix_journal_entry_subject_number_at", "subject_number", "at"),
        Index(
            "ix_journal_entry_actor_number_at",
            "actor_number",
            "at",
            postgresql_where=text("actor_number IS NOT NULL"),
        ),
        Index(
            "ix_journal_entry_error_id",
            "error_id",
            postgresql_where=text("error_id IS NOT NULL"),
        ),
        Index(
            "ix_journal_entry_few",
            "event",
            "at",
            "id",
            postgresql_where=column("event").in_(FEW),
        ),
        *readable("at"),
        CheckConstraint(f"actor IN ({_CAPACITIES})", name="actor"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    at: Mapped[datetime]
    xact_id: Mapped[str] = mapped_column(
        Xid8(), server_default=text("pg_current_xact_id()"), init=False
    )
    event: Mapped[str]
    sign_in_id: Mapped[UUID | None] = mapped_column(default=None)
    outcome: Mapped[Outcome | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    acr: Mapped[str | None] = mapped_column(default=None)
    subject_number: Mapped[int | None] = mapped_column(default=None)
    organization_number: Mapped[int | None] = mapped_column(default=None)
    relying_party_id: Mapped[UUID | None] = mapped_column(default=None)
    service_id: Mapped[UUID | None] = mapped_column(default=None)
    agency_id: Mapped[UUID | None] = mapped_column(default=None)
    tier: Mapped[str | None] = mapped_column(default=None)
    counted: Mapped[bool] = mapped_column(default=True)
    error_id: Mapped[str | None] = mapped_column(default=None)
    source_id: Mapped[UUID | None] = mapped_column(default=None)
    actor: Mapped[str | None] = mapped_column(default=None)
    """As what somebody acted (`actors.Capacity`); null: the person or client it is about."""
    actor_number: Mapped[int | None] = mapped_column(default=None)
    """Their analytics number."""
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)


class JournalSource(Base, kw_only=True):
    """Address and port a request came from; `JournalEntry.source_id` names it while it is kept."""

    __tablename__ = "journal_source"
    __table_args__ = readable("at")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True, init=False)
    source_encrypted: Mapped[bytes] = mapped_column(Sealed())


SOURCE = SealedColumn(table_of(JournalSource).c.source_encrypted)


class JournalSeal(Base, kw_only=True):
    """A link of the hash chain over the entries committed since the link before."""

    __tablename__ = "journal_seal"
    __table_args__ = readable("sealed_at")

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    sealed_at: Mapped[datetime]
    from_xact_id: Mapped[str] = mapped_column(Xid8(), unique=True)
    until_xact_id: Mapped[str] = mapped_column(Xid8())
    entry_count: Mapped[int]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    key_id: Mapped[str | None] = mapped_column(default=None)
    signature: Mapped[bytes | None] = mapped_column(default=None)
    """Over the hash, under the key of that id; without in seals of before there were keys."""


class ErrorReport(Base, kw_only=True):
    """A refusal tied to no known relying party or person; kept 7 days."""

    __tablename__ = "error_report"
    __table_args__ = readable("at")

    error_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
