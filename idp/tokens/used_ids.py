"""What a client signed to be used once is used once: its `jti` becomes a row."""

from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.kit.db import table_of
from idp.kit.secrets import token_hash
from idp.tokens.models import UsedId

_used = table_of(UsedId)
_CLAIM = (
    insert(_used)
    .values({column.name: bindparam(column.name, type_=column.type) for column in _used.columns})
    .on_conflict_do_nothing()
    .returning(_used.c.scope)
)


def claim_id(db: Session, *, scope: str, jti: str, expires_at: datetime) -> bool:
    """Use up the `jti` within its scope; of all who present it, one gets True. One statement.

    The scope is the client of an assertion (RFC 7523 section 3, rule 7) or the key of a DPoP proof
    (RFC 9449 section 11.1). It stays used up when what was asked for is then refused, and is
    remembered until `expires_at`, when the bearer's JWT itself says no more.
    """
    values = {"scope": scope, "jti_hash": token_hash(jti), "expires_at": expires_at}
    return db.connection().execute(_CLAIM, values).one_or_none() is not None
