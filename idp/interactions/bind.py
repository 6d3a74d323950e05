"""Giving an interaction to the browser that first comes back with it."""

from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction
from idp.kit.db import table_of

UNBOUND = b""
"""`browser_hash` of an interaction begun by a cross-site POST, which carries no cookie."""

_interactions = table_of(Interaction)
_BIND = (
    update(_interactions)
    .where(
        Interaction.id == bindparam("interaction_id"),
        Interaction.browser_hash == UNBOUND,
        Interaction.ended_at.is_(None),
    )
    .values(browser_hash=bindparam("new_hash"))
    .returning(Interaction.id)
)


def bind_interaction(db: Session, *, interaction_id: UUID, browser_hash: bytes) -> bool:
    """Bind an unbound interaction to this browser, once; whether it was unbound."""
    values = {"interaction_id": interaction_id, "new_hash": browser_hash}
    return db.connection().execute(_BIND, values).one_or_none() is not None
