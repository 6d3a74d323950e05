"""A ciphertext opens in its place alone, and a ring changes its keys without losing anything."""

from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Table, Uuid, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from idp.kit.crypto import Ciphertext, DecryptionFailed, Keyring
from idp.kit.sealed import Sealed, SealedColumn, row_of
from idp.people.models import CONTACT, NUMBER, PersonContact

OLD = Keyring(["old"], "old look-up")
ROLLING = Keyring(["old", "new"], "old look-up", other_lookup_secrets=["new look-up"])
NEW = Keyring(
    ["new", "old"],
    "new look-up",
    other_lookup_secrets=["old look-up"],
    subject_secret="old look-up",
)
ONLY_NEW = Keyring(["new"], "new look-up", subject_secret="old look-up")
HERE, THERE, ME, YOU = uuid4(), uuid4(), uuid4(), uuid4()


@pytest.mark.asvs("11.3.3")
def test_a_value_opens_for_its_table_column_row_and_person_alone() -> None:
    """G14: associated data is table, column and row, the row's person among it."""
    sealed = CONTACT.seal(OLD, "hoa@example.vn", id=HERE, person_id=ME)
    assert CONTACT.open(OLD, sealed, id=HERE, person_id=ME) == "hoa@example.vn"
    elsewhere = [(CONTACT, THERE, ME), (CONTACT, HERE, YOU), (NUMBER, HERE, ME)]
    for column, row_id, person_id in elsewhere:
        with pytest.raises(DecryptionFailed):
            column.open(OLD, sealed, id=row_id, person_id=person_id)
    with pytest.raises(KeyError):
        CONTACT.open(OLD, sealed, id=HERE)


def test_no_two_places_have_the_same_associated_data() -> None:
    """G14: what stands at the border of two names or values belongs to one of them."""
    places = [("a", ("b", "c")), ("ab", ("c",)), ("a", ("bc",)), ("a", ("b", "", "c"))]
    for (purpose, row), (other, other_row) in permutations(places, 2):
        sealed = OLD.encrypt("x", purpose=purpose, row=row)
        assert OLD.decrypt(sealed, purpose=purpose, row=row) == "x"
        with pytest.raises(DecryptionFailed):
            OLD.decrypt(sealed, purpose=other, row=other_row)


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\x02" + bytes(60), bytes(60)])
def test_what_nobody_encrypted_is_refused(damage: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        OLD.decrypt(damage, purpose="p", row=())
    sealed = OLD.encrypt("x", purpose="p", row=())
    with pytest.raises(DecryptionFailed):
        OLD.decrypt(sealed[:20], purpose="p", row=())


def test_a_secret_is_added_put_in_front_and_the_old_one_dropped() -> None:
    """G14: nodes that have got as far as each other's next step read one another."""
    for writer, reader in permutations((OLD, ROLLING, NEW, ONLY_NEW), 2):
        sealed = writer.encrypt("x", purpose="p", row=())
        if {writer, reader} in ({OLD, NEW}, {OLD, ONLY_NEW}, {ROLLING, ONLY_NEW}):
            continue
        assert reader.decrypt(sealed, purpose="p", row=()) == "x"
        assert writer.lookup_hash("k", "v") in reader.lookup_hashes("k", "v")
    sealed = OLD.encrypt("x", purpose="p", row=())
    assert not NEW.is_newest(sealed)
    with pytest.raises(DecryptionFailed):
        ONLY_NEW.decrypt(sealed, purpose="p", row=())
    assert OLD.lookup_hash("k", "v") not in ONLY_NEW.lookup_hashes("k", "v")


def test_subjects_stay_when_the_look_up_key_changes() -> None:
    """G14: an agency knows its people by them."""
    assert len({ring.lasting_hash("subject", "s") for ring in (OLD, ROLLING, NEW, ONLY_NEW)}) == 1
    assert OLD.lookup_hash("k", "v") != NEW.lookup_hash("k", "v")


def test_a_sealed_column_takes_only_what_was_sealed(db: Session) -> None:
    """G14: a value that somebody forgot to encrypt does not get into the database."""
    sealed = CONTACT.seal(OLD, "hoa@example.vn", id=HERE, person_id=ME)
    assert isinstance(sealed, Ciphertext)
    assert Sealed().process_bind_param(sealed, postgresql.dialect()) is sealed
    with pytest.raises(StatementError, match=r"SealedColumn\.seal"):
        db.execute(insert(PersonContact).values(id=HERE, person_id=ME, value_encrypted=b"plain"))


def test_a_persons_column_counts_where_every_row_has_one() -> None:
    def table(*columns: Column[object]) -> Table:
        return Table("t", MetaData(), Column("id", Uuid, primary_key=True), *columns)

    assert row_of(table()) == ("id",)
    assert row_of(table(Column("person_id", Uuid))) == ("id",), "it may be set later"
    assert row_of(table(Column("person_id", Uuid, nullable=False))) == ("id", "person_id")
    with pytest.raises(TypeError, match="not a sealed column"):
        SealedColumn(table(Column("c", LargeBinary)).c.c)
    assert SealedColumn(table(Column("c", Sealed())).c.c).purpose == "t.c"
