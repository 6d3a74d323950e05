"""Writing a person's row: a new one, and what ends all that rests on the row as it was.

Only `accounts` calls this: there it is said what ends with it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.people.letters import forget_letters
from idp.people.models import PASSWORD_HASH, Person, PersonCode, PersonIdentifier


def insert_person(
    db: Session, *, keyring: Keyring, password_hash: str | None, **values: Any
) -> Person:
    """A new person, from column values; None has no password."""
    person = Person(**values)
    if password_hash is not None:
        person.password_encrypted = PASSWORD_HASH.seal(keyring, password_hash, id=person.id)
    db.add(person)
    db.flush()
    return person


def raise_epoch(
    db: Session, *conditions: ColumnElement[bool], person_id: UUID, at: datetime, **values: Any
) -> Row[int, int, bool] | None:
    """Raise `credentials_epoch` with what changes: sessions and grants that carry the older die.

    The person's subject number, new epoch, and whether they are made up for tests; None, and
    nothing is written, where the conditions do not hold.
    """
    return db.execute(
        update(Person)
        .where(Person.id == person_id, *conditions)
        .values(credentials_epoch=Person.credentials_epoch + 1, updated_at=at, **values)
        .returning(Person.subject_number, Person.credentials_epoch, Person.is_test)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def begin_holding(db: Session, *, person_id: UUID) -> None:
    """Note that from this instant, the database's as the journal's are, it is somebody else's.

    Codes that were sent to who had it are good no more.
    """
    _forget_codes(db, person_id=person_id)
    now = {"held_since": func.clock_timestamp()}
    db.execute(update(Person).where(Person.id == person_id).values(now))


def lock_epoch(db: Session, *, person_id: UUID, epoch: int) -> bool:
    """Whether this is the person's `credentials_epoch`; if so, it stays so until commit."""
    is_live = (Person.id == person_id, Person.credentials_epoch == epoch)
    return db.scalar(select(Person.id).where(*is_live).with_for_update(key_share=True)) is not None


def forget_numbers(db: Session, *, person_id: UUID) -> None:
    """Delete every number and code of an account that is erased: whoever has one may register."""
    db.execute(delete(PersonIdentifier).where(PersonIdentifier.person_id == person_id))
    _forget_codes(db, person_id=person_id)


def _forget_codes(db: Session, *, person_id: UUID) -> None:
    """Delete the codes sent to whoever has the account no more."""
    db.execute(delete(PersonCode).where(PersonCode.person_id == person_id))
    forget_letters(db, person_id=person_id)
