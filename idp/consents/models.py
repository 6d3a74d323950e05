"""The tables of consents and of the agreements they are made of."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class Consent(Base, kw_only=True):
    """What a person agreed to with a relying party, in all, until they withdraw it.

    Apart for each mandate under which they act for an organization; null: for themselves. At most
    one of each is open.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_current",
            "person_id",
            "relying_party_id",
            "mandate_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    relying_party_id: Mapped[UUID] = mapped_column(ForeignKey("relying_party.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"), default=None)
    scopes: Mapped[list[str]]
    claims: Mapped[list[str]]
    resources: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    purpose_key: Mapped[str] = mapped_column(default="", server_default="")
    """What for: the party's `purpose_key` when they agreed last; empty: none was said."""
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class Agreement(Base, kw_only=True):
    """One time that a person agreed: what was asked, and in `evidence` what they were shown.

    Only ever added: the consent says when it was withdrawn.
    """

    __tablename__ = "consent_agreement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    scopes: Mapped[list[str]]
    claims: Mapped[list[str]]
    resources: Mapped[list[str]]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    agreed_at: Mapped[datetime]
