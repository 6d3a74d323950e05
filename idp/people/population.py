"""The population register: importing an extract of it, and matching people against it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TextIO

from sqlalchemy import DateTime, LargeBinary, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.identifiers import hash_number, normalise_number
from idp.people.models import PopulationRecord, Sex
from idp.people.names import name_key, normalise_birthdate, normalise_name

COLUMNS = ("number", "name", "birthdate", "sex", "residence_code")
_BATCH = 5000

_UPSERT = text("""
INSERT INTO population_record (number_hash, name, birthdate, sex, residence_code, imported_at)
SELECT DISTINCT ON (number_hash) number_hash, name, birthdate, sex, residence_code, :at
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
class PopulationEntry:
    """A resident as the register writes them."""

    number: str
    name: str
    birthdate: str
    sex: Sex
    residence_code: str | None = None


@dataclass(frozen=True)
class Match:
    """The register agrees with what someone declared; it spells the name and knows where."""

    name: str
    residence_code: str | None


def read_entries(file: TextIO, *, today: date) -> Iterator[PopulationEntry]:
    """The rows of a CSV with the header number,name,birthdate,sex,residence_code.

    Raises InvalidInput naming the line that breaks a rule.
    """
    reader = csv.DictReader(file)
    missing = set(COLUMNS[:4]) - set(reader.fieldnames or ())
    if missing:
        raise InvalidInput(
            f"The file lacks the columns {', '.join(sorted(missing))}.", field="file"
        )
    for row in reader:
        try:
            yield PopulationEntry(
                number=normalise_number(row["number"] or "", today=today),
                name=normalise_name(row["name"] or ""),
                birthdate=normalise_birthdate(row["birthdate"] or "", today=today),
                sex=Sex((row["sex"] or "").strip().lower()),
                residence_code=(row.get("residence_code") or "").strip() or None,
            )
        except (InvalidInput, ValueError) as error:
            reason = error.public if isinstance(error, InvalidInput) else "Unknown sex."
            raise InvalidInput(f"Line {reader.line_num}: {reason}", field="file") from error


def import_population(
    db: Session, entries: Iterable[PopulationEntry], *, keyring: Keyring, at: datetime
) -> int:
    """Add or replace rows of the register in batches of constant memory; how many were read."""
    total = 0
    remaining = iter(entries)
    while batch := list(islice(remaining, _BATCH)):
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
        total += len(batch)
    return total


def find_match(
    db: Session, *, number_hash: bytes, name: str, birthdate: str, sex: Sex
) -> Match | None:
    """The register's row when number, name, date of birth and sex all agree."""
    row = db.execute(
        select(
            PopulationRecord.name,
            PopulationRecord.birthdate,
            PopulationRecord.sex,
            PopulationRecord.residence_code,
        ).where(PopulationRecord.number_hash == number_hash)
    ).one_or_none()
    if row is None or row.birthdate != birthdate or row.sex != sex:
        return None
    if name_key(row.name) != name_key(name):
        return None
    return Match(row.name, row.residence_code)
