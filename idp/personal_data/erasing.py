"""Erasing accounts whose owners closed them, once the time in which they could be kept is over."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from idp.accounts.closing import erase_next
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.personal_data.requests import forget_requests
from idp.recovery.models import Recovery
from idp.testers.invitations import forget_invitations


def erase_due(db: Session, *, keyring: Keyring, at: datetime) -> int:
    """Erase one of them, with what the rooms above `accounts` keep; how many there were: 0 or 1."""
    erased = erase_next(db, keyring=keyring, today=clock.day_of(at), at=at)
    if erased is None:
        return 0
    db.execute(delete(Recovery).where(Recovery.person_id == erased.person_id))
    forget_requests(db, person_id=erased.person_id, at=at)
    if erased.number:
        forget_invitations(db, keyring=keyring, number=erased.number, at=at)
    return 1
