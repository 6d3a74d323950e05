"""Finding an interaction again, in the browser that began it."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.db import NOW, table_of
from idp.kit.prepared import Prepared

_manager = inspect(Interaction).class_manager
_PAST = select(table_of(Interaction)).where(
    Interaction.id == bindparam("interaction_id"),
    Interaction.browser_hash == bindparam("browser_hash"),
)
_IS_LIVE = (Interaction.ended_at.is_(None), Interaction.expires_at > NOW)
_FIND_PAST, _FIND_LIVE = Prepared(_PAST, reads=True), Prepared(_PAST.where(*_IS_LIVE), reads=True)


def is_about(interaction: Interaction, person_id: UUID) -> bool:
    """Whether the sign-in is that person's; anybody's until someone has said who they are."""
    if interaction.person_id is None and interaction.identifier_hash is None:
        return True
    return interaction.person_id == person_id


def find_interaction(
    db: Session, *, interaction_id: UUID, browser_hash: bytes
) -> Interaction | None:
    """The live interaction of this browser.

    None when it is another browser's, has ended or has expired: all three look the same.
    """
    values = {"interaction_id": interaction_id, "browser_hash": browser_hash, "now": clock.now()}
    return read_interaction(_FIND_LIVE.one(db, values))


def find_past_interaction(
    db: Session, *, interaction_id: UUID, browser_hash: bytes
) -> Interaction | None:
    """One of this browser, live or over, while its row is kept: to say where it came from."""
    values = {"interaction_id": interaction_id, "browser_hash": browser_hash}
    return read_interaction(_FIND_PAST.one(db, values))


def read_interaction(row: Any) -> Interaction | None:
    """The interaction of a row with all its columns, or of none.

    As the ORM loads one, without asking it forty times for each: its constructor would.
    """
    if row is None:
        return None
    interaction: Interaction = _manager.new_instance()
    vars(interaction).update(row._asdict())
    return interaction


def find_client_id(db: Session, *, interaction_id: UUID) -> str:
    """For whom it was begun, in whatever browser; empty for none. It decides nothing."""
    found = select(Interaction.client_id).where(Interaction.id == interaction_id)
    return db.scalar(found) or ""
