"""The population register: the port by which it is asked, and the extract of it kept here."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TextIO

from sqlalchemy import DateTime, LargeBinary, any_, bindparam, delete, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.contacts import normalise_email
from idp.people.declaration import Declaration, declare
from idp.people.identifiers import HASHES, hashes_of
from idp.people.models import (
    REGISTER_EMAIL,
    REGISTER_ENTRY,
    REGISTER_NUMBER,
    PopulationRecord,
    Sex,
)

COLUMNS = ("number", "name", "birthdate", "sex", "residence_code", "email")
"""The last two may be left out, or empty."""
_BATCH = 5000

_ARRAYS = ("hashes", "numbers", "entries", "emails")
_UPSERT = text("""
INSERT INTO population_record (
    number_hash, number_encrypted, entry_encrypted, email_encrypted, imported_at)
SELECT number_hash, number_encrypted, entry_encrypted, email_encrypted, :at
FROM unnest(:hashes, :numbers, :entries, :emails)
    AS r (number_hash, number_encrypted, entry_encrypted, email_encrypted)
ON CONFLICT (number_hash) DO UPDATE SET
    number_encrypted = excluded.number_encrypted, entry_encrypted = excluded.entry_encrypted,
    email_encrypted = excluded.email_encrypted, imported_at = excluded.imported_at
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    *(bindparam(name, type_=ARRAY(LargeBinary)) for name in _ARRAYS),
)


@dataclass(frozen=True)
class PopulationEntry(Declaration):
    """A resident as the register writes them."""

    residence_code: str | None = None
    email: str = field(default="", repr=False)
    """The contact that the register holds: who reads it can show possession."""


class PopulationRegister(Protocol):
    """The port to the register: what it knows of a citizen number."""

    def find(self, *, number: str) -> PopulationEntry | None:
        """The resident with that normalised number; None for a number it does not know."""


def read_entries(file: TextIO, *, at: datetime) -> Iterator[PopulationEntry]:
    """The rows of a CSV with the header number,name,birthdate,sex,residence_code,email.

    Raises InvalidInput naming the line that breaks a rule.
    """
    reader = csv.DictReader(file, strict=True)
    try:
        missing = set(COLUMNS[:4]) - set(reader.fieldnames or ())
        if missing:
            lacking = ", ".join(sorted(missing))
            raise InvalidInput(f"The file lacks the columns {lacking}.", field="file")
        for row in reader:
            yield _entry_of(row, line=reader.line_num, at=at)
    except UnicodeDecodeError as error:
        reason = f"The file is not UTF-8 after line {reader.line_num}."
        raise InvalidInput(reason, field="file") from error
    except csv.Error as error:
        reason = f"After line {reader.line_num}: this is not CSV ({error})."
        raise InvalidInput(reason, field="file") from error


def _entry_of(row: dict[str | None, Any], *, line: int, at: datetime) -> PopulationEntry:
    """One row; a value too many or too few reads as None."""
    try:
        if None in row or None in row.values():
            raise InvalidInput("This line has more or fewer values than the header.")
        declared = {name: row[name] for name in COLUMNS[:4]}
        declared["sex"] = declared["sex"].strip().lower()
        email = row.get("email", "").strip()
        return PopulationEntry(
            **vars(declare(**declared, at=at)),
            residence_code=row.get("residence_code", "").strip() or None,
            email=normalise_email(email) if email else "",
        )
    except (InvalidInput, ValueError) as error:
        reason = error.public if isinstance(error, InvalidInput) else "Unknown sex."
        raise InvalidInput(f"Line {line}: {reason}", field="file") from error


def import_population(
    db: Session, entries: Iterable[PopulationEntry], *, keyring: Keyring, at: datetime
) -> int:
    """Add or replace rows of the register in batches of constant memory; how many were read.

    Of several rows with one number the last counts.
    """
    total = 0
    remaining = iter(entries)
    while read := list(islice(remaining, _BATCH)):
        batch = {entry.number: entry for entry in read}.values()
        hashes = [hashes_of(keyring, entry.number) for entry in batch]
        if older := [older for each in hashes for older in each[1:]]:
            is_older = PopulationRecord.number_hash == any_(literal(older, HASHES))
            db.execute(delete(PopulationRecord).where(is_older))
        sealed = [_seal(keyring, entry, each[0]) for entry, each in zip(batch, hashes, strict=True)]
        columns = zip(*sealed, strict=True)
        db.execute(_UPSERT, {"at": at, **dict(zip(_ARRAYS, map(list, columns), strict=True))})
        total += len(read)
    return total


def _seal(
    keyring: Keyring, entry: PopulationEntry, number_hash: bytes
) -> tuple[bytes, bytes, bytes, bytes | None]:
    rest = json.dumps([entry.name, entry.birthdate, entry.sex, entry.residence_code])
    email = entry.email
    return (
        number_hash,
        REGISTER_NUMBER.seal(keyring, entry.number, number_hash=number_hash),
        REGISTER_ENTRY.seal(keyring, rest, number_hash=number_hash),
        REGISTER_EMAIL.seal(keyring, email, number_hash=number_hash) if email else None,
    )


def match_declaration(
    db: Session, *, keyring: Keyring, declaration: Declaration
) -> PopulationEntry | None:
    """The population register's entry when everything declared agrees with it."""
    entry, differing = compare_declaration(db, keyring=keyring, declaration=declaration)
    return None if differing else entry


def compare_declaration(
    db: Session, *, keyring: Keyring, declaration: Declaration
) -> tuple[PopulationEntry | None, tuple[str, ...]]:
    """The register's entry of that number, if it knows it, and the fields in which that differs."""
    entry = population_register(db, keyring=keyring).find(number=declaration.number)
    return entry, entry.differing(declaration) if entry is not None else ()


def population_register(db: Session, *, keyring: Keyring) -> PopulationRegister:
    """The adapter in use: the extract imported here."""
    return _ImportedExtract(db, keyring)


@dataclass(frozen=True)
class _ImportedExtract:
    db: Session
    keyring: Keyring

    def find(self, *, number: str) -> PopulationEntry | None:
        hashes = literal(hashes_of(self.keyring, number), HASHES)
        row = self.db.execute(
            select(
                PopulationRecord.number_hash,
                PopulationRecord.entry_encrypted,
                PopulationRecord.email_encrypted,
            )
            .where(PopulationRecord.number_hash == any_(hashes))
            .order_by(PopulationRecord.imported_at.desc())
        ).first()
        if row is None:
            return None
        key = {"number_hash": row.number_hash}
        entry = REGISTER_ENTRY.open(self.keyring, row.entry_encrypted, **key)
        sealed = row.email_encrypted
        email = REGISTER_EMAIL.open(self.keyring, sealed, **key) if sealed is not None else ""
        name, birthdate, sex, residence_code = json.loads(entry)
        return PopulationEntry(number, name, birthdate, Sex(sex), residence_code, email)
