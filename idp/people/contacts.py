"""E-mail addresses and telephone numbers: contacts, never identities, never factors."""

import json
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.immutable import immutable
from idp.outbox.messages import enqueue_private
from idp.people.contact_values import normalise_email, normalise_phone
from idp.people.models import CONTACT, ContactKind, Person, PersonContact

FORMER_MAIL = "mail.former"
"""The kind of message to an address that an account had: recipient is the person, key the row's id.

Who has the account now is never in it.
"""
REPLACED_MAIL = "mail.replaced"
"""The same to an address in whose place its account has another."""
UNDONE_MAIL = "mail.undone"
"""The same to an address that was taken back: its account has the one before again."""
CLOSED_MAIL = "mail.closed"
"""The same to an address whose account its owner had erased."""
FORMER_TEXT, REPLACED_TEXT, UNDONE_TEXT = "sms.former", "sms.replaced", "sms.undone"
CLOSED_TEXT = "sms.closed"
"""The same to telephones."""
UNDONE_WITHIN = timedelta(hours=24)
"""How long what was replaced or taken away can be had back: contacts, and ways to sign in alike."""
_IS_KNOWN = PersonContact.verified_at.is_not(None)


@immutable(kw_only=True)
class _Means:
    """How a kind of contact is written, and by which messages a former one is told."""

    normalise: Callable[[str], str]
    former: str
    replaced: str
    undone: str
    closed: str


_MEANS = {
    ContactKind.EMAIL: _Means(
        normalise=normalise_email,
        former=FORMER_MAIL,
        replaced=REPLACED_MAIL,
        undone=UNDONE_MAIL,
        closed=CLOSED_MAIL,
    ),
    ContactKind.PHONE: _Means(
        normalise=normalise_phone,
        former=FORMER_TEXT,
        replaced=REPLACED_TEXT,
        undone=UNDONE_TEXT,
        closed=CLOSED_TEXT,
    ),
}


def normalise_contact(text: str, *, kind: ContactKind) -> str:
    """The address or number as it is kept. Raises InvalidInput (the field is the kind)."""
    return _MEANS[kind].normalise(text)


@immutable
class Addressee:
    """Where a person is written to, and in which language.

    `former` is what they can have back still; whoever replaced it may be somebody else, as may
    whoever added one that `is_new`.
    """

    value: str = field(repr=False)
    language: str
    former: str = field(default="", repr=False)
    is_new: bool = False


