"""The table of mandates."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Enum, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base
from idp.mandates.roles import ROLES, Body


def _only_of(column: str, body: Body) -> str:
    roles = ", ".join(f"'{role}'" for role, rule in ROLES.items() if rule.body is body)
    return f"({column} IS NOT NULL) = (role IN ({roles}))"


class Mandate(Base, kw_only=True):
    """A person acts for a body in a role from `valid_on` until `ended_on` (exclusive).

    The body is the organization or the agency named; an operator names neither. `service_ids` are
    the public services it is for; null: all. `granted_by_id` is the mandate under which somebody
    gave it, and with which it ends; null: it comes from a register or from the operator.
    `evidence` says from where: `source`, and the `reference` there.

    A post waits from `waits_since` until so many operators agree as `holding` says; null: it works.
    `asked_by_number` is the analytics number of who had it wait, as they said so themselves where
    they did from the account of a computer, `asked_from`.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint(
            f"{_only_of('agency_id', Body.AGENCY)} AND "
            f"{_only_of('organization_id', Body.ORGANIZATION)}",
            name="body",
        ),
        CheckConstraint("cardinality(service_ids) > 0", name="services"),
        Index("ix_mandate_role", "role", postgresql_where=text("organization_id IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(
        Enum(*ROLES, name="role", native_enum=False, create_constraint=True)
    )
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), default=None)
    organization_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organization.id"), index=True, default=None
    )
    service_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid), default=None)
    valid_on: Mapped[date]
    ended_on: Mapped[date | None] = mapped_column(default=None)
    granted_by_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("mandate.id"), index=True, default=None
    )
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    created_at: Mapped[datetime]
    waits_since: Mapped[datetime | None] = mapped_column(default=None)
    waits_because: Mapped[str] = mapped_column(default="", server_default="")
    asked_by_number: Mapped[int | None] = mapped_column(BigInteger, default=None)
    asked_from: Mapped[str] = mapped_column(default="", server_default="")
    agreed_by_numbers: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), default_factory=list, server_default="{}"
    )
