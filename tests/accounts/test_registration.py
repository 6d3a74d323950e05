"""Who gets which proofing, and who holds a number."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from idp.accounts.changes import set_status
from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import set_proofing
from idp.accounts.registration import Registered, register_oneself, register_person
from idp.journal.models import JournalEntry
from idp.journal.replay import STATE_EVENTS
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.declaration import declare
from idp.people.identifiers import find_person, hashes_of
from idp.people.models import Person, PersonStatus, PopulationRecord, Sex
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
    declaration = declare(**{**declared, **values}, at=NOW)
    known = {"keyring": KEYRING, "declaration": declaration, "password_hash": "hash", "at": NOW}
    if proofing is None and not is_test:
        return register_oneself(db, **known)
    return register_person(db, proofing=proofing or 0, is_test=is_test, **known)


@pytest.fixture
def population(db: Session) -> None:

    entry = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
    import_population(db, [entry], keyring=KEYRING, at=NOW)


def events(db: Session) -> list[tuple[str, dict[str, Any]]]:
    rows = db.execute(select(JournalEntry.event, JournalEntry.data).order_by(JournalEntry.id))
    return [(event, data) for event, data in rows]


@pytest.mark.parametrize(
    ("values", "is_match"),
    [
        ({}, True),
        ({"name": "  nguyễn THỊ  hoa"}, True),
        ({"name": "Nguye\u0302\u0303n Thi\u0323 Hoa"}, True),
        ({"birthdate": "17/05/1990"}, True),
        ({"name": "Nguyễn Thị Hoá"}, False),
        ({"birthdate": "1990-05-18"}, False),
        ({"birthdate": "1990"}, False),
        ({"sex": "male"}, False),
        ({"number": "001190000124"}, False),
    ],
)
@pytest.mark.usefixtures("population")
def test_only_what_agrees_in_everything_is_matched_and_nothing_is_proven_by_it(
    db: Session, values: dict[str, str], is_match: bool
) -> None:
    """G2: matched is a fact of its own."""
    made = register(db, **values)
    assert isinstance(made, Registered)
    assert made.proofing == 0
    assert (db.get_one(Person, made.person_id).matched_at is not None) is is_match
    event, data = events(db)[-1]
    assert (event, data["proofing"]) == ("person.registered", 0)
    assert data.get("review", []) == list(made.review_reasons)


@pytest.mark.usefixtures("population")
def test_whoever_registers_themselves_holds_no_number(db: Session) -> None:
    """G2: they have a claim to it, beside which any other may stand."""
    first, second = register(db), register(db)
    assert isinstance(first, Registered)
    assert isinstance(second, Registered)
    assert holder(db) is None
    assert len({first.claim, second.claim, NUMBER}) == 3
    for made in (first, second):
        assert made.claim.startswith(NUMBER)
        assert find_person(db, number_hashes=hashes_of(KEYRING, made.claim)) == made.person_id


@pytest.mark.parametrize(("number", "is_test"), [("000190000123", True), (NUMBER, False)])
def test_no_figure_has_anything_of_test_people(db: Session, number: str, is_test: bool) -> None:
    """G22, D11: whatever becomes of them, no entry that the figures are made of is counted."""
    made = register(db, number=number, is_test=is_test, proofing=0)
    assert isinstance(made, Registered)
    set_proofing(db, keyring=KEYRING, person_id=made.person_id, proofing=2, at=NOW)
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


@pytest.mark.parametrize("proofing", [0, 1, 2])
@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_registrars_word_takes_a_number_from_nobody(
    db: Session, proofing: int, asked: int
) -> None:
    """G2: no code said which account is whose; a higher proofing was enough to close another's."""
    before = register(db, proofing=proofing)
    assert isinstance(before, Registered)
    assert register(db, proofing=asked) == NumberTaken()
    assert holder(db) == before.person_id
    assert db.get_one(Person, before.person_id).status is PersonStatus.ACTIVE
    assert [event for event, _ in events(db)] == ["person.registered"]


def test_the_dead_keep_their_number_and_who_left_does_not(db: Session) -> None:
    before = register(db, proofing=1)
    assert isinstance(before, Registered)
    set_status(db, person_id=before.person_id, status=PersonStatus.DECEASED, at=NOW)
    assert register(db, proofing=2) == NumberTaken()
    set_status(db, person_id=before.person_id, status=PersonStatus.CLOSED, at=NOW)
    assert isinstance(register(db, proofing=1), Registered)


def test_of_rows_with_one_number_the_last_counts(db: Session) -> None:
    older = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
    newer = PopulationEntry(NUMBER, "Nguyễn Thị Hoa Mai", "1990-05-17", Sex.FEMALE, "79")
    import_population(db, [older, newer], keyring=KEYRING, at=NOW)
    assert db.scalar(select(func.count()).select_from(PopulationRecord)) == 1
    made = register(db, name="Nguyễn Thị Hoa Mai", proofing=2)
    assert isinstance(made, Registered)
    profile = read_profile(db, keyring=KEYRING, person_id=made.person_id)
    assert profile.residence_code == "79"


def holder(db: Session) -> UUID | None:
    return find_person(db, number_hashes=hashes_of(KEYRING, NUMBER))


@pytest.mark.usefixtures("population")
def test_the_journal_says_in_which_province_somebody_lives(db: Session) -> None:
    register(db, proofing=2)
    assert events(db)[0][1]["place"] == "01"


@pytest.mark.usefixtures("population")
def test_what_the_register_says_once_somebody_is_proven_is_journaled_too(db: Session) -> None:
    made = register(db)
    assert isinstance(made, Registered)
    claimed = Person.id == made.person_id
    db.execute(update(Person).where(claimed).values(residence_code=None))
    set_proofing(db, keyring=KEYRING, person_id=made.person_id, proofing=2, at=NOW)
    proofed = [data for event, data in events(db) if event == "person.proofed"]
    assert [data.get("place") for data in proofed] == ["01"]


def test_no_commune_stands_in_the_journal(db: Session) -> None:
    """It would say too much of a person; the figures know provinces."""
    entry = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "00123")
    import_population(db, [entry], keyring=KEYRING, at=NOW)
    register(db, proofing=2)
    assert "place" not in events(db)[0][1]


def test_the_journal_says_the_year_somebody_was_born_in_and_no_day(db: Session) -> None:
    register(db)
    told = events(db)[0][1]
    assert (told["born"], told["sex"]) == (1990, "female")
    assert "05-17" not in str(told)
