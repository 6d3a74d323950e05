"""Client assertions are accepted once (RFC 7523 section 3, rule 7)."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.kit.secrets import token_hash
from idp.tokens.models import ClientAssertion


def claim_assertion(db: Session, *, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Use up a client's `jti`; of all who present it, one gets True. One statement.

    It stays used up when what the client asked for is then refused, and is remembered until
    `expires_at`, when the assertion itself says no more.
    """
    statement = (
        insert(ClientAssertion)
        .values(client_id=client_id, jti_hash=token_hash(jti), expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(ClientAssertion.client_id)
    )
    return db.execute(statement).one_or_none() is not None
