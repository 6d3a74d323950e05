"""Listing the provider's keys, for operators."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.keys.models import KeyState, SigningKey
from idp.keys.schedule import database_now


@dataclass(frozen=True)
class KeyLine:
    """A key, what it does now, and when it does what."""

    kid: str
    alg: str
    state: KeyState
    created_at: datetime
    signing_at: datetime
    retired_at: datetime | None
    dropped_at: datetime | None


def list_keys(db: Session) -> list[KeyLine]:
    """Every key, oldest first; retired ones stay while a token they signed may live."""
    now = database_now(db)
    keys = db.scalars(select(SigningKey).order_by(SigningKey.created_at, SigningKey.kid))
    return [
        KeyLine(
            kid=key.kid,
            alg=key.alg,
            state=key.state_at(now),
            created_at=key.created_at,
            signing_at=key.signing_at,
            retired_at=key.retired_at,
            dropped_at=key.dropped_at,
        )
        for key in keys
    ]
