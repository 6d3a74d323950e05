"""Who gets which proofing, and who holds a number."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.accounts.changes import set_status
from idp.accounts.registration import NumberTaken, Registered, register_person
from idp.journal.models import JournalEntry
from idp.journal.replay import STATE_EVENTS
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.declaration import declare, set_proofing
from idp.people.identifiers import find_person, hashes_of
from idp.people.models import Person, PersonStatus, Sex
from idp.people.population import PopulationEntry, import_population
from idp.people.profile import read_profile

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
    proofing, is_test = values.pop("proofing", None), values.pop("is_test", False)
    return register_person(
        db,
        keyring=KEYRING,
        declaration=declare(**{**declared, **values}, at=NOW),
        password_hash=None,
        proofing=proofing,
        at=NOW,
        is_test=is_test,
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
    assert db.get_one(Person, squatter.person_id).status is PersonStatus.CLOSED
    assert find_person(db, number_hashes=hashes_of(KEYRING, NUMBER)) == owner.person_id
    assert [event for event, _ in events(db)] == [
        "person.registered",
        "identifier.evicted",
        "person.status_changed",
        "person.registered",
    ]


@pytest.mark.parametrize(("number", "is_test"), [("000190000123", True), (NUMBER, False)])
def test_no_figure_has_anything_of_test_people(db: Session, number: str, is_test: bool) -> None:
    """G22, D11: whatever becomes of them, no entry that the figures are made of is counted."""
    made = register(db, number=number, is_test=is_test)
    assert isinstance(made, Registered)
    set_proofing(db, person_id=made.person_id, proofing=2, at=NOW)
    for status in (PersonStatus.SUSPENDED, PersonStatus.ACTIVE):
        set_status(db, person_id=made.person_id, status=status, at=NOW)
    of_them = JournalEntry.subject_number == made.subject_number
    counted = list(
        db.execute(
            select(JournalEntry.event, JournalEntry.counted)
            .where(of_them, JournalEntry.event.in_(STATE_EVENTS))
            .order_by(JournalEntry.id)
        )
    )
    assert [tuple(row) for row in counted] == [
        ("person.registered", not is_test),
        ("person.proofed", not is_test),
        ("person.status_changed", not is_test),
        ("person.status_changed", not is_test),
    ]


def test_test_people_have_numbers_that_are_nobodys(db: Session) -> None:
    """G22: else a made-up person would stand in the way of a real one."""
    with pytest.raises(InvalidInput, match="begins with 000"):
        register(db, is_test=True)


def test_proven_account_keeps_its_number(db: Session) -> None:
    owner = register(db, proofing=1)
    assert isinstance(owner, Registered)
    assert register(db, proofing=2) == NumberTaken(is_proven=True)
    assert find_person(db, number_hashes=hashes_of(KEYRING, NUMBER)) == owner.person_id


def test_of_rows_with_one_number_the_last_counts(db: Session) -> None:
    older = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
    newer = PopulationEntry(NUMBER, "Nguyễn Thị Hoa Mai", "1990-05-17", Sex.FEMALE, "79")
    assert import_population(db, [older, newer], keyring=KEYRING, at=NOW) == 2
    assert register(db) != register(db, name="Nguyễn Thị Hoa Mai")
    assert read_profile(db, keyring=KEYRING, person_id=_holder(db)).residence_code == "79"


def _holder(db: Session) -> UUID:
    person_id = find_person(db, number_hashes=hashes_of(KEYRING, NUMBER))
    assert person_id is not None
    return person_id
