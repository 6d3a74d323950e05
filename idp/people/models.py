"""Tables of people, their identifiers and contacts, and the population register."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base
from idp.kit.languages import DEFAULT


class PersonStatus(StrEnum):
    """Only an active person signs in; active and suspended ones are live in the figures."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    DECEASED = "deceased"
    MERGED = "merged"


class Sex(StrEnum):
    """As the population register records it; wire values of the `gender` claim."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Person(Base, kw_only=True):
    """A natural person.

    `subject_number` is the analytics number: the only trace of a person in the journal.
    `credentials_epoch` is stored in sessions and grants; raising it ends them all.
    `birthdate` is `YYYY-MM-DD`, or `YYYY` where only the year is known.
    """

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("proofing BETWEEN 0 AND 2", name="proofing"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    subject_number: Mapped[int] = mapped_column(Identity(always=True), unique=True, init=False)
    status: Mapped[PersonStatus] = mapped_column(default=PersonStatus.ACTIVE)
    proofing: Mapped[int] = mapped_column(SmallInteger, default=0)
    credentials_epoch: Mapped[int] = mapped_column(default=0)
    name: Mapped[str]
    birthdate: Mapped[str]
    sex: Mapped[Sex]
    nationality: Mapped[str] = mapped_column(default="VN")
    residence_code: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str] = mapped_column(default=DEFAULT)
    claims: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    password_hash: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PersonIdentifier(Base, kw_only=True):
    """A number by which a person is found; history is kept, at most one holder at a time."""

    __tablename__ = "person_identifier"
    __table_args__ = (
        Index(
            "uq_person_identifier_current",
            "kind",
            "value_hash",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(default="citizen_number")
    value_encrypted: Mapped[bytes]
    value_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class ContactKind(StrEnum):
    """What a contact is."""

    EMAIL = "email"
    PHONE = "phone"


class PersonContact(Base, kw_only=True):
    """An address or number people can be reached at: a contact, never an identity."""

    __tablename__ = "person_contact"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ContactKind]
    value_encrypted: Mapped[bytes]
    verified_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class PopulationRecord(Base, kw_only=True):
    """A row of the population register, found by the keyed hash of the citizen number."""

    __tablename__ = "population_record"

    number_hash: Mapped[bytes] = mapped_column(primary_key=True)
    name: Mapped[str]
    birthdate: Mapped[str]
    sex: Mapped[Sex]
    residence_code: Mapped[str | None] = mapped_column(default=None)
    imported_at: Mapped[datetime]
