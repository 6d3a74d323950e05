"""Telling every process that an agency, a system or a service has changed."""

from sqlalchemy.orm import Session

from idp.kit.listen import notify

CHANNEL = "catalogue"


def announce_catalogue(db: Session) -> None:
    """Make every process read anew what it remembers, once this transaction has committed."""
    notify(db, channel=CHANNEL)
