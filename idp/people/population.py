"""The population register: the port by which it is asked, and the extract of it kept here."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TextIO

from sqlalchemy import DateTime, LargeBinary, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.declaration import Declaration, declare
from idp.people.identifiers import hash_number
from idp.people.models import PopulationRecord
from idp.people.names import name_key

COLUMNS = ("number", "name", "birthdate", "sex", "residence_code")
_BATCH = 5000

_UPSERT = text("""
INSERT INTO population_record (number_hash, name, birthdate, sex, residence_code, imported_at)
SELECT number_hash, name, birthdate, sex, residence_code, :at
FROM unnest(:number_hashes, :names, :birthdates, :sexes, :residence_codes)
     AS r (number_hash, name, birthdate, sex, residence_code)
ON CONFLICT (number_hash) DO UPDATE SET
    name = excluded.name, birthdate = excluded.birthdate, sex = excluded.sex,
    residence_code = excluded.residence_code, imported_at = excluded.imported_at
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("number_hashes", type_=ARRAY(LargeBinary)),
    *(
        bindparam(name, type_=ARRAY(Text))
        for name in ("names", "birthdates", "sexes", "residence_codes")
    ),
)


@dataclass(frozen=True)
class PopulationEntry(Declaration):
    """A resident as the register writes them."""

    residence_code: str | None = None


class PopulationRegister(Protocol):
    """The port to the register: what it knows of a citizen number."""

    def find(self, *, number: str) -> PopulationEntry | None:
        """The resident with that normalised number; None for a number it does not know."""


def read_entries(file: TextIO, *, at: datetime) -> Iterator[PopulationEntry]:
    """The rows of a CSV with the header number,name,birthdate,sex,residence_code.

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
        residence_code = row.get("residence_code", "").strip() or None
        return PopulationEntry(**vars(declare(**declared, at=at)), residence_code=residence_code)
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
        db.execute(
            _UPSERT,
            {
                "at": at,
                "number_hashes": [hash_number(keyring, entry.number) for entry in batch],
                "names": [entry.name for entry in batch],
                "birthdates": [entry.birthdate for entry in batch],
                "sexes": [entry.sex.value for entry in batch],
                "residence_codes": [entry.residence_code for entry in batch],
            },
        )
        total += len(read)
    return total


def match_declaration(
    db: Session, *, keyring: Keyring, declaration: Declaration
) -> PopulationEntry | None:
    """The population register's entry when everything declared agrees with it."""
    entry = population_register(db, keyring=keyring).find(number=declaration.number)
    if entry is None or (entry.birthdate, entry.sex) != (declaration.birthdate, declaration.sex):
        return None
    return entry if name_key(entry.name) == name_key(declaration.name) else None


def population_register(db: Session, *, keyring: Keyring) -> PopulationRegister:
    """The adapter in use: the extract imported here."""
    return _ImportedExtract(db, keyring)


@dataclass(frozen=True)
class _ImportedExtract:
    db: Session
    keyring: Keyring

    def find(self, *, number: str) -> PopulationEntry | None:
        row = self.db.execute(
            select(
                PopulationRecord.name,
                PopulationRecord.birthdate,
                PopulationRecord.sex,
                PopulationRecord.residence_code,
            ).where(PopulationRecord.number_hash == hash_number(self.keyring, number))
        ).one_or_none()
        return None if row is None else PopulationEntry(number, *row)
