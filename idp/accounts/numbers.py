"""To whom a citizen number belongs: who shows more takes it from who holds less.

Every function here runs under a lock on the number, so that it never has two holders.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.accounts.changes import set_status
from idp.factors.lost import is_any_lost
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.declaration import FACE_TO_FACE
from idp.people.identifiers import Holder, end_number, find_holder, hashes_of
from idp.people.models import PersonStatus

_GONE = (PersonStatus.CLOSED, PersonStatus.MERGED)


@immutable
class NumberTaken:
    """Another account holds the number, and the newcomer has not proven more than it has."""


def free_number(
    db: Session,
    *,
    keyring: Keyring,
    number: str,
    proofing: int,
    at: datetime,
) -> NumberTaken | None:
    """Take the number from whoever holds it with less; or who keeps it.

    That account is closed: nobody can find it any more. So it is for who has just shown, in that
    session, which account is theirs; proofing 0 takes a number only from accounts that are over.
    From one that can still be taken back only who was seen face to face: a recovery left it with
    nothing proven, and whoever reads its owner's mail would have the number for good.
    """
    holder = lock_number(db, keyring=keyring, number=number)
    if holder is None:
        return None
    is_open = proofing < FACE_TO_FACE and holder.status not in _GONE
    if is_open and is_any_lost(db, person_id=holder.person_id, at=at):
        return NumberTaken()
    if not _gives_way(holder, proofing):
        return NumberTaken()
    end_number(db, number_hashes=hashes_of(keyring, number), at=at)
    record(db, event="identifier.evicted", at=at, subject_number=holder.subject_number)
    if holder.status not in _GONE:
        set_status(db, person_id=holder.person_id, status=PersonStatus.CLOSED, at=at)
    return None


def lock_number(db: Session, *, keyring: Keyring, number: str) -> Holder | None:
    """Who holds the number; it stays so until the transaction ends."""
    number_hashes = hashes_of(keyring, number)
    _one_at_a_time(db, number_hashes)
    return find_holder(db, number_hashes=number_hashes, lock=True)


def _one_at_a_time(db: Session, number_hashes: Sequence[bytes]) -> None:
    """The same lock on every node, whichever key of the ring stands first there."""
    key = int.from_bytes(min(number_hashes)[:8], "big", signed=True)
    db.execute(select(func.pg_advisory_xact_lock(key)))


def _gives_way(holder: Holder, proofing: int) -> bool:
    """Whether a number may move: to who has shown more, or from who has left; never the dead's."""
    if holder.status is PersonStatus.DECEASED:
        return False
    return holder.proofing < proofing or holder.status in _GONE
