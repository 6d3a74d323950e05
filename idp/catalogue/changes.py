"""Telling every process that what it remembers of a relying party is out of date."""

from sqlalchemy.orm import Session

from idp.kit.listen import notify

CHANNEL = "relying_party"
EVERYTHING = "*"
"""The payload that makes caches forget all parties: an agency, a system or a service changed."""


def announce_change(db: Session, *, client_id: str = EVERYTHING) -> None:
    """Make every process forget the party once this transaction has committed."""
    notify(db, channel=CHANNEL, payload=client_id)
