"""The table of sessions."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class SignInSession(Base, kw_only=True):
    """A session. `sid` is its public name (the `sid` claim); `token_hash` digests its cookie.

    `evidence` are the factors that the person showed, and when (see `sessions.evidence`);
    `proven_at` is when they last proved in this session who they are. The row
    is alive while `ended_at` is null, both deadlines lie ahead, and its epoch equals the person's.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = (
        Index(
            "ix_sign_in_session_idle", "idle_expires_at", postgresql_where=text("ended_at IS NULL")
        ),
    )

    sid: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    owner_hash: Mapped[bytes]
    """Binds the cookie's digest to the person (`sessions.lookup.owner_hash`)."""
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    credentials_epoch: Mapped[int]
    evidence: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    proven_at: Mapped[datetime | None] = mapped_column(default=None)
    source_address: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="", server_default="")
    """Written by releases before the words were kept; no longer read."""
    device: Mapped[str] = mapped_column(default="", server_default="")
    """Browser and system in words (`kit.user_agents`); empty: unknown."""
