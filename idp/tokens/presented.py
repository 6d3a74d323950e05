"""A refresh token as its client presents it to ask about it or to end it; nothing is spent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.tokens.grant import GrantedAccess, belongs_together, grant_columns
from idp.tokens.models import Grant, RefreshToken


@dataclass(frozen=True, kw_only=True)
class KnownRefreshToken(GrantedAccess):
    """A refresh token of any generation, with its grant."""

    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None


def find_refresh_token(db: Session, *, token: str, today: date) -> KnownRefreshToken | None:
    """The refresh token with its grant, spent, expired or not; one statement.

    `today` is the country's day.
    """
    statement = select(
        RefreshToken.created_at.label("issued_at"),
        RefreshToken.expires_at,
        RefreshToken.used_at,
        *grant_columns(),
    ).where(
        RefreshToken.token_hash == token_hash(token),
        Grant.id == RefreshToken.grant_id,
        belongs_together(),
    )
    row = db.execute(statement, {"now": clock.now(), "today": today}).one_or_none()
    return None if row is None else KnownRefreshToken(**row._asdict())
