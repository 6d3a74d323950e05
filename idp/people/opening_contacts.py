"""Which contact of an account opens anything: one that was shown to be theirs, and stays it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.people.contacts import UNDONE_WITHIN
from idp.people.models import CONTACT, ContactKind, PersonContact

OPENS_AFTER = {ContactKind.EMAIL: timedelta(0), ContactKind.PHONE: timedelta(days=7)}
"""How long after it was shown to be the person's: a telephone number changes hands easily."""


def find_opening(
    db: Session,
    keyring: Keyring,
    person_id: UUID | None,
    *,
    kind: ContactKind,
    undone: datetime | None = None,
    at: datetime,
) -> str | None:
    """The contact of that kind by which this account is had back, if there is one. One statement.

    Codes by text message at a sign-in go to it, too.

    With `undone`: as it is once the change of that instant is.
    """
    of_person = (PersonContact.person_id == person_id, PersonContact.kind == kind)
    rows = db.scalars(
        select(PersonContact)
        .where(*of_person, PersonContact.verified_at.is_not(None))
        .order_by(PersonContact.created_at.desc())
    ).all()
    replaced = [row.ended_at for row in rows if row.ended_at and row.ended_at != undone]
    if any(ended > at - UNDONE_WITHIN and (not undone or ended < undone) for ended in replaced):
        return None
    for row in rows:
        if row.ended_at == undone:
            opens = row.verified_at is not None and row.verified_at + OPENS_AFTER[kind] <= at
            sealed = {"id": row.id, "person_id": row.person_id}
            return CONTACT.open(keyring, row.value_encrypted, **sealed) if opens else None
    return None
