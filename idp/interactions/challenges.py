"""The challenge of a sign-in: written as it is opened, and taken by whoever answers it, once."""

import secrets

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction
from idp.kit.db import table_of
from idp.kit.prepared import Prepared

_TAKE = Prepared(
    update(table_of(Interaction))
    .where(
        Interaction.id == bindparam("interaction_id"),
        Interaction.challenge == bindparam("seen"),
        Interaction.ended_at.is_(None),
    )
    .values(challenge=bindparam("new"))
)


def new_challenge() -> bytes:
    """256 random bits, of which `ceremony.challenge_of` makes one for each purpose."""
    return secrets.token_bytes(32)


def take_challenge(db: Session, interaction: Interaction) -> bytes | None:
    """What the pages' challenges were made of, which is over with this; one conditional UPDATE.

    None where somebody else has just taken it, or the sign-in began before there were any. Taken,
    and committed, before what was answered is looked at.
    """
    values = {"interaction_id": interaction.id, "seen": interaction.challenge}
    is_ours = _TAKE.run(db, {**values, "new": new_challenge()}) == 1
    return interaction.challenge if is_ours else None