def find_addressee(
    db: Session, *, keyring: Keyring, kind: ContactKind, subject_number: int
) -> Addressee | None:
    """The newest contact of that kind that is known to be a person's.

    One that is not known to be theirs silences none. One that took another's place a short
    while ago does not silence that either.
    """
    row = db.execute(
        select(PersonContact, Person.locale)
        .join(Person, Person.id == PersonContact.person_id)
        .where(Person.subject_number == subject_number, PersonContact.kind == kind, _IS_KNOWN)
        .where(PersonContact.ended_at.is_(None))
        .order_by(PersonContact.created_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    contact, language = row
    row_of = {"id": contact.id, "person_id": contact.person_id}
    at = clock.now()
    before = find_replaced(db, keyring=keyring, kind=kind, person_id=contact.person_id, at=at)
    value = CONTACT.open(keyring, contact.value_encrypted, **row_of)
    is_new = contact.created_at > at - UNDONE_WITHIN
    return Addressee(value, language, before.value if before else "", is_new)


def list_verified(db: Session, *, person_id: UUID) -> frozenset[ContactKind]:
    """Of which kinds the contact that counts is known to be the person's. One statement."""
    counting = (
        select(PersonContact.kind, PersonContact.verified_at)
        .where(PersonContact.person_id == person_id, PersonContact.ended_at.is_(None))
        .order_by(PersonContact.created_at)
    )
    newest = {row.kind: row.verified_at for row in db.execute(counting)}
    return frozenset(kind for kind, verified_at in newest.items() if verified_at)


def remove_contacts(
    db: Session, *, keyring: Keyring, person_id: UUID, at: datetime, is_erased: bool = False
) -> None:
    """Forget every contact of an account that is somebody else's from now on, or erased.

    Whoever had it is told at each that was known to be theirs.
    """
    of_person = PersonContact.person_id == person_id
    for contact in db.scalars(select(PersonContact).where(of_person, _IS_KNOWN)):
        means = _MEANS[contact.kind]
        _tell(db, contact, means.closed if is_erased else means.former, keyring=keyring, at=at)
    db.execute(delete(PersonContact).where(of_person))


def replace_contact(
    db: Session, *, keyring: Keyring, kind: ContactKind, person_id: UUID, value: str, at: datetime
) -> None:
    """Make a contact that was shown to be the person's the one of its kind that counts.

    The one before is told, and can be had back for a while. Raises InvalidInput.
    """
    now = PersonContact.ended_at.is_(None)
    of_person = (PersonContact.person_id == person_id, PersonContact.kind == kind, now)
    db.execute(delete(PersonContact).where(*of_person, PersonContact.verified_at.is_(None)))
    replaced = update(PersonContact).where(*of_person).values(ended_at=at).returning(PersonContact)
    for contact in db.scalars(replaced):
        _tell(db, contact, _MEANS[kind].replaced, keyring=keyring, at=at)
    add_contact(
        db, keyring=keyring, person_id=person_id, kind=kind, value=value, at=at, verified_at=at
    )


@immutable
class ReplacedContact:
    """What an account had before all changes that can be undone."""

    row_id: UUID
    kind: ContactKind
    value: str = field(repr=False)
    created_at: datetime
    undone_until: datetime


def find_replaced(
    db: Session,
    *,
    keyring: Keyring,
    kind: ContactKind,
    person_id: UUID,
    at: datetime,
    changed_at: datetime | None = None,
) -> ReplacedContact | None:
    """What an undoing would bring back; of several changes, what stood before the first.

    With `changed_at`: what stood before the change of that instant.
    """
    which = [PersonContact.ended_at == changed_at] if changed_at else []
    row = db.scalar(
        select(PersonContact)
        .where(PersonContact.person_id == person_id, PersonContact.kind == kind, *which)
        .where(PersonContact.ended_at > at - UNDONE_WITHIN)
        .order_by(PersonContact.created_at)
        .limit(1)
    )
    if row is None or row.ended_at is None:
        return None
    value = CONTACT.open(keyring, row.value_encrypted, id=row.id, person_id=person_id)
    return ReplacedContact(row.id, kind, value, row.created_at, row.ended_at + UNDONE_WITHIN)


def undo_replacement(
    db: Session, *, keyring: Keyring, person_id: UUID, replaced: ReplacedContact, at: datetime
) -> bool:
    """Have that contact again, and none that came after it; whether it was still to be had.

    The one that counted until then is told: whoever takes it back may not be its owner.
    """
    back = (
        update(PersonContact)
        .where(PersonContact.id == replaced.row_id, PersonContact.ended_at.is_not(None))
        .values(ended_at=None)
        .returning(PersonContact.id)
    )
    if db.scalar(back) is None:
        return False
    take_away(
        db,
        keyring=keyring,
        kind=replaced.kind,
        person_id=person_id,
        after=replaced.created_at,
        at=at,
    )
    return True


def is_first(
    db: Session, *, kind: ContactKind, person_id: UUID, added_at: datetime, at: datetime
) -> bool:
    """Whether what was added at that instant was the first of its kind, and can be taken away."""
    of_person = (PersonContact.person_id == person_id, PersonContact.kind == kind)
    oldest = db.scalar(select(func.min(PersonContact.created_at)).where(*of_person))
    return oldest == added_at and added_at > at - UNDONE_WITHIN


def take_away(
    db: Session,
    *,
    keyring: Keyring,
    kind: ContactKind,
    person_id: UUID,
    after: datetime | None = None,
    at: datetime,
) -> None:
    """Delete the contacts that were added after that instant, or all; what counted is told."""
    which = [PersonContact.person_id == person_id, PersonContact.kind == kind]
    if after is not None:
        which.append(PersonContact.created_at > after)
    counting = (*which, PersonContact.ended_at.is_(None), _IS_KNOWN)
    for contact in db.scalars(select(PersonContact).where(*counting)):
        _tell(db, contact, _MEANS[kind].undone, keyring=keyring, at=at)
    db.execute(delete(PersonContact).where(*which))


def drop_replaced(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of contacts that were replaced before; how many."""
    return delete_older(db, PersonContact.ended_at, before=before, limit=limit)


def add_contact(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    kind: ContactKind,
    value: str,
    at: datetime,
    verified_at: datetime | None = None,
) -> None:
    """Add a contact; the newest of its kind is the one that counts. Raises InvalidInput."""
    value = normalise_contact(value, kind=kind)
    row_id = uuid4()
    db.execute(
        insert(PersonContact).values(
            id=row_id,
            person_id=person_id,
            kind=kind,
            value_encrypted=CONTACT.seal(keyring, value, id=row_id, person_id=person_id),
            verified_at=verified_at,
            created_at=at,
        )
    )


def _tell(
    db: Session, contact: PersonContact, kind: str, *, keyring: Keyring, at: datetime
) -> None:
    """Write to a contact that is its account's no more."""
    person_id = contact.person_id
    address = CONTACT.open(keyring, contact.value_encrypted, id=contact.id, person_id=person_id)
    language = db.scalar(select(Person.locale).where(Person.id == person_id))
    enqueue_private(
        db,
        kind=kind,
        recipient=str(person_id),
        key=f"{contact.id.hex}.{at.timestamp():.0f}",
        text=json.dumps({"address": address, "language": language, "at": at.isoformat()}),
        keyring=keyring,
    )
