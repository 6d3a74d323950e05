"""Whose a number is at the desk: that of the card, as the population register knows it."""

from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.accounts.cards import (
    DOUBTS,
    NAME_LACKS_MARKS,
    UNLIKE_REGISTER,
    Doubtful,
    OtherCard,
    UnlikeRegister,
    read_card,
)
from idp.accounts.desk_confirmation import confirm_factor_at_desk
from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import Proofed, prove_at_desk
from idp.accounts.reclaim import reclaim_number
from idp.accounts.registration import Registered, register_oneself, register_person
from idp.factors.credentials import read_credentials
from idp.factors.kinds import TOTP
from idp.factors.totp import new_app, new_secret
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.codes import Purpose, open_code
from idp.people.declaration import Declaration, declare
from idp.people.identifiers import find_person, hashes_of, review_reasons
from idp.people.models import Person, Sex
from idp.people.population import PopulationEntry, import_population
from idp.sessions.start import start_session
from idp.settings.people import SessionSettings
from tests.support.people import shown

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
NUMBER, UNKNOWN = "001190000123", "001190000124"
CODE = "48271934"
VICTIM = {"name": "Nguyễn Thị Hoa", "birthdate": "1990-05-17", "sex": "female"}
THIEF = {"name": "Trần Thị Mai", "birthdate": "1990-03-02", "sex": "female"}


@pytest.fixture(autouse=True)
def _population(db: Session) -> None:
    entry = PopulationEntry(NUMBER, VICTIM["name"], VICTIM["birthdate"], Sex.FEMALE, "01")
    import_population(db, [entry], keyring=KEYRING, at=NOW)


def says(number: str = NUMBER, **who: str) -> Declaration:
    return declare(number=number, **{**VICTIM, **who}, at=NOW)  # type: ignore[arg-type]


def claimant(db: Session, declaration: Declaration) -> UUID:
    """Whoever registered with that, is signed in and shows the code for the desk."""
    known = {"keyring": KEYRING, "declaration": declaration, "password_hash": "hash", "at": NOW}
    made = register_oneself(db, **known)  # type: ignore[arg-type]
    started = start_session(
        db,
        keyring=KEYRING,
        settings=SessionSettings(),
        person_id=made.person_id,
        credentials_epoch=0,
        evidence=shown(1, at=NOW),
        at=NOW,
        source_address="",
        user_agent="",
    )
    show_code(db, made.person_id, started.sid, declaration.number)
    return made.person_id


def show_code(db: Session, person_id: UUID, sid: UUID, number: str) -> None:
    known = {"keyring": KEYRING, "purpose": Purpose.DESK, "person_id": person_id, "sid": sid}
    assert open_code(db, CODE, about=number, at=NOW, **known)  # type: ignore[arg-type]


def prove(
    db: Session, card: dict[str, str], *, number: str = NUMBER, compared_again: bool = False
) -> object:
    return prove_at_desk(
        db,
        keyring=KEYRING,
        number=number,
        challenge=CODE,
        card=read_card(
            name=card["name"], birthdate=card["birthdate"], compared_again=compared_again, at=NOW
        ),
        at=NOW,
    )


def reclaim(
    db: Session, card: dict[str, str], *, number: str = NUMBER, compared_again: bool = False
) -> object:
    return reclaim_number(
        db,
        keyring=KEYRING,
        card=declare(number=number, **card, at=NOW),  # type: ignore[arg-type]
        password_hash="new",
        today=clock.day_of(NOW),
        compared_again=compared_again,
        at=NOW,
    )


def enter(
    db: Session, who: dict[str, str], *, number: str = NUMBER, proofing: int = 1
) -> Registered | NumberTaken | UnlikeRegister:
    return register_person(
        db,
        keyring=KEYRING,
        declaration=says(number, **who),
        password_hash="hash",
        proofing=proofing,
        at=NOW,
    )


def with_app(db: Session, declaration: Declaration) -> tuple[UUID, str]:
    """Somebody proven, as an older rule let them be, with an app that does not carry it."""
    known = {"keyring": KEYRING, "declaration": declaration, "password_hash": "hash", "at": NOW}
    person_id, secret = register_oneself(db, **known).person_id, new_secret()  # type: ignore[arg-type]
    app = new_app(KEYRING, person_id=person_id, secret=secret, at=NOW)
    app.carries_proofing, app.carries_from = 0, NOW
    db.add(app)
    db.get_one(Person, person_id).proofing = 2
    db.flush()
    return person_id, secret


