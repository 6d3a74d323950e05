"""Giving an interaction to the browser that first comes back with it."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction

UNBOUND = b""
"""`browser_hash` of an interaction begun by a cross-site POST, which carries no cookie."""


def bind_interaction(db: Session, *, interaction_id: UUID, browser_hash: bytes) -> bool:
    """Bind an unbound interaction to this browser, once; whether it was unbound."""
    bound = db.execute(
        update(Interaction)
        .where(
            Interaction.id == interaction_id,
            Interaction.browser_hash == UNBOUND,
            Interaction.ended_at.is_(None),
        )
        .values(browser_hash=browser_hash)
        .returning(Interaction.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return bound is not None
