"""Telling every process that the keys have changed."""

from sqlalchemy.orm import Session

from idp.kit.listen import notify

CHANNEL = "signing_key"


def announce_keys(db: Session) -> None:
    """Make every process read the keys anew once this transaction has committed."""
    notify(db, channel=CHANNEL)
