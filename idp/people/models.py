"""Tables of people, their identifiers and contacts, and the population register."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.languages import DEFAULT
from idp.kit.sealed import FoundBy, Sealed, SealedColumn

CITIZEN_NUMBER = "citizen_number"
"""The kind of a citizen number, in its rows and in its hashes."""
CLAIMED_NUMBER = "claimed_number"
"""The kind of a number that somebody only says is theirs, with digits that make it unique."""


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
    `matched_at` is when what they declared was found to agree with the population register: they
    know what an ID card says, and nothing is proven by it (see `people.declaration`).
    `birthdate` is `YYYY-MM-DD`, or `YYYY` where only the year is known. `is_test`: made up to try
    applications of the sandbox, no real service is open to them, and no figure counts them.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("proofing BETWEEN 0 AND 2", name="proofing"),
        Index("ix_person_closing", "closes_at", postgresql_where=text("closes_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    subject_number: Mapped[int] = mapped_column(Identity(always=True), unique=True, init=False)
    status: Mapped[PersonStatus] = mapped_column(default=PersonStatus.ACTIVE)
    proofing: Mapped[int] = mapped_column(SmallInteger, default=0)
    matched_at: Mapped[datetime | None] = mapped_column(default=None)
    credentials_epoch: Mapped[int] = mapped_column(default=0)
    name: Mapped[str]
    birthdate: Mapped[str]
    sex: Mapped[Sex]
    nationality: Mapped[str] = mapped_column(default="VN")
    residence_code: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str] = mapped_column(default=DEFAULT)
    claims: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    password_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    """The hash of their password: of theirs alone, wherever it is copied."""
    is_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it is erased, as its owner asked; until then they may say that it stays."""
    held_since: Mapped[datetime | None] = mapped_column(default=None)
    """When a desk gave the account to who has it now; null: to nobody, it is whose it always was.

    What is older tells of somebody else, and is not shown to them."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


PASSWORD_HASH = SealedColumn(table_of(Person).c.password_encrypted)


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
    kind: Mapped[str] = mapped_column(default=CITIZEN_NUMBER)
    value_encrypted: Mapped[bytes] = mapped_column(Sealed())
    value_hash: Mapped[bytes] = mapped_column(FoundBy("value_encrypted", CITIZEN_NUMBER))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


NUMBER = SealedColumn(table_of(PersonIdentifier).c.value_encrypted)


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
    value_encrypted: Mapped[bytes] = mapped_column(Sealed())
    verified_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    """When another took its place; until it is deleted, that can be undone."""


CONTACT = SealedColumn(table_of(PersonContact).c.value_encrypted)


class PersonCode(Base, kw_only=True):
    """The one open code of a session `sid` of its person, for a purpose.

    `sends` and `resend_at` say how long to wait for another. Taken, counted and renewed by one
    statement each (`people.codes`).
    """

    __tablename__ = "person_code"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    sid: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(index=True)
    sends: Mapped[int]
    tries_left: Mapped[int]
    resend_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class PersonLetter(Base, kw_only=True):
    """A code that goes by post to where the population register says its person lives.

    Asked for, then printed, if the register agrees with what they say and has an address: nobody
    but who prints it is told. `code_hash` and `payload_encrypted` (name, address and the code) are
    there from then on, the latter until the print is confirmed. `reference` stands on the paper.
    """

    __tablename__ = "person_letter"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    tries_left: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """Until when it waits to be printed; then, until when its code is read."""
    batch_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("letter_batch.id"), index=True, default=None
    )
    printed_at: Mapped[datetime | None] = mapped_column(default=None)
    """For the first time: its batch is of a later instant once it is printed again."""
    code_hash: Mapped[bytes | None] = mapped_column(default=None)
    payload_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    returned_at: Mapped[datetime | None] = mapped_column(default=None)
    """When an official noted that the post brought it back."""


LETTER = SealedColumn(table_of(PersonLetter).c.payload_encrypted)


class LetterBatch(Base, kw_only=True):
    """Letters that one official printed together. `made_by` is their analytics number."""

    __tablename__ = "letter_batch"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[int | None] = mapped_column(BigInteger, default=None)
    letters: Mapped[int]
    ends_at: Mapped[datetime]
    """When its letters can be read no more; at once, where the print is confirmed before."""
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)


class PopulationRecord(Base, kw_only=True):
    """A row of the population register, found by the keyed hash of the citizen number.

    `entry_encrypted` holds the other columns of the register, as a JSON list; `email_encrypted` and
    `address_encrypted` where a person is written to, if it says so. `number_encrypted` is null in
    rows imported before 0017: their hash cannot be renewed until they are again.
    """

    __tablename__ = "population_record"

    number_hash: Mapped[bytes] = mapped_column(
        FoundBy("number_encrypted", CITIZEN_NUMBER), primary_key=True
    )
    number_encrypted: Mapped[bytes | None] = mapped_column(Sealed())
    entry_encrypted: Mapped[bytes] = mapped_column(Sealed())
    email_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    address_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    imported_at: Mapped[datetime]


REGISTER_NUMBER = SealedColumn(table_of(PopulationRecord).c.number_encrypted)
REGISTER_ENTRY = SealedColumn(table_of(PopulationRecord).c.entry_encrypted)
REGISTER_EMAIL = SealedColumn(table_of(PopulationRecord).c.email_encrypted)
REGISTER_ADDRESS = SealedColumn(table_of(PopulationRecord).c.address_encrypted)
