"""A number given back: its account goes on, and whoever had it keeps nothing of it."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import Proofed
from idp.accounts.reclaim import reclaim_number
from idp.accounts.registration import Registered, register_person
from idp.consents.changes import grant_consent
from idp.consents.lookup import list_consents
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD
from idp.journal.activity import list_activity
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.mail.letters import Letter, Writer
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole, StaffRole
from idp.outbox.models import OutboxMessage
from idp.people.contacts import FORMER_MAIL, add_contact
from idp.people.declaration import declare
from idp.people.models import ContactKind, Person, PersonStatus, Sex
from idp.people.population import PopulationEntry, import_population
from idp.people.profile import read_profile
from tests.support.people import (
    add_organization,
    add_person,
    add_relying_party,
    add_representative,
    give_app,
)

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
TODAY = clock.day_of(NOW)
NUMBER = "001190000123"


@pytest.fixture
def thief(db: Session) -> UUID:
    """Whoever has the account now, with everything one can have there."""
    declaration = declare(
        number=NUMBER, name="nguyễn thị hoa", birthdate="1990-05-17", sex="female", at=NOW
    )
    made = register_person(
        db,
        keyring=KEYRING,
        declaration=declaration,
        password_hash="the thief's",
        proofing=1,
        at=NOW,
    )
    assert isinstance(made, Registered)
    person_id = made.person_id
    give_app(db, keyring=KEYRING, person_id=person_id)
    add_contact(
        db,
        keyring=KEYRING,
        person_id=person_id,
        kind=ContactKind.EMAIL,
        value="thief@example.vn",
        at=NOW,
        verified_at=NOW,
    )
    grant_consent(
        db,
        person_id=person_id,
        relying_party_id=add_relying_party(db).id,
        scopes=["openid"],
        claims=[],
        evidence={},
    )
    return person_id


def reclaim(db: Session, **on_card: str) -> object:
    said = {"name": "Nguyễn Thị Hoa", "birthdate": "1990-05-17", "sex": "female", **on_card}
    acted_by(db, Actor(Capacity.DESK, 7))
    return reclaim_number(
        db,
        keyring=KEYRING,
        card=declare(number=NUMBER, at=NOW, **said),
        password_hash="the owner's",
        today=TODAY,
        at=clock.now(),
        compared_again=True,  # the register knows nobody, unless a test says so
    )


def test_whoever_had_the_account_keeps_nothing_of_it(db: Session, thief: UUID) -> None:
    """G2: new password, no factor, contact or consent; the number is the account's still."""
    consent = list_consents(db, person_id=thief)
    assert consent
    entry = PopulationEntry(NUMBER, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
    import_population(db, [entry], keyring=KEYRING, at=NOW)
    assert reclaim(db) == Proofed(thief, 1)
    profile = read_profile(db, keyring=KEYRING, person_id=thief)
    assert (profile.citizen_number, profile.proofing, profile.email) == (NUMBER, 2, "")
    assert profile.name == "Nguyễn Thị Hoa"
    own = read_credentials(db, person_id=thief)
    assert own.password_hash(KEYRING) == "the owner's"
    assert own.held == (PASSWORD,)
    assert list_consents(db, person_id=thief) == []


def letters_to(db: Session, person_id: UUID) -> list[Letter | None]:
    writer = Writer(keyring=KEYRING, site="https://id.example", zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    to_them = (OutboxMessage.kind == FORMER_MAIL, OutboxMessage.recipient == str(person_id))
    return [
        writer.read(db, message) for message in db.scalars(select(OutboxMessage).where(*to_them))
    ]


def test_whoever_had_the_account_is_told_where_they_were_reached(db: Session, thief: UUID) -> None:
    """G1: contacts were removed first, so that the notice of it reached nobody.

    It says what happened, and nothing of whom the account is given to, or where.
    """
    db.get_one(Person, thief).locale = "en"
    for address, verified_at in (("older@example.vn", NOW), ("anybody@example.vn", None)):
        add_contact(
            db,
            keyring=KEYRING,
            person_id=thief,
            kind=ContactKind.EMAIL,
            value=address,
            at=NOW - timedelta(days=1),
            verified_at=verified_at,
        )
    assert letters_to(db, thief) == [], "nobody is told of what has not happened"
    reclaim(db, name="Trần Văn Mai")
    told = letters_to(db, thief)
    assert {letter.address for letter in told if letter} == {"thief@example.vn", "older@example.vn"}
    for letter in told:
        assert letter
        text = " ".join((letter.subject, *letter.paragraphs))
        assert "belongs to somebody else now" in text
        assert "https://id.example" in text
        assert not [word for word in ("Trần", "Hoa", NUMBER, "1990") if word in text]
    stored = list(db.scalars(select(OutboxMessage).where(OutboxMessage.kind == FORMER_MAIL)))
    assert not any(b"example.vn" in (message.private_encrypted or b"") for message in stored)


def test_who_keeps_the_account_is_not_told_that_they_lost_it(db: Session, thief: UUID) -> None:
    """G1, control: a reclaim that is refused."""
    db.get_one(Person, thief).proofing = 2
    db.flush()
    assert reclaim(db) == NumberTaken()
    assert letters_to(db, thief) == []
    assert read_profile(db, keyring=KEYRING, person_id=thief).email == "thief@example.vn"


def test_the_account_says_what_the_card_says(db: Session, thief: UUID) -> None:
    """G2: a reclaim kept the false name, birthdate and sex that a thief had declared."""
    assert reclaim(db, name="Trần Văn Mai", birthdate="1991-02-03", sex="male") == Proofed(thief, 1)
    said = read_profile(db, keyring=KEYRING, person_id=thief).declared
    assert said == declare(
        number=NUMBER, name="Trần Văn Mai", birthdate="1991-02-03", sex="male", at=NOW
    )


def test_the_journal_names_the_official_and_tells_the_owner(db: Session, thief: UUID) -> None:
    """G2: who acted is another than whom it is about; the owner reads it among their sign-ins."""
    reclaim(db)
    number = db.get_one(Person, thief).subject_number
    about = (JournalEntry.subject_number == number, JournalEntry.event.like("person.%"))
    columns = (JournalEntry.actor, JournalEntry.actor_number)
    rows = db.execute(select(JournalEntry.event, *columns).where(*about))
    actors = {event: tuple(actor) for event, *actor in rows}
    assert actors["person.reclaimed"] == actors["person.proofed"] == ("desk", 7)
    told = list_activity(
        db, subject_number=number, since=NOW - timedelta(days=1), zone="UTC", limit=50
    )
    assert "Account given back to you at a desk" in {line.words for line in told}


def test_what_the_business_register_says_stays_and_what_people_gave_ends(
    db: Session, thief: UUID
) -> None:
    company = add_organization(db, name="Công ty Sen")
    other = add_organization(db, tax_code="0100112437", name="Công ty Mai")
    represents = add_representative(db, organization_id=company.id, person_id=thief)
    received = add_representative(
        db, organization_id=other.id, person_id=thief, role=OrganizationRole.DELEGATE
    )
    post = Mandate(person_id=thief, role=StaffRole.OPERATOR, valid_on=TODAY, created_at=clock.now())
    db.get_one(Person, thief).proofing = 2
    start_mandate(db, post)
    db.get_one(Person, thief).proofing = 0
    friend = Mandate(
        person_id=add_person(db).id,
        role=OrganizationRole.DELEGATE,
        organization_id=company.id,
        granted_by_id=represents.id,
        valid_on=TODAY,
        created_at=clock.now(),
    )
    start_mandate(db, friend)
    reclaim(db)
    ended = {
        mandate.id: mandate.ended_on is not None
        for mandate in db.scalars(select(Mandate).execution_options(populate_existing=True))
    }
    expected = {represents.id: False, received.id: True, post.id: True, friend.id: True}
    assert ended == expected


@pytest.mark.parametrize("status", [PersonStatus.DECEASED, PersonStatus.CLOSED])
def test_an_account_that_is_over_is_not_given_back(
    db: Session, thief: UUID, status: PersonStatus
) -> None:
    db.get_one(Person, thief).status = status
    db.flush()
    assert reclaim(db) is None


def test_a_suspended_one_is_and_stays_suspended(db: Session, thief: UUID) -> None:
    db.get_one(Person, thief).status = PersonStatus.SUSPENDED
    db.flush()
    assert isinstance(reclaim(db), Proofed)
    person = db.get_one(Person, thief, populate_existing=True)
    assert person.status is PersonStatus.SUSPENDED


def test_who_was_seen_face_to_face_does_not_lose_it_this_way(db: Session, thief: UUID) -> None:
    """G2: whoever holds less is evicted, and nobody who holds as much."""
    db.get_one(Person, thief).proofing = 2
    db.flush()
    assert reclaim(db) == NumberTaken()
    assert list_consents(db, person_id=thief)
