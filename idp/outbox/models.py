"""The table of messages."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn


class OutboxMessage(Base, kw_only=True):
    """One message to one recipient. Each kind says what its recipients, keys and payloads are.

    `outcome` is empty while it waits for `next_at`; then `delivered` or `failed`. `last_status` is
    what the last attempt came to, in a word or two. An attempt is under way until `claimed_until`.
    `private_encrypted`, which nobody reads in the database, is gone once the message settles.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("kind", "recipient", "key"),
        Index("ix_outbox_message_waiting", "next_at", postgresql_where=text("outcome IS NULL")),
        Index(
            "ix_outbox_message_under_way",
            "claimed_until",
            postgresql_where=text("outcome IS NULL AND claimed_until IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    kind: Mapped[str]
    recipient: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    private_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)
    last_status: Mapped[str] = mapped_column(default="")
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)


PRIVATE = SealedColumn(table_of(OutboxMessage).c.private_encrypted)
