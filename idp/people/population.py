"""The population register: the port by which it is asked, and the extract of it kept here."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import DateTime, LargeBinary, Row, any_, bindparam, delete, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.kit.tables.imports import Differences
from idp.people.declaration import Declaration
from idp.people.identifiers import HASHES, hashes_of
from idp.people.models import (
    REGISTER_ADDRESS,
    REGISTER_EMAIL,
    REGISTER_ENTRY,
    REGISTER_NUMBER,
    PopulationRecord,
    Sex,
)
from idp.people.postal import POSTAL, PostalAddress

COLUMNS = ("number", "name", "birthdate", "sex", "residence_code", "email", *POSTAL)
"""What a row says."""
_BATCH = 5000
_STORED = table_of(PopulationRecord)

_ARRAYS = ("hashes", "numbers", "entries", "emails", "addresses")
_UPSERT = text("""
INSERT INTO population_record (
    number_hash, number_encrypted, entry_encrypted, email_encrypted, address_encrypted, imported_at)
SELECT number_hash, number_encrypted, entry_encrypted, email_encrypted, address_encrypted, :at
FROM unnest(:hashes, :numbers, :entries, :emails, :addresses)
    AS r (number_hash, number_encrypted, entry_encrypted, email_encrypted, address_encrypted)
ON CONFLICT (number_hash) DO UPDATE SET
    number_encrypted = excluded.number_encrypted, entry_encrypted = excluded.entry_encrypted,
    email_encrypted = excluded.email_encrypted, address_encrypted = excluded.address_encrypted,
    imported_at = excluded.imported_at
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    *(bindparam(name, type_=ARRAY(LargeBinary)) for name in _ARRAYS),
)


@immutable
class PopulationEntry(Declaration):
    """A resident as the register writes them."""

    residence_code: str | None = None
    email: str = field(default="", repr=False)
    """The contact that the register holds: who reads it can show possession."""
    street: str = field(default="", repr=False)
    commune: str = field(default="", repr=False)
    province: str = field(default="", repr=False)

    @property
    def postal(self) -> PostalAddress | None:
        """Where a letter reaches them, if the register says it whole."""
        address = PostalAddress(self.street, self.commune, self.province)
        return address if all(address.lines) else None


class PopulationRegister(Protocol):
    """The port to the register: what it knows of a citizen number."""

    def find(self, *, number: str) -> PopulationEntry | None:
        """The resident with that normalised number; None for a number it does not know."""


def import_population(
    db: Session, entries: Iterable[PopulationEntry], *, keyring: Keyring, at: datetime
) -> None:
    """Add or replace rows of the register in batches of constant memory.

    Of several rows with one number the last counts. `imported_at` of a row is that of the import
    that added it or changed it last.
    """
    remaining = iter(entries)
    while batch := {entry.number: entry for entry in islice(remaining, _BATCH)}:
        import_entries(db, [*batch.values()], keyring=keyring, at=at)


def import_entries(
    db: Session,
    batch: Sequence[PopulationEntry],
    *,
    keyring: Keyring,
    at: datetime,
    kept: Collection[str] = (),
) -> list[Differences | None]:
    """Add or replace rows of the register; for each which fields differed, None for a new one.

    Fields in `kept` stay as they are stored. Each number stands in the batch once. What differs, or
    stands under an older look-up key, is written.
    """
    hashes = [hashes_of(keyring, entry.number) for entry in batch]
    is_known = PopulationRecord.number_hash == any_(literal([h for e in hashes for h in e], HASHES))
    stored = {row.number_hash: row for row in db.execute(select(_STORED).where(is_known))}
    did, sealed = list[Differences | None](), []
    for given, (newest, *older) in zip(batch, hashes, strict=True):
        row = next((stored[each] for each in (newest, *older) if each in stored), None)
        entry, differing = _compare(keyring, row, given, kept) if row else (given, None)
        did.append(differing)
        if differing or newest not in stored:
            sealed.append(_seal(keyring, entry, newest))
    if older_ones := [older for each in hashes for older in each[1:]]:
        is_older = PopulationRecord.number_hash == any_(literal(older_ones, HASHES))
        db.execute(delete(PopulationRecord).where(is_older))
    if sealed:
        columns = map(list, zip(*sealed, strict=True))
        db.execute(_UPSERT, {"at": at, **dict(zip(_ARRAYS, columns, strict=True))})
    return did


def _compare(
    keyring: Keyring, row: Row[Any], entry: PopulationEntry, kept: Collection[str]
) -> tuple[PopulationEntry, Differences]:
    """The entry with what it keeps of the stored row, and the fields in which that says otherwise.

    A row that was altered says nothing, and keeps nothing.
    """
    try:
        stored = _open(keyring, row, number=_open_number(keyring, row))
    except DecryptionFailed:
        return entry, dict.fromkeys(COLUMNS)
    entry = replace(entry, **{name: getattr(stored, name) for name in kept})
    differing = (name for name in COLUMNS if getattr(stored, name) != getattr(entry, name))
    return entry, dict.fromkeys(differing)


def _open_number(keyring: Keyring, row: Row[Any]) -> str:
    """Empty where it was altered, or the row is older than 0017."""
    sealed = row.number_encrypted or b""
    try:
        return REGISTER_NUMBER.open(keyring, sealed, number_hash=row.number_hash)
    except DecryptionFailed:
        return ""


def _open(keyring: Keyring, row: Row[Any], *, number: str) -> PopulationEntry:
    key = {"number_hash": row.number_hash}
    entry = REGISTER_ENTRY.open(keyring, row.entry_encrypted, **key)
    sealed = row.email_encrypted
    email = REGISTER_EMAIL.open(keyring, sealed, **key) if sealed is not None else ""
    sealed = row.address_encrypted
    address = REGISTER_ADDRESS.open(keyring, sealed, **key) if sealed is not None else "[]"
    name, birthdate, sex, residence_code = json.loads(entry)
    return PopulationEntry(
        number, name, birthdate, Sex(sex), residence_code, email, *json.loads(address)
    )


def _seal(
    keyring: Keyring, entry: PopulationEntry, number_hash: bytes
) -> tuple[bytes, bytes, bytes, bytes | None, bytes | None]:
    rest = json.dumps([entry.name, entry.birthdate, entry.sex, entry.residence_code])
    email, address = entry.email, [entry.street, entry.commune, entry.province]
    written = json.dumps(address, ensure_ascii=False) if any(address) else ""
    return (
        number_hash,
        REGISTER_NUMBER.seal(keyring, entry.number, number_hash=number_hash),
        REGISTER_ENTRY.seal(keyring, rest, number_hash=number_hash),
        REGISTER_EMAIL.seal(keyring, email, number_hash=number_hash) if email else None,
        REGISTER_ADDRESS.seal(keyring, written, number_hash=number_hash) if written else None,
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


@immutable
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
