"""Suspending, closing and re-opening accounts, and setting passwords anew.

Each raises `credentials_epoch`: sessions and grants that carry the older one are dead at once.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.people import throttle
from idp.people.models import Person, PersonStatus


def set_status(db: Session, *, person_id: UUID, status: PersonStatus, at: datetime) -> bool:
    """Change an account's status and end its sessions and grants; False if nothing changed."""
    changed = db.scalar(
        update(Person)
        .where(Person.id == person_id, Person.status != status)
        .values(status=status, credentials_epoch=Person.credentials_epoch + 1, updated_at=at)
        .returning(Person.subject_number)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        return False
    record(
        db,
        event="person.status_changed",
        at=at,
        subject_number=changed,
        data={"status": status.value},
    )
    return True


def set_password(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    password_hash: str,
    at: datetime,
    epoch: int | None = None,
) -> bool:
    """Set a new password, end sessions and grants, forget failures. The second factor stays.

    False for nobody's account, and where `epoch` is given and over: whoever proved themselves then
    was overtaken.
    """
    still = [Person.credentials_epoch == epoch] if epoch is not None else []
    changed = db.scalar(
        update(Person)
        .where(Person.id == person_id, *still)
        .values(
            password_hash=password_hash,
            credentials_epoch=Person.credentials_epoch + 1,
            updated_at=at,
        )
        .returning(Person.subject_number)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        return False
    throttle.clear(db, keyring=keyring, person_id=person_id)
    record(db, event="person.password_changed", at=at, subject_number=changed)
    return True
