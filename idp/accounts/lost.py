"""A new password for whom an official compared with their ID card: theirs is lost, or their phone.

The account stays theirs, with contacts, consents and what it was proven to be; `reclaim` gives one
to somebody else.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.cards import CardRefused, SeenCard, judge_owner
from idp.accounts.changes import keep_factors, set_password
from idp.accounts.colleague import DoneBefore, Half, NeedsColleague, find_done, need_colleague
from idp.accounts.numbers import lock_number
from idp.accounts.reclaim import ALIVE
from idp.factors.lost import remove_lost
from idp.kit.crypto import Keyring
from idp.people.letters import void_letters


def let_in_again(
    db: Session,
    *,
    keyring: Keyring,
    number: str,
    card: SeenCard,
    password_hash: str,
    has_factors: bool,
    at: datetime,
    since: datetime | None = None,
) -> CardRefused | NeedsColleague | DoneBefore | bool:
    """Set a new password and end all access; whether a living account holds the number.

    Unless the person still has their other factors, these are taken away, too; and nobody takes the
    account back with what a recovery set aside. The card is judged as when its holder is proven.
    Nobody is set two for a form opened at `since`.
    """
    holder = lock_number(db, keyring=keyring, number=number)
    if holder is None or holder.status not in ALIVE:
        return False
    person_id = holder.person_id
    refused = (
        judge_owner(db, keyring=keyring, person_id=person_id, card=card, at=at)
        or find_done(db, person_id=person_id, half=Half.PASSWORD, since=since)
        or need_colleague(db, person_id=person_id, half=Half.PASSWORD, at=at)
    )
    if refused is not None:
        return refused
    give_password(
        db,
        keyring=keyring,
        person_id=person_id,
        password_hash=password_hash,
        has_factors=has_factors,
        at=at,
    )
    return True


def give_password(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    password_hash: str,
    has_factors: bool,
    at: datetime,
) -> None:
    """Set the password that an official gives, and end all access.

    Nobody takes the account back any more with what a recovery set aside: an official has seen
    whose it is. Unless the person still has their other factors, these are taken away, too. A code
    by post is void: this official may have printed it (`colleague`).
    """
    set_password(
        db, keyring=keyring, person_id=person_id, password_hash=password_hash, kept=(), at=at
    )
    remove_lost(db, person_id=person_id, at=at)
    void_letters(db, person_id=person_id, at=at)
    if not has_factors:
        keep_factors(db, person_id=person_id, kept=(), at=at)