def confirm(
    db: Session, of: tuple[UUID, str], card: dict[str, str], *, compared_again: bool = False
) -> object:
    return confirm_factor_at_desk(
        db,
        keyring=KEYRING,
        person_id=of[0],
        typed=pyotp.TOTP(of[1]).at(NOW),
        card=read_card(
            name=card["name"], birthdate=card["birthdate"], compared_again=compared_again, at=NOW
        ),
        at=NOW,
    )


def holder(db: Session, number: str = NUMBER) -> UUID | None:
    return find_person(db, number_hashes=hashes_of(KEYRING, number))


UNLIKE = [
    (THIEF, ("number", "name", "birthdate")),
    ({**VICTIM, "name": "Trần Thị Mai"}, ("number", "name")),
    ({**VICTIM, "birthdate": "1990-05-18"}, ("number", "birthdate")),
    ({**VICTIM, "birthdate": "1990"}, ("number", "birthdate")),
]


@pytest.mark.parametrize("compared_again", [True, False])
@pytest.mark.parametrize(("card", "fields"), UNLIKE)
def test_nobody_gets_anothers_number_with_a_card_of_their_own(
    db: Session, card: dict[str, str], fields: tuple[str, ...], *, compared_again: bool
) -> None:
    """G2: the account says what the card says, and a number that is not that card's."""
    thief = claimant(db, says(**card))
    again = {"compared_again": compared_again}
    assert prove(db, card, **again) == UnlikeRegister(fields)
    assert (holder(db), db.get_one(Person, thief).proofing) == (None, 0)
    assert enter(db, card, proofing=2) == UnlikeRegister(fields)
    victim = enter(db, VICTIM)
    assert isinstance(victim, Registered)
    assert reclaim(db, card, **again) == UnlikeRegister(fields)
    person = db.get_one(Person, victim.person_id, populate_existing=True)
    assert (person.credentials_epoch, person.name) == (0, VICTIM["name"])


@pytest.mark.parametrize("compared_again", [True, False])
@pytest.mark.parametrize(("card", "fields"), UNLIKE)
def test_no_app_is_confirmed_for_anothers_number(
    db: Session, card: dict[str, str], fields: tuple[str, ...], *, compared_again: bool
) -> None:
    """G2: confirming asked for less than proving."""
    thief = with_app(db, says(**card))
    assert confirm(db, thief, card, compared_again=compared_again) == UnlikeRegister(fields)
    assert TOTP not in read_credentials(db, person_id=thief[0]).confirmed(at=NOW)


def test_no_app_is_confirmed_to_a_card_that_the_account_does_not_say(db: Session) -> None:
    """G2: the number and the digits were enough, whatever the card said."""
    victim = with_app(db, says())
    assert confirm(db, victim, THIEF) == OtherCard()
    assert TOTP not in read_credentials(db, person_id=victim[0]).confirmed(at=NOW)


@pytest.mark.parametrize("name", [VICTIM["name"], "NGUYỄN  THỊ HOA"])
def test_whom_the_register_knows_by_their_card_is_helped(db: Session, name: str) -> None:
    """G2, control: any spelling that registering takes; no doubt is noted."""
    card = {**VICTIM, "name": name}
    assert confirm(db, with_app(db, says()), card) is True
    owner = claimant(db, says())
    assert isinstance(prove(db, card), Proofed)
    assert holder(db) == owner
    db.get_one(Person, owner, populate_existing=True).proofing = 1
    db.flush()
    assert isinstance(reclaim(db, card), Proofed)
    compared = select(JournalEntry).where(JournalEntry.event == "card.compared")
    assert db.scalars(compared).all() == []


def test_a_sex_that_the_register_does_not_say_is_refused(db: Session) -> None:
    """G2: it passed in silence; typed, it is to be compared, and declared, the account is wrong."""
    other = {**VICTIM, "sex": "male"}
    claimant(db, says(**other))
    assert prove(db, VICTIM, compared_again=True) == OtherCard()
    assert enter(db, other) == UnlikeRegister(("number", "sex"))
    assert isinstance(enter(db, VICTIM), Registered)
    assert reclaim(db, other, compared_again=True) == UnlikeRegister(("number", "sex"))


