"""The table of signing keys."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class KeyState(StrEnum):
    """published (seen by relying parties, not yet used) → signing → retired (verifies only)."""

    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRED = "retired"


class SigningKey(Base, kw_only=True):
    """A key pair; the private half is encrypted for the row `kid`."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(primary_key=True)
    alg: Mapped[str]
    state: Mapped[KeyState]
    public_jwk: Mapped[dict[str, Any]]
    private_encrypted: Mapped[bytes]
    created_at: Mapped[datetime]
    signing_at: Mapped[datetime | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
