"""The table of consents."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class Consent(Base, kw_only=True):
    """One agreement; `evidence` keeps what was shown. At most one is open per pair."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "uq_consent_current",
            "person_id",
            "relying_party_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    relying_party_id: Mapped[UUID] = mapped_column(ForeignKey("relying_party.id"))
    scopes: Mapped[list[str]]
    claims: Mapped[list[str]]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
