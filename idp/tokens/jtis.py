"""Ids that are remembered until what carries them would have expired, each a `jti`.

Access tokens that were revoked (RFC 7009), and what a client signed to be used once.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Text, any_, bindparam, exists, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import table_of
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.rate_limits import OVER_UNTIL, Allowance
from idp.tokens.models import RevokedAccessToken, UsedId


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
    return not _IS_NOT_REVOKED.one(db, {"token_ids": [token_id]})[0]


def is_not_revoked() -> ColumnElement[bool]:
    """The opposite as a condition, for all of the parameter `token_ids`."""
    ids = bindparam("token_ids", type_=ARRAY(Text))
    return ~exists().where(RevokedAccessToken.token_id == any_(ids))


_IS_NOT_REVOKED = Prepared(select(is_not_revoked()), reads=True)
_used = table_of(UsedId)
_CLAIM = Prepared(
    insert(_used)
    .values({column.name: bindparam(column.name, type_=column.type) for column in _used.columns})
    .on_conflict_do_nothing()
    .returning(_used.c.scope)
)
_CLAIM_WITHIN = Prepared(f"""
INSERT INTO used_id (scope, jti_hash, expires_at)
SELECT :scope, :jti_hash, :expires_at WHERE NOT EXISTS ({OVER_UNTIL})
ON CONFLICT DO NOTHING RETURNING scope
""")


def claim_id(
    db: Session, *, scope: str, jti: str, expires_at: datetime, within: Allowance | None = None
) -> bool:
    """Use up the `jti` within its scope; of all who present it, one gets True. One statement.

    The scope is the client of an assertion (RFC 7523 section 3, rule 7) or the key of a DPoP proof
    (RFC 9449 section 11.1). It stays used up when what was asked for is then refused, and is
    remembered until `expires_at`, when the bearer's JWT itself says no more. `within` an allowance
    that is used up, nobody gets it.
    """
    values = {"scope": scope, "jti_hash": token_hash(jti), "expires_at": expires_at}
    if within is None:
        return _CLAIM.run(db, values) == 1
    return _CLAIM_WITHIN.run(db, {**values, **within.values(clock.now())}) == 1
