"""E-mail addresses and telephone numbers: contacts, never identities, never factors."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unicodedata import normalize
from uuid import UUID, uuid4

import phonenumbers
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.errors import InvalidInput
from idp.kit.messages import N_
from idp.outbox.messages import enqueue_private
from idp.people.models import CONTACT, ContactKind, Person, PersonContact

FORMER_MAIL = "mail.former"
"""The kind of message to an address that an account had: recipient is the person, key the row's id.

Who has the account now is never in it.
"""
REPLACED_MAIL = "mail.replaced"
"""The same to an address in whose place its account has another."""
UNDONE_MAIL = "mail.undone"
"""The same to an address that was taken back: its account has the one before again."""
FORMER_TEXT, REPLACED_TEXT, UNDONE_TEXT = "sms.former", "sms.replaced", "sms.undone"
"""The same to telephones."""
UNDONE_WITHIN = timedelta(hours=24)
"""How long the address that was replaced can be had back."""
_REGION, _COUNTRY, _MOBILE = "VN", 84, phonenumbers.PhoneNumberType.MOBILE
_ELEVEN = re.compile(r"(?:0|\+?84|0084)1[2689]\d{8}", re.ASCII)
"""Mobile numbers as they were until 2018: eleven digits."""
_BETWEEN = re.compile(r"\(0\)|[\s.()/-]")
_OLD_NUMBER = N_("This number is of before 2018: enter the one of ten digits that replaced it.")
_NO_MOBILE = N_("Enter the number of a Vietnamese mobile phone, like 0912 345 678.")
_ATOM = r"[\w!#$&'*+/=?^`{|}~-]+"
_EMAIL = re.compile(
    rf"(?!.*=\?)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:[\w-]{{1,63}}\.)+[\w-]{{2,63}}"
)
"""What a header says and a mail server reads alike (RFC 5322 section 3.4.1): `a:b@c` is a group of
`b@c`, `=?…?=` is decoded, and `b%c@d` is handed on by some servers to `b@c`."""


def normalise_phone(text: str) -> str:
    """The number of a Vietnamese mobile phone, in E.164. Raises InvalidInput (field `phone`)."""
    if _ELEVEN.fullmatch(_BETWEEN.sub("", text)):
        raise InvalidInput(_OLD_NUMBER, field="phone")
    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput("This is not a telephone number.", field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput("This is not a telephone number.", field="phone")
    if number.country_code != _COUNTRY or phonenumbers.number_type(number) != _MOBILE:
        raise InvalidInput(_NO_MOBILE, field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(text: str) -> str:
    """The address in NFC, its domain in NFKC, in lower case. Raises InvalidInput (`email`)."""
    local, _, domain = text.strip().rpartition("@")
    address = f"{normalize('NFC', local)}@{normalize('NFKC', domain).lower()}"
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise InvalidInput("This is not an e-mail address.", field="email")
    return address


def mailbox_of(address: str) -> str:
    """What is one mailbox at most providers: without case, dots and what stands behind a plus."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


_IS_KNOWN = PersonContact.verified_at.is_not(None)


@dataclass(frozen=True, kw_only=True)
class _Means:
    """How a kind of contact is written, and by which messages a former one is told."""

    normalise: Callable[[str], str]
    former: str
    replaced: str
    undone: str


_MEANS = {
    ContactKind.EMAIL: _Means(
        normalise=normalise_email, former=FORMER_MAIL, replaced=REPLACED_MAIL, undone=UNDONE_MAIL
    ),
    ContactKind.PHONE: _Means(
        normalise=normalise_phone, former=FORMER_TEXT, replaced=REPLACED_TEXT, undone=UNDONE_TEXT
    ),
}


def normalise_contact(text: str, *, kind: ContactKind) -> str:
    """The address or number as it is kept. Raises InvalidInput (the field is the kind)."""
    return _MEANS[kind].normalise(text)


@dataclass(frozen=True)
class Addressee:
    """Where a person is written to, and in which language.

    `former` is what they can have back still; whoever replaced it may be somebody else.
    """

    value: str = field(repr=False)
    language: str
    former: str = field(default="", repr=False)


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
    before = find_replaced(
        db, keyring=keyring, kind=kind, person_id=contact.person_id, at=clock.now()
    )
    value = CONTACT.open(keyring, contact.value_encrypted, **row_of)
    return Addressee(value, language, before.value if before else "")


def remove_contacts(db: Session, *, keyring: Keyring, person_id: UUID, at: datetime) -> None:
    """Forget every contact of an account that is somebody else's from now on.

    Whoever had it is told at each that was known to be theirs.
    """
    of_person = PersonContact.person_id == person_id
    for contact in db.scalars(select(PersonContact).where(of_person, _IS_KNOWN)):
        _tell(db, contact, _MEANS[contact.kind].former, keyring=keyring, at=at)
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


@dataclass(frozen=True)
class ReplacedContact:
    """What an account had before all changes that can be undone."""

    row_id: UUID
    kind: ContactKind
    value: str = field(repr=False)
    created_at: datetime
    undone_until: datetime


def find_replaced(
    db: Session, *, keyring: Keyring, kind: ContactKind, person_id: UUID, at: datetime
) -> ReplacedContact | None:
    """What an undoing would bring back; of several changes, what stood before the first."""
    row = db.scalar(
        select(PersonContact)
        .where(PersonContact.person_id == person_id, PersonContact.kind == kind)
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
    of_person = (PersonContact.person_id == person_id, PersonContact.kind == replaced.kind)
    back = (
        update(PersonContact)
        .where(PersonContact.id == replaced.row_id, PersonContact.ended_at.is_not(None))
        .values(ended_at=None)
        .returning(PersonContact.id)
    )
    if db.scalar(back) is None:
        return False
    later = PersonContact.created_at > replaced.created_at
    counting = (later, PersonContact.ended_at.is_(None), _IS_KNOWN)
    for contact in db.scalars(select(PersonContact).where(*of_person, *counting)):
        _tell(db, contact, _MEANS[replaced.kind].undone, keyring=keyring, at=at)
    db.execute(delete(PersonContact).where(*of_person, later))
    return True


def forget_contacts_since(
    db: Session, *, keyring: Keyring, person_id: UUID, since: datetime, at: datetime
) -> None:
    """Have the contacts that counted then, as far as they are kept, and none added later.

    Those are told: whoever takes the account back may not be its owner.
    """
    for kind in ContactKind:
        replaced = find_replaced(db, keyring=keyring, kind=kind, person_id=person_id, at=at)
        if replaced is not None and replaced.undone_until - UNDONE_WITHIN >= since:
            undo_replacement(db, keyring=keyring, person_id=person_id, replaced=replaced, at=at)
    later = (PersonContact.person_id == person_id, PersonContact.created_at > since)
    for contact in db.scalars(select(PersonContact).where(*later, _IS_KNOWN)):
        _tell(db, contact, _MEANS[contact.kind].undone, keyring=keyring, at=at)
    db.execute(delete(PersonContact).where(*later))


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
