"""Access tokens that were revoked before they expired, each by its `jti` (RFC 7009)."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.tokens.models import RevokedAccessToken

_IS_REVOKED = select(exists().where(RevokedAccessToken.token_id == bindparam("token_id")))


def revoke_access_token(db: Session, *, token_id: str, expires_at: datetime) -> bool:
    """Remember that one access token is dead; whether it was still alive."""
    statement = (
        insert(RevokedAccessToken)
        .values(token_id=token_id, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(RevokedAccessToken.token_id)
    )
    return db.execute(statement).one_or_none() is not None


def is_revoked(db: Session, *, token_id: str) -> bool:
    """Whether that access token was revoked. For those of a grant, the grant decides as well."""
    return bool(db.execute(_IS_REVOKED, {"token_id": token_id}).scalar())


def is_not_revoked() -> ColumnElement[bool]:
    """The same as a condition, on the parameter `token_id`."""
    return ~exists().where(RevokedAccessToken.token_id == bindparam("token_id"))
