"""Who gets which proofing, and who holds a number."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.contacts import add_contact, normalise_phone
from idp.people.identifiers import find_person, hash_number
from idp.people.models import ContactKind, Person, PersonStatus, Sex
from idp.people.population import PopulationEntry, import_population, read_entries
from idp.people.profile import read_profile
from idp.people.proofing import set_proofing
from idp.people.registration import NumberTaken, Registered, declare, register_person
from idp.people.status import set_password, set_status

NUMBER = "001190000123"
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()


def register(db: Session, **values: Any) -> Registered | NumberTaken:
    declared = {
        "number": NUMBER,
        "name": "Nguyễn Thị Hoa",
        "birthdate": "1990-05-17",
        "sex": "female",
    }
    proofing = values.pop("proofing", None)
    return register_person(
        db,
        keyring=KEYRING,
        declaration=declare(**{**declared, **values}, at=NOW),
        password_hash=None,
        proofing=proofing,
        at=NOW,
    )


@pytest.fixture
def population(db: Session) -> None:

    entry = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
    import_population(db, [entry], keyring=KEYRING, at=NOW)


def events(db: Session) -> list[tuple[str, dict[str, Any]]]:
    rows = db.execute(select(JournalEntry.event, JournalEntry.data).order_by(JournalEntry.id))
    return [(event, data) for event, data in rows]


@pytest.mark.parametrize(
    ("values", "proofing"),
    [
        ({}, 1),
        ({"name": "  nguyễn THỊ  hoa"}, 1),
        ({"name": "Nguye\u0302\u0303n Thi\u0323 Hoa"}, 1),
        ({"birthdate": "17/05/1990"}, 1),
        ({"name": "Nguyễn Thị Hoá"}, 0),
        ({"birthdate": "1990-05-18"}, 0),
        ({"birthdate": "1990"}, 0),
        ({"sex": "male"}, 0),
        ({"number": "001190000124"}, 0),
    ],
)
@pytest.mark.usefixtures("population")
def test_only_what_agrees_in_everything_is_matched(
    db: Session, values: dict[str, str], proofing: int
) -> None:
    made = register(db, **values)
    assert isinstance(made, Registered)
    assert made.proofing == proofing
    event, data = events(db)[-1]
    assert (event, data["proofing"]) == ("person.registered", proofing)
    assert data.get("review", []) == list(made.review_reasons)


def test_unproven_account_is_evicted_by_who_is_matched(db: Session) -> None:
    squatter = register(db, name="Kẻ Giành Số")
    assert isinstance(squatter, Registered)
    assert register(db) == NumberTaken(is_proven=False)
    import_population(
        db,
        [PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE)],
        keyring=KEYRING,
        at=NOW,
    )
    owner = register(db)
    assert isinstance(owner, Registered)
    assert owner.evicted_id == squatter.person_id
    assert find_person(db, number_hash=hash_number(KEYRING, NUMBER)) == owner.person_id
    assert [event for event, _ in events(db)] == [
        "person.registered",
        "identifier.evicted",
        "person.status_changed",
        "person.registered",
    ]


def test_proven_account_keeps_its_number(db: Session) -> None:
    owner = register(db, proofing=1)
    assert isinstance(owner, Registered)
    assert register(db, proofing=2) == NumberTaken(is_proven=True)
    assert find_person(db, number_hash=hash_number(KEYRING, NUMBER)) == owner.person_id


def test_suspending_and_a_new_password_raise_the_epoch(db: Session) -> None:
    made = register(db)
    assert isinstance(made, Registered)
    person = db.get_one(Person, made.person_id)
    assert set_status(db, person_id=person.id, status=PersonStatus.SUSPENDED, at=NOW)
    assert not set_status(db, person_id=person.id, status=PersonStatus.SUSPENDED, at=NOW)
    assert set_password(db, keyring=KEYRING, person_id=person.id, password_hash="x", at=NOW)
    db.refresh(person)
    assert (person.credentials_epoch, person.status) == (2, "suspended")
    assert events(db)[1] == ("person.status_changed", {"status": "suspended"})


def test_proofing_is_set_once_and_only_to_a_known_level(db: Session) -> None:
    made = register(db)
    assert isinstance(made, Registered)
    assert set_proofing(db, person_id=made.person_id, proofing=2, at=NOW)
    assert not set_proofing(db, person_id=made.person_id, proofing=2, at=NOW)
    assert events(db)[-1] == ("person.proofed", {"proofing": 2})
    with pytest.raises(InvalidInput):
        set_proofing(db, person_id=made.person_id, proofing=3, at=NOW)


def test_profile_holds_the_newest_contact_of_each_kind(db: Session) -> None:
    made = register(db)
    assert isinstance(made, Registered)
    for value, verified_at in (("cu@Example.VN", None), ("Moi@Example.VN", NOW)):
        add_contact(
            db,
            keyring=KEYRING,
            person_id=made.person_id,
            kind=ContactKind.EMAIL,
            value=value,
            at=clock.now(),
            verified_at=verified_at,
        )
    profile = read_profile(db, keyring=KEYRING, person_id=made.person_id)
    assert (profile.email, profile.email_verified) == ("Moi@example.vn", True)
    assert (profile.phone, profile.citizen_number) == ("", NUMBER)
    assert NUMBER not in repr(profile)
    assert "Hoa" not in repr(profile)


def test_phone_numbers_become_e164() -> None:
    assert normalise_phone("0912 345 678") == "+84912345678"
    with pytest.raises(InvalidInput):
        normalise_phone("123")


def test_an_import_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    good = "number,name,birthdate,sex,residence_code\n001190000123,Nguyễn Thị Hoa,1990,female,01\n"
    path.write_text(good)
    with path.open() as file:
        assert len(list(read_entries(file, today=NOW.date()))) == 1
    path.write_text(good + "1,Ai Đó,1990,female,\n")
    with path.open() as file, pytest.raises(InvalidInput, match="Line 3"):
        list(read_entries(file, today=NOW.date()))


HEADER = b"number,name,birthdate,sex\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "lacks the columns"),
        (b"number;name;birthdate;sex\n", "lacks the columns"),
        (HEADER + b"001190000123,Nguy\xean,1990,female\n", "not UTF-8"),
        (HEADER + b'"001190000123,A B,1990,female\n', "this is not CSV"),
        (HEADER + b"1" * 200_000, "this is not CSV"),
        (HEADER + b"001190000123,Nguyen, Hoa,1990,female\n", "Line 2: This line has more"),
        (HEADER + b"001190000123,Nguyen Hoa,1990\n", "Line 2: This line has more"),
        (HEADER + b"001190000123,Nguyen Hoa,1990,cat\n", "Line 2: Unknown sex"),
    ],
)
def test_a_file_that_is_no_register_is_refused_in_one_line(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with path.open(encoding="utf-8", newline="") as file, pytest.raises(InvalidInput) as refused:
        list(read_entries(file, today=NOW.date()))
    assert told in refused.value.public


def test_of_rows_with_one_number_the_last_counts(db: Session) -> None:
    older = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
    newer = PopulationEntry(NUMBER, "Nguyễn Thị Hoa Mai", "1990-05-17", Sex.FEMALE, "79")
    assert import_population(db, [older, newer], keyring=KEYRING, at=NOW) == 2
    assert register(db) != register(db, name="Nguyễn Thị Hoa Mai")
    assert read_profile(db, keyring=KEYRING, person_id=_holder(db)).residence_code == "79"


def _holder(db: Session) -> UUID:
    person_id = find_person(db, number_hash=hash_number(KEYRING, NUMBER))
    assert person_id is not None
    return person_id
