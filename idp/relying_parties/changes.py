"""Telling every process that what it remembers of a relying party is out of date."""

from sqlalchemy.orm import Session

from idp.kit.listen import notify

CHANNEL = "relying_party"


def announce_change(db: Session, *, client_id: str) -> None:
    """Make every process forget the party once this transaction has committed."""
    notify(db, channel=CHANNEL, payload=client_id)
