"""The table of signing keys."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, readable, table_of
from idp.kit.sealed import Sealed, SealedColumn


class KeyState(StrEnum):
    """published (relying parties see it, it does not sign) → signing → retired (verifies only)."""

    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRED = "retired"


class SigningKey(Base, kw_only=True):
    """A key pair; the private half is encrypted for the row `kid` and leaves when it has retired.

    Its three instants may lie ahead and are read by the database's clock: what a key does now
    follows from them, so no node has to do anything at the instant itself.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        Index(
            "uq_signing_key_last_of_alg",
            "alg",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
        *readable("created_at", "signing_at", "retired_at", "dropped_at"),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    alg: Mapped[str]
    public_jwk: Mapped[dict[str, Any]]
    public_hash: Mapped[bytes]
    """Binds the three above (`binding`)."""
    private_encrypted: Mapped[bytes | None] = mapped_column(Sealed())
    created_at: Mapped[datetime]
    """Published since then."""
    signing_at: Mapped[datetime]
    """Signs from then on."""
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    """From then on its successor signs. Each algorithm has one key without: its last."""
    dropped_at: Mapped[datetime | None] = mapped_column(default=None)
    """From then on it is not published either: nothing it signed is valid any more."""
    state: Mapped[KeyState] = mapped_column(
        init=False, server_default=KeyState.PUBLISHED, deferred=True
    )
    """Only for nodes of the version before, which read it; it leaves with the next one."""

    def state_at(self, instant: datetime) -> KeyState:
        """What the key does at that instant of the database's clock."""
        if self.retired_at is not None and self.retired_at <= instant:
            return KeyState.RETIRED
        return KeyState.SIGNING if self.signing_at <= instant else KeyState.PUBLISHED


PRIVATE_KEY = SealedColumn(table_of(SigningKey).c.private_encrypted)


class Reencryption(Base, kw_only=True):
    """How far the re-encryption of one table has come, for the ring of that `Keyring.name`.

    `last_key` is the primary key of the last row looked at; null: the table is done.
    """

    __tablename__ = "reencryption"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    ring: Mapped[str]
    seen: Mapped[int]
    renewed: Mapped[int]
    unchanged: Mapped[int]
    last_key: Mapped[str | None]
