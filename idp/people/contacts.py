"""E-mail addresses and telephone numbers: contacts, never identities, never factors."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from unicodedata import normalize
from uuid import UUID, uuid4

import phonenumbers
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.outbox.messages import enqueue_private
from idp.people.models import CONTACT, ContactKind, Person, PersonContact

FORMER_MAIL = "mail.former"
"""The kind of message to an address that an account had: recipient is the person, key the row's id.

Who has the account now is never in it.
"""
_REGION = "VN"
_EMAIL = re.compile(r"[^\s@,;<>\"()\x00-\x1f]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")


def normalise_phone(text: str) -> str:
    """The number in E.164. Raises InvalidInput (field `phone`)."""
    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput("This is not a telephone number.", field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput("This is not a telephone number.", field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(text: str) -> str:
    """The address in NFC, its domain in lower case. Raises InvalidInput (field `email`)."""
    text = normalize("NFC", text.strip())
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise InvalidInput("This is not an e-mail address.", field="email")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


_KNOWN_EMAIL = (PersonContact.kind == ContactKind.EMAIL, PersonContact.verified_at.is_not(None))


@dataclass(frozen=True)
class Addressee:
    """Where a person is written to, and in which language."""

    email: str = field(repr=False)
    language: str


def find_addressee(db: Session, *, keyring: Keyring, subject_number: int) -> Addressee | None:
    """The newest e-mail address that is known to be a person's; one that is not silences none."""
    row = db.execute(
        select(PersonContact, Person.locale)
        .join(Person, Person.id == PersonContact.person_id)
        .where(Person.subject_number == subject_number, *_KNOWN_EMAIL)
        .order_by(PersonContact.created_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    contact, language = row
    row_of = {"id": contact.id, "person_id": contact.person_id}
    return Addressee(CONTACT.open(keyring, contact.value_encrypted, **row_of), language)


def remove_contacts(db: Session, *, keyring: Keyring, person_id: UUID, at: datetime) -> None:
    """Forget every contact of an account that is somebody else's from now on.

    Whoever had it is told at each address that was known to be theirs.
    """
    language = db.scalar(select(Person.locale).where(Person.id == person_id))
    of_person = PersonContact.person_id == person_id
    for contact in db.scalars(select(PersonContact).where(of_person, *_KNOWN_EMAIL)):
        row_of = {"id": contact.id, "person_id": person_id}
        address = CONTACT.open(keyring, contact.value_encrypted, **row_of)
        told = {"address": address, "language": language, "at": at.isoformat()}
        enqueue_private(
            db,
            kind=FORMER_MAIL,
            recipient=str(person_id),
            key=contact.id.hex,
            text=json.dumps(told),
            keyring=keyring,
        )
    db.execute(delete(PersonContact).where(of_person))


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
    value = normalise_email(value) if kind is ContactKind.EMAIL else normalise_phone(value)
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
