"""Everything known about a person that a claim may be made of, in one statement."""

from collections.abc import Collection, Mapping
from dataclasses import field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Row, bindparam, select, true
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.kit.sealed import SealedColumn
from idp.people.declaration import Declaration
from idp.people.models import (
    CITIZEN_NUMBER,
    CONTACT,
    NUMBER,
    ContactKind,
    Person,
    PersonContact,
    PersonIdentifier,
    PersonStatus,
    Sex,
)


@immutable
class PersonProfile:
    """A person with contacts decrypted; empty strings where nothing is known.

    `claims` are further values of standard claims (`nickname`, `address`, …) kept as given.
    """

    person_id: UUID
    subject_number: int
    status: PersonStatus
    proofing: int
    credentials_epoch: int
    name: str = field(repr=False)
    birthdate: str = field(repr=False)
    sex: Sex = field(repr=False)
    nationality: str
    residence_code: str | None
    locale: str
    claims: Mapping[str, Any] = field(repr=False)
    updated_at: datetime
    citizen_number: str = field(repr=False)
    email: str = field(repr=False)
    email_verified: bool
    phone: str = field(repr=False)
    phone_verified: bool
    is_test: bool = False

    @property
    def declared(self) -> Declaration:
        """Who the person is, as they would say it themselves."""
        return Declaration(self.citizen_number, self.name, self.birthdate, self.sex)


_AS_THEY_ARE = {field.name for field in fields(PersonProfile)} & {*Person.__table__.columns.keys()}
"""What the profile takes over from the person's row."""


def read_profile(db: Session, *, keyring: Keyring, person_id: UUID) -> PersonProfile:
    """The person's profile, in one statement. Raises NotFound."""
    profile = find_profile(db, keyring=keyring, person_id=person_id)
    if profile is None:
        raise NotFound("There is no such person.")
    return profile


def find_profile(db: Session, *, keyring: Keyring, person_id: UUID) -> PersonProfile | None:
    """The person's profile, or None, in one statement."""
    row = db.execute(_STATEMENT, {"person_id": person_id}).one_or_none()
    if row is None:
        return None
    return PersonProfile(
        person_id=row.id,
        citizen_number=_open(keyring, row, "identifier", NUMBER),
        email=_open(keyring, row, "email", CONTACT),
        email_verified=row.email_verified_at is not None,
        phone=_open(keyring, row, "phone", CONTACT),
        phone_verified=row.phone_verified_at is not None,
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
    )


def find_names(db: Session, *, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those people, by id. One statement, none for nobody."""
    if not person_ids:
        return {}
    rows = db.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


def _open(keyring: Keyring, row: Row[Any], name: str, column: SealedColumn) -> str:
    sealed, row_id = getattr(row, f"{name}_encrypted"), getattr(row, f"{name}_id")
    if sealed is None:
        return ""
    return column.open(keyring, sealed, id=row_id, person_id=row.id)


def _newest(kind: ContactKind) -> FromClause:
    return (
        select(PersonContact.id, PersonContact.value_encrypted, PersonContact.verified_at)
        .where(PersonContact.person_id == Person.id, PersonContact.kind == kind)
        .where(PersonContact.ended_at.is_(None))
        .order_by(PersonContact.created_at.desc())
        .limit(1)
        .correlate(Person)
        .lateral(kind.value)
    )


def _statement() -> Any:
    email, phone = _newest(ContactKind.EMAIL), _newest(ContactKind.PHONE)
    identifier = PersonIdentifier.__table__
    return (
        select(
            *Person.__table__.columns,
            identifier.c.id.label("identifier_id"),
            identifier.c.value_encrypted.label("identifier_encrypted"),
            email.c.id.label("email_id"),
            email.c.value_encrypted.label("email_encrypted"),
            email.c.verified_at.label("email_verified_at"),
            phone.c.id.label("phone_id"),
            phone.c.value_encrypted.label("phone_encrypted"),
            phone.c.verified_at.label("phone_verified_at"),
        )
        .outerjoin(
            identifier,
            (identifier.c.person_id == Person.id)
            & (identifier.c.kind == CITIZEN_NUMBER)
            & identifier.c.ended_at.is_(None),
        )
        .outerjoin(email, true())
        .outerjoin(phone, true())
        .where(Person.id == bindparam("person_id"))
    )


_STATEMENT = _statement()
