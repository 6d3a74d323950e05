"""Every encrypted column of the schema, found in the metadata: no ciphertext opens elsewhere."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import LargeBinary, Text, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.errors import ConfigurationError
from idp.kit.sealed import FoundBy, Sealed, SealedColumn, sealed_columns
from idp.schema import metadata
from tests.support.sealed import fill, fill_keys

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NUMBERS = ("001190000123", "001090000456")


@dataclass(frozen=True)
class Place:
    """One value of a sealed column, and how the program reads it: anything true is the value."""

    column: SealedColumn
    key: Any
    read: Callable[[], object]


def refuses(read: Callable[[], object]) -> bool:
    try:
        return not read()
    except (DecryptionFailed, ConfigurationError):
        return True


@pytest.fixture
def places(db: Session, monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    """Two values of every sealed column, of two people: one id for all the rows of each."""
    by_purpose = {column.purpose: column for column in sealed_columns(metadata)}
    read = [*fill_keys(db, KEYRING)]
    for number in NUMBERS:
        row_id = uuid4()
        for module in ("people.identifiers", "people.contacts", "factors.totp"):
            monkeypatch.setattr(f"idp.{module}.uuid4", lambda same=row_id: same)
        of_person = fill(db, KEYRING, number, row_id=row_id)
        assert [key for _, key, _ in of_person].count(row_id) > 2
        read += of_person
    found = [Place(by_purpose[purpose], key, reader) for purpose, key, reader in read]
    assert {place.column.purpose for place in found} == {*by_purpose}, "give it a reader here"
    return found


def put(db: Session, place: Place, sealed: bytes) -> None:
    """Write bytes past the program, as whoever holds the database can."""
    column = place.column.column
    [key] = column.table.primary_key.columns
    value = literal(sealed, LargeBinary())
    db.execute(update(column.table).where(key == place.key).values({column: value}))


def test_no_read_takes_a_ciphertext_of_another_place(db: Session, places: list[Place]) -> None:
    """G14: any two ciphertexts of the schema: other row, other column, other table."""
    stored = {}
    for place in places:
        column = place.column.column
        [key] = column.table.primary_key.columns
        stored[place] = db.scalars(select(column).where(key == place.key)).one()
    taken = []
    for place, other in product(places, places):
        with db.begin_nested() as untouched:
            put(db, place, stored[other])
            if refuses(place.read) is (place is other):
                taken.append((place.column.purpose, other.column.purpose))
            untouched.rollback()
    assert len(stored) == 2 * len([*sealed_columns(metadata)])
    assert taken == []


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda v: v[:20], lambda v: v[:-1] + bytes([v[-1] ^ 1])]
)
def test_every_read_refuses_what_was_altered_and_the_log_names_the_place(
    db: Session,
    places: list[Place],
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """G14: cut off or changed, whatever the reader makes of it; untouched it is read."""
    for place in places:
        column = place.column.column
        [key] = column.table.primary_key.columns
        stored = db.scalars(select(column).where(key == place.key)).one()
        assert not refuses(place.read)
        with db.begin_nested() as untouched:
            put(db, place, damage(stored))
            caplog.clear()
            assert refuses(place.read)
            untouched.rollback()
        assert f"data.altered {place.column.purpose} of row" in caplog.text


SECRET_WORDS = re.compile(r"secret|private|seed|password|_token$|^token$")
TEXTS = (Text, JSONB)
BYTES = {
    "adoption_bitmap.bitmap": "analytics numbers",
    "adoption_day_set.bitmap": "analytics numbers",
    "adoption_month_set.bitmap": "analytics numbers",
    "delivered_list.sha256": "a digest of a file that is not kept",
    "delivered_set.bitmap": "analytics numbers",
    "failure_counter.key": "a keyed hash",
    "interaction.answer": "an answer, sealed under a key that only its browser's form makes",
    "sent_form.answer": "the same",
    "interaction.challenge": "what its browser is asked to sign comes of it, once",
    "rate_count.key": "a keyed hash",
    "journal_seal.hash": "a digest of the journal",
    "journal_seal.previous_hash": "a digest of the journal",
    "journal_seal.signature": "a signature of such a digest",
    "relying_party_logo.picture": "shown to everybody",
}


def test_bytes_are_sealed_or_a_digest() -> None:
    """G14: a new column of bytes says by its type, its name or here what it is."""
    unknown = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            is_bytes = isinstance(column.type, LargeBinary)
            if is_bytes and not column.name.endswith("_hash") and name not in BYTES:
                unknown.append(name)
            if isinstance(column.type, Sealed) is not column.name.endswith("_encrypted"):
                unknown.append(name)
    assert unknown == []


def test_no_readable_column_is_named_like_a_secret() -> None:
    """G14: texts and documents with such a name are encrypted."""
    unknown = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if isinstance(column.type, TEXTS) and SECRET_WORDS.search(column.name):
                unknown.append(name)
    assert unknown == []


@pytest.mark.asvs("14.2.4")
def test_the_security_page_lists_what_is_encrypted() -> None:
    """G21: exactly the columns of the schema."""
    page = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    listed = set(re.findall(r"`(\w+\.\w+_encrypted)`", page))
    assert listed == {column.purpose for column in sealed_columns(metadata)}


def test_a_hash_by_which_a_sealed_value_is_found_names_its_column() -> None:
    """G14: else the look-up key could not be changed."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, FoundBy):
                assert isinstance(table.c[column.type.sealed].type, Sealed)
