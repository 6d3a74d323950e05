"""E-mail addresses and telephone numbers: contacts, never identities, never factors."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import phonenumbers
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.models import CONTACT, ContactKind, Person, PersonContact

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
    """The address with its domain in lower case. Raises InvalidInput (field `email`)."""
    text = text.strip()
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise InvalidInput("This is not an e-mail address.", field="email")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


@dataclass(frozen=True)
class Addressee:
    """Where a person is written to, and in which language."""

    email: str = field(repr=False)
    language: str


def find_addressee(db: Session, *, keyring: Keyring, subject_number: int) -> Addressee | None:
    """The newest e-mail address of a person, if it is known to be theirs."""
    row = db.execute(
        select(PersonContact, Person.locale)
        .join(Person, Person.id == PersonContact.person_id)
        .where(Person.subject_number == subject_number, PersonContact.kind == ContactKind.EMAIL)
        .order_by(PersonContact.created_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row[0].verified_at is None:
        return None
    contact, language = row
    row_of = {"id": contact.id, "person_id": contact.person_id}
    return Addressee(CONTACT.open(keyring, contact.value_encrypted, **row_of), language)


def remove_contacts(db: Session, *, person_id: UUID) -> None:
    """Forget every contact of an account that is somebody else's from now on."""
    db.execute(delete(PersonContact).where(PersonContact.person_id == person_id))


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
