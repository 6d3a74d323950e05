"""What a recovery that waited leaves of the account before, and how its owner has that back.

The second factors rest: they serve to take the account back, and for nothing else. Whoever shows
them ends all that came after. Once an official has seen whose the account is, there is nothing to
take back: their word is worth more than any factor.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.changes import change_account, keep_factors, set_password
from idp.accounts.proofing import set_proofing
from idp.factors.binding import find_bound, unbind
from idp.factors.credentials import read_credentials
from idp.factors.lost import remove_lost, set_aside, take_up
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.mandates.holding import Because, hold_posts
from idp.people.contacts import (
    UNDONE_WITHIN,
    find_replaced,
    take_away,
    undo_replacement,
)
from idp.people.models import ContactKind, Person
from idp.sessions.evidence import Shown


def set_factors_aside(db: Session, *, person_id: UUID, until: datetime, at: datetime) -> bool:
    """Have every second factor in use rest until then, and end all access; whether there was any.

    What somebody else may have set up goes, and so does what its person had locked: set the new
    password (`changes.set_password`) before.
    """
    rests = set_aside(db, person_id=person_id, until=until, at=at)
    keep_factors(db, person_id=person_id, kept=(), at=at)
    if rests:
        change_account(db, person_id=person_id, at=at)
        hold_posts(db, person_id=person_id, because=Because.FACTOR, at=at)
    return rests


def give_account_back(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    lost_at: datetime,
    proofing: int,
    password_hash: str,
    at: datetime,
) -> bool:
    """Have the factors count again that were set aside then, and end all that came after.

    Sessions, tokens and known browsers end, with other factors and the contacts added since; the
    account stays, if it was to be closed; a new password is set, and what was proven before is
    proven again. False where nothing rests any more: an official saw whose account it is, it was
    taken back before, or it is too late.
    """
    back = take_up(db, person_id=person_id, lost_at=lost_at)
    if not back:
        return False
    kept = [Shown(kind, at, factor_id=factor_id) for factor_id, kind in back.items()]
    set_password(
        db, keyring=keyring, person_id=person_id, password_hash=password_hash, kept=kept, at=at
    )
    others = [one for one in find_bound(db, person_id=person_id) if one.id not in back]
    unbind(db, person_id=person_id, factors=others, at=at)
    remove_lost(db, person_id=person_id, at=at)
    stays = change_account(
        db, Person.closes_at.is_not(None), person_id=person_id, at=at, closes_at=None
    )
    if stays is not None:
        number = stays.subject_number
        record(db, event="closing.undone", at=at, subject_number=number, counted=False)
    _forget_contacts(db, keyring, person_id, since=lost_at, at=at)
    if read_credentials(db, person_id=person_id).proofing < proofing:
        set_proofing(db, keyring=keyring, person_id=person_id, proofing=proofing, at=at)
    return True


def _forget_contacts(
    db: Session, keyring: Keyring, person_id: UUID, *, since: datetime, at: datetime
) -> None:
    """Have the contacts that counted then, as far as they are kept, and none added later.

    Those are told: whoever takes the account back may not be its owner.
    """
    for kind in ContactKind:
        of: dict[str, Any] = {"keyring": keyring, "person_id": person_id, "at": at}
        replaced = find_replaced(db, kind=kind, **of)
        if replaced is not None and replaced.undone_until - UNDONE_WITHIN >= since:
            undo_replacement(db, replaced=replaced, **of)
        take_away(db, kind=kind, after=since, **of)
