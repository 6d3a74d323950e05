"""The population register: the port by which it is asked, and the extract of it kept here."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TextIO

from sqlalchemy import DateTime, LargeBinary, Row, any_, bindparam, delete, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.db import table_of
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
_STORED = table_of(PopulationRecord)

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


@dataclass(frozen=True)
class Imported:
    """What an import did: lines it read, and rows of the register that it found so and left."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def import_population(
    db: Session, entries: Iterable[PopulationEntry], *, keyring: Keyring, at: datetime
) -> Imported:
    """Add or replace rows of the register in batches of constant memory.

    Of several rows with one number the last counts. `imported_at` of a row is that of the import
    that added it or changed it last.
    """
    counts: Counter[str] = Counter()
    remaining = iter(entries)
    while read := list(islice(remaining, _BATCH)):
        batch = list({entry.number: entry for entry in read}.values())
        counts.update(_import_batch(db, batch, keyring=keyring, at=at), lines=len(read))
    return Imported(**counts)


def _import_batch(
    db: Session, batch: list[PopulationEntry], *, keyring: Keyring, at: datetime
) -> Counter[str]:
    """Compare, then write what differs or stands under an older look-up key."""
    hashes = [hashes_of(keyring, entry.number) for entry in batch]
    is_known = PopulationRecord.number_hash == any_(literal([h for e in hashes for h in e], HASHES))
    stored = {row.number_hash: row for row in db.execute(select(_STORED).where(is_known))}
    counts, sealed = Counter[str](), []
    for entry, (newest, *older) in zip(batch, hashes, strict=True):
        rows = [stored[each] for each in (newest, *older) if each in stored]
        is_same = bool(rows) and _is_same(keyring, rows[0], entry)
        counts["unchanged" if is_same else "changed" if rows else "added"] += 1
        if not is_same or newest not in stored:
            sealed.append(_seal(keyring, entry, newest))
    if older_ones := [older for each in hashes for older in each[1:]]:
        is_older = PopulationRecord.number_hash == any_(literal(older_ones, HASHES))
        db.execute(delete(PopulationRecord).where(is_older))
    if sealed:
        columns = map(list, zip(*sealed, strict=True))
        db.execute(_UPSERT, {"at": at, **dict(zip(_ARRAYS, columns, strict=True))})
    return counts


def _is_same(keyring: Keyring, row: Row[Any], entry: PopulationEntry) -> bool:
    """Whether the stored row says what the entry says; one that was altered says nothing."""
    try:
        number = REGISTER_NUMBER.open(
            keyring, row.number_encrypted or b"", number_hash=row.number_hash
        )
        return _open(keyring, row, number=number) == entry
    except DecryptionFailed:
        return False


def _open(keyring: Keyring, row: Row[Any], *, number: str) -> PopulationEntry:
    key = {"number_hash": row.number_hash}
    entry = REGISTER_ENTRY.open(keyring, row.entry_encrypted, **key)
    sealed = row.email_encrypted
    email = REGISTER_EMAIL.open(keyring, sealed, **key) if sealed is not None else ""
    name, birthdate, sex, residence_code = json.loads(entry)
    return PopulationEntry(number, name, birthdate, Sex(sex), residence_code, email)


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
            select(_STORED)
            .where(PopulationRecord.number_hash == any_(hashes))
            .order_by(PopulationRecord.imported_at.desc())
        ).first()
        return None if row is None else _open(self.keyring, row, number=number)
