"""A telephone that codes go to: its number is sealed in its row, and no other takes its place.

Whether the number still is its person's is said elsewhere (`people.opening_contacts`); the codes
are `people.codes`.
"""

from dataclasses import field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.credentials import Held, is_of
from idp.factors.enrolments import row_values
from idp.factors.kinds import SMS
from idp.factors.models import APP_SECRET, Authenticator
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable


@immutable
class Telephone:
    """The one that a person has in use."""

    id: UUID
    number: str = field(repr=False)


def new_telephone(
    keyring: Keyring, *, person_id: UUID, number: str, name: str, at: datetime
) -> Authenticator:
    """A telephone with that number (E.164), to be bound by `accounts`."""
    values = row_values(keyring, uuid4(), kind=SMS, person_id=person_id, secret=number, at=at)
    return Authenticator(**values, name=name, confirmed_at=at)


def find_telephone(db: Session, *, keyring: Keyring, person_id: UUID) -> Telephone | None:
    """The one that the person signs in with. One statement."""
    row = db.execute(
        select(Authenticator.id, Authenticator.secret_encrypted).where(is_of(person_id, SMS))
    ).one_or_none()
    if row is None or row.secret_encrypted is None:
        return None
    number = APP_SECRET.open(keyring, row.secret_encrypted, id=row.id, person_id=person_id)
    return Telephone(row.id, number)


def use_telephone(db: Session, factor_id: UUID, *, person_id: UUID, at: datetime) -> Held | None:
    """Note that a code sent to it was right; None for one that was taken away meanwhile."""
    row = db.execute(
        update(Authenticator)
        .where(Authenticator.id == factor_id, is_of(person_id, SMS))
        .values(last_used_at=at)
        .returning(Authenticator.carries_proofing, Authenticator.carries_from)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Held(factor_id, SMS, Trust(*row)) if row is not None else None