@pytest.mark.parametrize(
    ("who", "doubts"),
    [
        ({}, ("not_in_register",)),
        ({"sex": "male"}, ("not_in_register", "sex_differs")),
        ({"birthdate": "1991-05-17"}, ("not_in_register", "year_differs")),
    ],
)
def test_what_the_register_does_not_know_is_compared_again(
    db: Session, who: dict[str, str], doubts: tuple[str, ...]
) -> None:
    """G2: soft differences passed in silence; the journal tells who went on despite them."""
    card = {**VICTIM, **who}
    owner = with_app(db, says(UNKNOWN, **who))
    assert confirm(db, owner, card) == Doubtful(doubts)
    assert TOTP not in read_credentials(db, person_id=owner[0]).confirmed(at=NOW)
    claimant(db, says(UNKNOWN, **who))
    assert prove(db, card, number=UNKNOWN) == Doubtful(doubts)
    assert holder(db, UNKNOWN) is None
    made = enter(db, who, number=UNKNOWN)
    assert isinstance(made, Registered)
    assert made.review_reasons == doubts
    assert reclaim(db, card, number=UNKNOWN) == Doubtful(doubts)
    assert isinstance(reclaim(db, card, number=UNKNOWN, compared_again=True), Proofed)
    compared = select(JournalEntry.data).where(JournalEntry.event == "card.compared")
    assert db.scalars(compared).all() == [{"review": list(doubts)}]


def test_an_official_who_compared_again_proves_and_confirms(db: Session) -> None:
    """G2, control: the extract may be older than a card."""
    assert confirm(db, with_app(db, says(UNKNOWN)), VICTIM, compared_again=True) is True
    owner = claimant(db, says(UNKNOWN))
    assert isinstance(prove(db, VICTIM, number=UNKNOWN, compared_again=True), Proofed)
    assert holder(db, UNKNOWN) == owner


def test_everything_to_compare_has_words() -> None:
    """And none that tell what the register says."""
    assert {*UNLIKE_REGISTER} == {"number", *VICTIM}
    soft = review_reasons(
        "999100000000",
        sex=Sex.OTHER,
        birthdate="1700",
        today=clock.day_of(NOW).replace(year=2300),
        province_codes=["001"],
    )
    assert {*DOUBTS} == {"not_in_register", NAME_LACKS_MARKS, *soft}


@pytest.mark.parametrize("said", ["Nguyen Thi Hoa", "NGUYỄN THI HOA"])
def test_a_name_that_lacks_marks_is_compared_at_the_desk_and_is_the_cards_then(
    db: Session, said: str
) -> None:
    """C5: it is reviewed and no failure; only an official who compared again proves anybody."""
    owner = claimant(db, says(name=said))
    assert prove(db, VICTIM) == Doubtful((NAME_LACKS_MARKS,))
    assert db.get_one(Person, owner).proofing == 0
    assert isinstance(prove(db, VICTIM, compared_again=True), Proofed)
    person = db.get_one(Person, owner, populate_existing=True)
    assert (person.name, person.proofing, person.residence_code) == (VICTIM["name"], 2, "01")
    assert person.matched_at is not None


@pytest.mark.parametrize("said", ["Nguyễn Thị Hoá", "Nguyen Thi Hoan", "Nguyen Hoa", "Hoa"])
def test_a_name_with_other_marks_or_letters_is_another_name(db: Session, said: str) -> None:
    """C5, control: also for who compared again."""
    claimant(db, says(name=said))
    assert prove(db, VICTIM, compared_again=True) == OtherCard()


def test_a_name_that_lacks_marks_is_the_cards_where_the_register_knows_nobody(db: Session) -> None:
    """C5: both doubts are named."""
    owner = claimant(db, says(UNKNOWN, name="Nguyen Thi Hoa"))
    assert prove(db, VICTIM, number=UNKNOWN) == Doubtful((NAME_LACKS_MARKS, "not_in_register"))
    assert isinstance(prove(db, VICTIM, number=UNKNOWN, compared_again=True), Proofed)
    assert db.get_one(Person, owner, populate_existing=True).name == VICTIM["name"]
