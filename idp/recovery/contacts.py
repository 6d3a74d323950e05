"""Which contact gets an account back: as somebody types it, and whether it is the account's."""

from collections.abc import Collection
from dataclasses import field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.people.contacts import normalise_contact
from idp.people.identifiers import find_holder, hashes_of
from idp.people.models import ContactKind, PersonStatus
from idp.people.opening_contacts import find_opening

_NEITHER = N_("Enter an e-mail address, or the number of a Vietnamese mobile phone.")


@immutable
class TypedContact:
    """An address or number as it is kept, of a kind that people can be reached by."""

    kind: ContactKind
    value: str = field(repr=False)


def read_contact(text: str, *, offered: Collection[ContactKind]) -> TypedContact:
    """What was typed into the one field for both. Raises InvalidInput (field `contact`)."""
    is_number = any(map(str.isdigit, text)) and not any(c.isalpha() or c == "@" for c in text)
    if {*ContactKind} <= {*offered} and not is_number and "@" not in text:
        raise InvalidInput(_NEITHER, field="contact")
    is_phone = ContactKind.EMAIL not in offered or (is_number and ContactKind.PHONE in offered)
    kind = ContactKind.PHONE if is_phone else ContactKind.EMAIL
    try:
        return TypedContact(kind, normalise_contact(text, kind=kind))
    except InvalidInput as error:
        raise InvalidInput(error.public, field="contact") from error


def owner_of(
    db: Session, keyring: Keyring, *, number: str, contact: TypedContact, at: datetime
) -> UUID | None:
    """The active account of that number whose contact of this kind counts, and is this one."""
    holder = find_holder(db, number_hashes=hashes_of(keyring, number))
    person_id = holder.person_id if holder else None
    has_it = has_contact(db, keyring, person_id, contact=contact, at=at)
    is_active = holder is not None and holder.status == PersonStatus.ACTIVE
    return person_id if has_it and is_active else None


def has_contact(
    db: Session, keyring: Keyring, person_id: UUID | None, *, contact: TypedContact, at: datetime
) -> bool:
    """Whether it counts; none does while the one before can be had back. One statement."""
    return contact.value == find_opening(db, keyring, person_id, kind=contact.kind, at=at)
