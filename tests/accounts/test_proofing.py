"""Proofing changes in one place: access ends, the number moves, and the desk proves who it sees."""

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import idp
from idp.accounts.cards import OtherCard, read_card
from idp.accounts.changes import set_password, set_status
from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import Proofed, Unchanged, prove_at_desk, set_proofing
from idp.accounts.registration import Registered, register_oneself, register_person
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP, Kind
from idp.factors.models import Authenticator
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.outbox.models import OutboxMessage
from idp.people.codes import LASTS, Purpose, open_code
from idp.people.declaration import declare
from idp.people.identifiers import find_person, hashes_of
from idp.people.models import Person, PersonStatus, Sex
from idp.people.population import PopulationEntry, import_population
from idp.sessions.end import end_session
from idp.sessions.evidence import Shown, shown_at
from idp.sessions.lookup import find_session
from idp.sessions.start import StartedSession, start_session
from idp.settings.people import SessionSettings
from tests.support.people import give_app

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
NUMBER, OTHER = "001190000123", "001190000124"
CODE = "48271934"


@pytest.fixture(autouse=True)
def _population(db: Session) -> None:
    """The register, which knows both numbers."""
    entries = [
        PopulationEntry(number, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
        for number in (NUMBER, OTHER)
    ]
    import_population(db, entries, keyring=KEYRING, at=NOW)


def declared(number: str = NUMBER) -> dict[str, object]:
    declaration = declare(
        number=number, name="Nguyễn Thị Hoa", birthdate="1990-05-17", sex="female", at=NOW
    )
    return {"keyring": KEYRING, "declaration": declaration, "password_hash": "hash", "at": NOW}


def claimant(db: Session) -> UUID:
    return register_oneself(db, **declared()).person_id  # type: ignore[arg-type]


def holder_of(db: Session, *, proofing: int, number: str = NUMBER) -> UUID:
    made = register_person(db, proofing=proofing, **declared(number))  # type: ignore[arg-type]
    assert isinstance(made, Registered)
    return made.person_id


def signed_in(db: Session, person_id: UUID, *beyond: Kind) -> StartedSession:
    return start_session(
        db,
        keyring=KEYRING,
        settings=SessionSettings(),
        person_id=person_id,
        credentials_epoch=db.get_one(Person, person_id, populate_existing=True).credentials_epoch,
        evidence=shown_at(NOW, PASSWORD, *beyond),
        at=NOW,
        source_address="",
        user_agent="",
    )


def show_code(
    db: Session,
    person_id: UUID,
    sid: UUID,
    *,
    number: str = NUMBER,
    code: str = CODE,
    purpose: Purpose = Purpose.DESK,
) -> None:
    assert open_code(
        db,
        code,
        keyring=KEYRING,
        purpose=purpose,
        person_id=person_id,
        sid=sid,
        about=number,
        at=clock.now(),
    )


def at_desk(
    db: Session,
    challenge: str = CODE,
    *,
    number: str = NUMBER,
    name: str = "Nguyễn Thị Hoa",
    birthdate: str = "17/05/1990",
) -> object:
    acted_by(db, Actor(Capacity.DESK, 7))
    return prove_at_desk(
        db,
        keyring=KEYRING,
        number=number,
        challenge=challenge,
        card=read_card(name=name, birthdate=birthdate, at=clock.now()),
        at=clock.now(),
    )


def proofing_of(db: Session, person_id: UUID) -> int:
    return db.get_one(Person, person_id, populate_existing=True).proofing


def holder(db: Session) -> UUID | None:
    return find_person(db, number_hashes=hashes_of(KEYRING, NUMBER))


@pytest.mark.parametrize("proofing", [0, 1, 2])
def test_a_level_is_set_once_and_only_to_one_that_exists(db: Session, proofing: int) -> None:
    person_id = holder_of(db, proofing=(proofing + 1) % 3)
    first = set_proofing(db, keyring=KEYRING, person_id=person_id, proofing=proofing, at=NOW)
    again = set_proofing(db, keyring=KEYRING, person_id=person_id, proofing=proofing, at=NOW)
    assert (first, again) == (Proofed(person_id, 1), Unchanged(person_id))
    proofed = select(JournalEntry.data).where(JournalEntry.event == "person.proofed")
    place = {"place": "01"} if proofing else {}
    assert db.scalars(proofed).all() == [{"proofing": proofing, **place}]
    with pytest.raises(InvalidInput):
        set_proofing(db, keyring=KEYRING, person_id=person_id, proofing=3, at=NOW)


def test_no_running_session_rises_with_its_person(db: Session) -> None:
    """G2: whoever was signed in while an official proved the person is signed out."""
    person_id = holder_of(db, proofing=1)
    thief = signed_in(db, person_id)
    assert find_session(db, keyring=KEYRING, token=thief.token)
    set_proofing(db, keyring=KEYRING, person_id=person_id, proofing=2, at=NOW)
    assert find_session(db, keyring=KEYRING, token=thief.token) is None
    notices = select(OutboxMessage.kind).where(OutboxMessage.kind == "mail.notice")
    assert db.scalars(notices).all() == ["mail.notice"]


def test_the_desk_proves_the_account_whose_session_shows_the_code(db: Session) -> None:
    """G2: and not the one that a thief of the card made for the same number before."""
    thief, owner = claimant(db), claimant(db)
    signed_in(db, thief)
    session = signed_in(db, owner)
    show_code(db, owner, session.sid)
    assert at_desk(db) == Proofed(owner, 1)
    assert (proofing_of(db, owner), proofing_of(db, thief)) == (2, 0)
    assert holder(db) == owner
    assert find_session(db, keyring=KEYRING, token=session.token) is None
    columns = (JournalEntry.data, JournalEntry.actor, JournalEntry.actor_number)
    [row] = db.execute(select(*columns).where(JournalEntry.event == "person.proofed"))
    assert tuple(row) == ({"proofing": 2, "place": "01"}, "desk", 7)


@pytest.mark.parametrize(
    "card",
    [
        {"name": "Trần Thị Mai"},
        {"birthdate": "18/05/1990"},
        {"birthdate": "1990"},
    ],
)
def test_an_account_that_says_another_person_than_the_card_is_not_proven(
    db: Session, card: dict[str, str]
) -> None:
    """G2: a desk proved any declared name; now it is that of the card, and the code is spent."""
    owner = claimant(db)
    show_code(db, owner, signed_in(db, owner).sid)
    assert at_desk(db, **card) == OtherCard()
    assert (proofing_of(db, owner), holder(db)) == (0, None)
    assert at_desk(db) is None


@pytest.mark.parametrize(
    ("said", "on_card", "is_same"),
    [
        ("1990-05-17", "1990-05-17", True),
        ("1990", "1990-05-17", True),
        ("1990", "1990", True),
        ("1990", "1991-05-17", False),
        ("1990-05-17", "1990", False),
    ],
)
def test_a_birthdate_known_by_its_year_counts_by_its_year(
    said: str, on_card: str, *, is_same: bool
) -> None:
    """G2: the card may know more than the account says, and never less."""
    owner = declare(number=NUMBER, name="Nguyễn Thị Hoa", birthdate=said, sex="female", at=NOW)
    assert owner.is_on_card(name="NGUYỄN  THỊ HOA", birthdate=on_card) is is_same


def test_what_is_no_birthdate_spends_no_code(db: Session) -> None:
    owner = claimant(db)
    show_code(db, owner, signed_in(db, owner).sid)
    with pytest.raises(InvalidInput):
        at_desk(db, birthdate="31/02/1990")
    assert at_desk(db, "4827-1934") == Proofed(owner, 1)


@pytest.mark.parametrize("is_shown", [True, False])
def test_what_was_shown_in_the_session_that_was_proven_is_confirmed_and_nothing_else(
    db: Session, *, is_shown: bool
) -> None:
    """G1, G2: an app in the owner's own session is theirs; a thief's is in none of theirs."""
    owner = claimant(db)
    give_app(db, keyring=KEYRING, person_id=owner)
    db.execute(update(Authenticator).values(carries_proofing=0))
    session = signed_in(db, owner, *([TOTP] if is_shown else []))
    show_code(db, owner, session.sid)
    assert at_desk(db) == Proofed(owner, 1)
    own = read_credentials(db, person_id=owner)
    assert own.confirmed(at=clock.now()) == own.held == (PASSWORD, *([TOTP] if is_shown else []))


@pytest.mark.parametrize(
    ("carries", "kept", "stays"), [(0, (), False), (0, (Shown(TOTP, NOW),), True), (1, (), True)]
)
def test_a_new_password_leaves_no_factor_that_somebody_else_may_have_set_up(
    db: Session, carries: int, kept: tuple[Shown, ...], *, stays: bool
) -> None:
    """G2: an app of whoever knew the old password stayed, and carried the proofing in three days.

    What carries the proofing stays, and what was shown in the session that changes the password.
    """
    owner = holder_of(db, proofing=1)
    give_app(db, keyring=KEYRING, person_id=owner)
    db.execute(update(Authenticator).values(carries_proofing=carries))
    at = clock.now()
    set_password(db, keyring=KEYRING, person_id=owner, password_hash="new", kept=kept, at=at)
    assert (TOTP in read_credentials(db, person_id=owner).held) is stays


def test_the_desk_evicts_who_got_the_number_with_less(db: Session) -> None:
    before, owner = holder_of(db, proofing=1), claimant(db)
    running = signed_in(db, before)
    show_code(db, owner, signed_in(db, owner).sid)
    assert isinstance(at_desk(db), Proofed)
    assert find_session(db, keyring=KEYRING, token=running.token) is None
    assert db.get_one(Person, before, populate_existing=True).status is PersonStatus.CLOSED
    evicted = select(JournalEntry.actor_number).where(JournalEntry.event == "identifier.evicted")
    assert db.scalars(evicted).all() == [7]


def test_who_was_seen_before_keeps_the_number(db: Session) -> None:
    before, newcomer = holder_of(db, proofing=2), claimant(db)
    show_code(db, newcomer, signed_in(db, newcomer).sid)
    assert at_desk(db) == NumberTaken()
    assert (holder(db), proofing_of(db, newcomer)) == (before, 0)


def a_guess(db: Session, owner: UUID, session: StartedSession) -> object:
    return at_desk(db, "00000000")


def another_number(db: Session, owner: UUID, session: StartedSession) -> object:
    return at_desk(db, number=OTHER)


def a_second_time(db: Session, owner: UUID, session: StartedSession) -> object:
    at_desk(db)
    return at_desk(db)


def too_late(db: Session, owner: UUID, session: StartedSession) -> object:
    with clock.shifted(LASTS + timedelta(seconds=1)):
        return at_desk(db)


def after_signing_out(db: Session, owner: UUID, session: StartedSession) -> object:
    end_session(db, sid=session.sid)
    return at_desk(db)


def after_a_suspension(db: Session, owner: UUID, session: StartedSession) -> object:
    set_status(db, person_id=owner, status=PersonStatus.SUSPENDED, at=NOW)
    return at_desk(db)


def after_a_newer_code(db: Session, owner: UUID, session: StartedSession) -> object:
    show_code(db, owner, session.sid, code="11111111")
    return at_desk(db)


def a_contact_code(db: Session, owner: UUID, session: StartedSession) -> object:
    show_code(db, owner, session.sid, code="482719", purpose=Purpose.CONTACT)
    return at_desk(db, "482719")


@pytest.mark.parametrize(
    "attempt",
    [
        a_guess,
        another_number,
        a_second_time,
        too_late,
        after_signing_out,
        after_a_suspension,
        after_a_newer_code,
        a_contact_code,
    ],
    ids=lambda attempt: attempt.__name__,
)
def test_a_code_for_the_desk_is_good_once_now_and_for_what_it_was_shown(
    db: Session, attempt: Callable[[Session, UUID, StartedSession], object]
) -> None:
    """G2: in the session that shows it, while that lives."""
    owner = claimant(db)
    session = signed_in(db, owner)
    show_code(db, owner, session.sid)
    assert attempt(db, owner, session) is None


@pytest.mark.parametrize("is_asked_before", [True, False])
def test_who_else_is_signed_in_spoils_no_code_for_the_desk(
    db: Session, is_asked_before: bool
) -> None:
    """G2: whoever knew the password asked for a code, and the one its owner was shown was dead."""
    owner = claimant(db)
    session, other = signed_in(db, owner), signed_in(db, owner)

    def ask_elsewhere() -> None:
        show_code(db, owner, other.sid, code="11111111")

    if is_asked_before:
        ask_elsewhere()
    show_code(db, owner, session.sid)
    if not is_asked_before:
        ask_elsewhere()
    assert isinstance(at_desk(db), Proofed)
    assert at_desk(db, "11111111") is None, "the other session ended with that"


WRITERS = {"change_account", "raise_epoch", "insert_person", "values"}


def test_nothing_else_writes_proofing() -> None:
    """G2: `set_proofing`, a reclaim, and the making of an account; no other call names it."""
    root = Path(idp.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) in WRITERS
        and "proofing" in {keyword.arg for keyword in call.keywords}
    }
    assert found == {"accounts/proofing.py", "accounts/reclaim.py", "accounts/registration.py"}
