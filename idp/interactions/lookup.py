"""Finding an interaction again, in the browser that began it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction
from idp.kit import clock


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
    return db.scalar(
        select(Interaction).where(
            Interaction.id == interaction_id,
            Interaction.browser_hash == browser_hash,
            Interaction.ended_at.is_(None),
            Interaction.expires_at > clock.now(),
        )
    )


def find_past_interaction(
    db: Session, *, interaction_id: UUID, browser_hash: bytes
) -> Interaction | None:
    """One of this browser, live or over, while its row is kept: to say where it came from."""
    return db.scalar(
        select(Interaction).where(
            Interaction.id == interaction_id, Interaction.browser_hash == browser_hash
        )
    )


def find_client_id(db: Session, *, interaction_id: UUID) -> str:
    """For whom it was begun, in whatever browser; empty for none. It decides nothing."""
    client_id = Interaction.parameters["client_id"].astext
    return db.scalar(select(client_id).where(Interaction.id == interaction_id)) or ""
