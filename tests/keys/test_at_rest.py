"""What is encrypted at rest: only the key ring reads it, and it can be renewed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, update

from idp.accounts.registration import register_person
from idp.keys.cache import SigningKeys
from idp.keys.creation import ALGORITHMS
from idp.keys.models import SigningKey
from idp.keys.reencryption import Progress, Walk, reencrypt
from idp.kit import clock
from idp.kit.crypto import Ciphertext, Keyring
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError
from idp.kit.sealed import SealedColumn, sealed_columns
from idp.people.declaration import Declaration
from idp.people.identifiers import find_person, hashes_of
from idp.people.models import CONTACT, PersonContact, PopulationRecord, Sex
from idp.people.population import PopulationEntry, import_population, population_register
from idp.people.profile import read_profile
from idp.schema import metadata
from tests.keys.conftest import KEYRING, states
from tests.support.sealed import fill

NEWER = Keyring(["a newer secret", "one secret of the tests"], "another secret of the tests")
NEWEST = Keyring(["a newer secret"], "another secret of the tests")


def test_after_reencryption_the_old_secret_is_not_needed(own_engine: Engine) -> None:
    [kid] = states(own_engine)
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        SigningKeys(own_engine, NEWEST).start()
    assert reencrypt(own_engine, metadata, keyring=NEWER) == len(ALGORITHMS)
    assert reencrypt(own_engine, metadata, keyring=NEWER) == 0
    keys = SigningKeys(own_engine, NEWEST)
    keys.start()
    assert keys.signing_key("ES256").kid == kid


def test_without_the_old_secret_nothing_is_reencrypted(own_engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match="keep the secret"):
        reencrypt(own_engine, metadata, keyring=NEWEST)
    assert SigningKeys(own_engine, KEYRING).start()


def test_a_private_key_does_not_open_in_another_row(own_engine: Engine) -> None:
    with transaction(own_engine) as db:
        sealed = dict(db.execute(select(SigningKey.alg, SigningKey.private_encrypted)).all())
        moved = update(SigningKey).where(SigningKey.alg == "ES256")
        db.execute(moved.values(private_encrypted=Ciphertext(sealed["RS256"] or b"")))
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        SigningKeys(own_engine, KEYRING).start()


def test_a_key_that_a_node_cannot_read_is_published_and_the_one_at_hand_signs(
    own_engine: Engine,
) -> None:
    keys = SigningKeys(own_engine, KEYRING)
    kid = keys.start() and keys.signing_key("ES256").kid
    reencrypt(own_engine, metadata, keyring=NEWER)
    keys.refresh()
    assert keys.signing_key("ES256").kid == kid


NUMBERS = ("001190000123", "001090000456", "001090000789")
ROLLED = Keyring(
    ["a newer secret", "one secret of the tests"],
    "a newer secret to look up by",
    other_lookup_secrets=["another secret of the tests"],
    subject_secret="another secret of the tests",
)
ALONE = Keyring(
    ["a newer secret"],
    "a newer secret to look up by",
    subject_secret="another secret of the tests",
)


@pytest.fixture
def filled(own_engine: Engine) -> Engine:
    """Something in every encrypted column, under the old keys."""
    with transaction(own_engine) as db:
        for number in NUMBERS:
            fill(db, KEYRING, number, row_id=uuid4())
    return own_engine


def find(engine: Engine, keyring: Keyring) -> list[tuple[bool, bool]]:
    """Of each number: whether its holder, and its entry in the register, is found."""
    with transaction(engine) as db:
        register = population_register(db, keyring=keyring)
        return [
            (
                find_person(db, number_hashes=hashes_of(keyring, number)) is not None,
                register.find(number=number) is not None,
            )
            for number in NUMBERS
        ]


def stored(engine: Engine) -> Iterator[tuple[SealedColumn, dict[str, Any], bytes]]:
    with transaction(engine) as db:
        for column in sealed_columns(metadata):
            table = column.column.table
            rows = db.execute(select(table).where(column.column.is_not(None))).mappings().all()
            assert rows, column.purpose
            for row in rows:
                at = {name: row[name] for name in column.row}
                yield column, at, row[column.column.name]


@pytest.mark.asvs("11.2.2")
def test_every_encrypted_column_and_every_hash_moves_to_the_newest_keys(filled: Engine) -> None:
    """G14: found in the metadata; people are found before, meanwhile and after."""
    everybody = [(True, True)] * len(NUMBERS)
    meanwhile: list[list[tuple[bool, bool]]] = []
    assert find(filled, KEYRING) == find(filled, ROLLED) == everybody
    assert find(filled, ALONE) == [(False, False)] * len(NUMBERS)
    told: list[Progress] = []

    def report(progress: Progress) -> None:
        told.append(progress)
        meanwhile.append(find(filled, ROLLED))

    before = {(c.purpose, *at.values()): c.open(KEYRING, v, **at) for c, at, v in stored(filled)}
    renewed = reencrypt(filled, metadata, keyring=ROLLED, report=report, size=2)
    assert meanwhile == [everybody] * len(told)
    after = [(c.purpose, c.open(ALONE, value, **at)) for c, at, value in stored(filled)]
    assert sorted(after) == sorted((purpose, text) for (purpose, *_), text in before.items())
    assert find(filled, ALONE) == everybody
    assert renewed == sum(p.renewed for p in told if p.last is None)
    assert {p.table for p in told} == {c.column.table.name for c in sealed_columns(metadata)}
    assert reencrypt(filled, metadata, keyring=ROLLED) == 0


def test_an_interrupted_walk_goes_on_where_it_was(filled: Engine) -> None:
    """G14: what a batch did is committed with the place where it stopped."""

    class Stopped(Exception):
        pass

    done = set()

    def stop(progress: Progress) -> None:
        if progress.last is None:
            done.add(progress.table)
        if progress.table == "person_identifier":
            raise Stopped

    with pytest.raises(Stopped):
        reencrypt(filled, metadata, keyring=ROLLED, report=stop, size=2)
    told: list[Progress] = []
    reencrypt(filled, metadata, keyring=ROLLED, report=told.append, size=2)
    of_numbers = [(p.seen, p.renewed, p.last) for p in told if p.table == "person_identifier"]
    assert of_numbers == [(3, 3, None)], "the first two were not looked at again"
    assert done
    assert not done & {p.table for p in told}, "nor what was done"
    again: list[Progress] = []
    assert reencrypt(filled, metadata, keyring=ALONE, report=again.append) == 0
    assert {p.seen for p in again if p.table == "person_identifier"} == {3}


def test_a_row_that_changes_or_leaves_meanwhile_is_not_overwritten(filled: Engine) -> None:
    """G14: the walk compares and sets, and takes no lock before."""
    with filled.connect() as connection, connection.begin():
        walk = Walk(metadata.tables["person_contact"], ROLLED, 10)
        rows = connection.execute(select(*walk.columns)).mappings().all()
        changes = [change for row in rows for change in walk.change_of({**row})]
        with transaction(filled) as db:
            first, second, _ = db.scalars(select(PersonContact).order_by(PersonContact.id))
            row = {"id": first.id, "person_id": first.person_id}
            first.value_encrypted = CONTACT.seal(ROLLED, "moi@example.vn", **row)
            db.delete(second)
        assert walk.write(connection, changes) == (1, 0)
    with transaction(filled) as db:
        assert (
            read_profile(db, keyring=ROLLED, person_id=row["person_id"]).email == "moi@example.vn"
        )


def test_a_number_entered_by_a_node_of_the_old_ring_is_told(filled: Engine) -> None:
    """G14: two rows of the register for one number; an import of the newest puts it right."""
    reencrypt(filled, metadata, keyring=ROLLED)
    entry = PopulationEntry(NUMBERS[0], "Nguyễn Thị Hoa", "1990-01-02", Sex.FEMALE)
    with transaction(filled) as db:
        import_population(db, [entry], keyring=KEYRING, at=clock.now())
    assert find(filled, ROLLED)[0] == (True, True)
    with pytest.raises(ConfigurationError, match="1 of population_record"):
        reencrypt(filled, metadata, keyring=ROLLED)
    with transaction(filled) as db:
        import_population(db, [entry], keyring=ROLLED, at=clock.now())
    assert reencrypt(filled, metadata, keyring=ROLLED) == 0
    with transaction(filled) as db:
        assert db.scalar(select(func.count()).select_from(PopulationRecord)) == len(NUMBERS)


def test_a_number_is_registered_once_whatever_key_a_node_writes_with(filled: Engine) -> None:
    """G14: nodes that are a step apart in a rotation see each other's people."""
    rolling = Keyring(
        ["one secret of the tests"],
        "another secret of the tests",
        other_lookup_secrets=["a newer secret to look up by"],
    )
    entry = PopulationEntry("001190000999", "Trần Thị Lan", "1990-01-02", Sex.FEMALE)
    declared = Declaration(entry.number, entry.name, entry.birthdate, entry.sex)
    with transaction(filled) as db:
        import_population(db, [entry], keyring=rolling, at=clock.now())

    def register(keyring: Keyring) -> str:
        with transaction(filled) as db:
            made = register_person(
                db,
                keyring=keyring,
                declaration=declared,
                password_hash=None,
                proofing=1,
                at=clock.now(),
            )
            return type(made).__name__

    with ThreadPoolExecutor(8) as pool:
        made = sorted(pool.map(register, [rolling, ROLLED] * 8))
    assert made == ["NumberTaken"] * 15 + ["Registered"]
