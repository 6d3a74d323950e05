"""A sheet from a desk is somebody's second step; and no official alone gives both halves."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.accounts.cards import OtherCard, SeenCard, UnlikeRegister
from idp.accounts.changes import replace_factor
from idp.accounts.colleague import WITHIN, DoneBefore, Half, NeedsColleague
from idp.accounts.lost import let_in_again
from idp.accounts.proofing import Proofed, Unshown, prove_at_desk, set_proofing
from idp.accounts.reclaim import reclaim_number
from idp.accounts.registration import Registered, register_oneself, register_person
from idp.accounts.sheets import HasOthers, NotSeen, Sheet, print_sheet
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, RECOVERY_CODE, TOTP
from idp.factors.models import Authenticator
from idp.factors.recovery_codes import MANY, USE_WITHIN, begin_set, confirm_set, find_set, use_code
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.codes import Purpose, open_code
from idp.people.declaration import declare
from idp.people.models import Person, Sex
from idp.people.population import PopulationEntry, import_population
from idp.sessions.evidence import shown_at
from idp.sessions.lookup import CurrentSession, find_session
from idp.sessions.start import StartedSession, start_session
from idp.settings.people import AssuranceSettings, SessionSettings
from tests.support.people import give_app, give_codes

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
NUMBER, NAME = "001190000123", "Nguyễn Thị Hoa"
CARD = SeenCard(NAME, "1990-05-17", compared_again=False)
CODE = "48271934"
LAN, MINH = 7, 8
"""Two officials."""


@pytest.fixture(autouse=True)
def _population(db: Session) -> None:
    entries = [PopulationEntry(NUMBER, NAME, "1990-05-17", Sex.FEMALE, "01")]
    import_population(db, entries, keyring=KEYRING, at=NOW)


def hoa() -> dict[str, object]:
    declaration = declare(number=NUMBER, name=NAME, birthdate="1990-05-17", sex="female", at=NOW)
    return {"keyring": KEYRING, "declaration": declaration, "password_hash": "hash", "at": NOW}


def holder(db: Session, *, proofing: int = 2) -> UUID:
    made = register_person(db, proofing=proofing, **hoa())  # type: ignore[arg-type]
    assert isinstance(made, Registered)
    return made.person_id


def print_by(db: Session, official: int = LAN, **more: object) -> object:
    acted_by(db, Actor(Capacity.DESK, official))
    given = {"number": NUMBER, "card": CARD, "others_are_lost": False, "at": clock.now(), **more}
    return print_sheet(db, keyring=KEYRING, **given)  # type: ignore[arg-type]


def let_in_by(db: Session, official: int, **more: object) -> object:
    acted_by(db, Actor(Capacity.DESK, official))
    given = {"has_factors": True, "password_hash": "another", "at": clock.now(), **more}
    return let_in_again(db, keyring=KEYRING, number=NUMBER, card=CARD, **given)  # type: ignore[arg-type]


def entries(db: Session, event: str) -> list[JournalEntry]:
    return list(db.scalars(select(JournalEntry).where(JournalEntry.event == event)))


def signed_in(db: Session, person_id: UUID, *kinds: object) -> StartedSession:
    person = db.get_one(Person, person_id, populate_existing=True)
    return start_session(
        db,
        keyring=KEYRING,
        settings=SessionSettings(),
        person_id=person_id,
        credentials_epoch=person.credentials_epoch,
        evidence=shown_at(NOW, PASSWORD, *kinds),  # type: ignore[arg-type]
        at=NOW,
        source_address="",
        user_agent="",
    )


class TestASheet:
    def test_carries_what_was_proven_at_once_and_ends_what_ran(self, db: Session) -> None:
        person_id = holder(db)
        thief = signed_in(db, person_id)
        sheet = print_by(db)
        assert isinstance(sheet, Sheet)
        assert len(set(sheet.codes)) == MANY
        own = read_credentials(db, person_id=person_id)
        assert own.confirmed(at=clock.now()) == (PASSWORD, RECOVERY_CODE)
        assert find_session(db, keyring=KEYRING, token=thief.token) is None
        used = use_code(
            db, keyring=KEYRING, person_id=person_id, typed=sheet.codes[3], at=clock.now()
        )
        assert used is not None
        assert used.factor.trust.carries(2, at=clock.now())

    def test_is_journaled_with_who_gave_it(self, db: Session) -> None:
        person = db.get_one(Person, holder(db))
        print_by(db)
        [entry] = entries(db, "factor.enrolled")
        assert (entry.subject_number, entry.actor, entry.actor_number) == (
            *(person.subject_number, "desk"),
            LAN,
        )
        assert (entry.data["kind"], entry.data["by"]) == ("recovery_code", "desk")
        print_by(db)
        assert [each.data["by"] for each in entries(db, "factor.replaced")] == ["desk"]

    def test_voids_the_one_before(self, db: Session) -> None:
        person_id = holder(db)
        first, second = print_by(db), print_by(db)
        assert isinstance(first, Sheet)
        assert isinstance(second, Sheet)
        of = {"keyring": KEYRING, "person_id": person_id, "at": clock.now()}
        assert use_code(db, typed=first.codes[0], **of) is None  # type: ignore[arg-type]
        assert use_code(db, typed=second.codes[0], **of) is not None  # type: ignore[arg-type]

    @pytest.mark.parametrize("is_used_in_time", [True, False])
    def test_is_void_unless_it_is_used_in_time(self, db: Session, is_used_in_time: bool) -> None:
        """What lies about is nobody's for ever; what was used once goes on."""
        person_id, sheet = holder(db), print_by(db)
        assert isinstance(sheet, Sheet)
        of = {"keyring": KEYRING, "person_id": person_id}
        if is_used_in_time:
            soon = clock.now() + USE_WITHIN - timedelta(minutes=1)
            assert use_code(db, typed=sheet.codes[0], at=soon, **of)  # type: ignore[arg-type]
        late = clock.now() + USE_WITHIN + timedelta(minutes=1)
        used = use_code(db, typed=sheet.codes[1], at=late, **of)  # type: ignore[arg-type]
        assert (used is not None) is is_used_in_time
        with clock.shifted(USE_WITHIN + timedelta(minutes=1)):
            own = find_set(db, person_id=person_id)
        assert own is not None
        assert (own.is_from_desk, own.is_over) == (True, not is_used_in_time)

    def test_gives_its_place_to_a_set_of_its_persons_own(self, db: Session) -> None:
        """Nobody but them has seen that one; a code of the sheet is enough to make it."""
        person_id = holder(db)
        print_by(db)
        started, person = (
            signed_in(db, person_id, RECOVERY_CODE),
            db.get_one(Person, person_id),
        )
        session = CurrentSession(
            *(started.sid, person_id, person.subject_number, NAME, 2, "vi"),
            person.credentials_epoch,
            shown_at(clock.now(), PASSWORD, RECOVERY_CODE),
            clock.now(),
        )
        shown = begin_set(db, keyring=KEYRING, session=session, at=clock.now())
        new = confirm_set(db, keyring=KEYRING, session=session, name=shown.name, at=clock.now())
        assert new is not None
        trust = replace_factor(
            db, new, session=session, settings=AssuranceSettings(), at=clock.now()
        )
        assert trust is not None
        assert trust.carries(2, at=clock.now())
        own = find_set(db, person_id=person_id)
        assert own is not None
        assert not own.is_from_desk

    def test_is_for_whoever_was_verified_face_to_face(self, db: Session) -> None:
        person_id = holder(db, proofing=1)
        assert print_by(db) == NotSeen()
        set_proofing(db, keyring=KEYRING, person_id=person_id, proofing=2, at=clock.now())
        assert isinstance(print_by(db), Sheet)

    def test_is_for_whose_card_it_is(self, db: Session) -> None:
        person_id = holder(db)
        other = SeenCard("Trần Mai", "1990-05-17", compared_again=True)
        assert print_by(db, card=other) == OtherCard()
        db.get_one(Person, person_id).name = "Trần Mai"
        db.flush()
        assert isinstance(print_by(db, card=other), UnlikeRegister)
        assert print_by(db, number="001190000999") is None
        assert find_set(db, person_id=person_id) is None

    @pytest.mark.parametrize("is_lost", [True, False])
    def test_takes_an_app_only_as_lost(self, db: Session, is_lost: bool) -> None:
        """Whoever knows their password needs no official to know it, too."""
        person_id = holder(db)
        give_app(db, keyring=KEYRING, person_id=person_id, at=NOW)
        given = print_by(db, others_are_lost=is_lost)
        held = {*read_credentials(db, person_id=person_id).held}
        if is_lost:
            assert isinstance(given, Sheet)
            assert held == {PASSWORD, RECOVERY_CODE}
        else:
            assert isinstance(given, HasOthers)
            assert [(one.kind, one.since) for one in given.held] == [(TOTP, NOW)]
            assert held == {PASSWORD, TOTP}

    def test_removes_an_app_that_nobody_confirmed(self, db: Session) -> None:
        """It may be that of whoever knows the password."""
        person_id = holder(db)
        give_app(db, keyring=KEYRING, person_id=person_id, at=NOW)
        for row in db.scalars(select(Authenticator)):
            row.carries_proofing = 0
        db.flush()
        assert isinstance(print_by(db), Sheet)
        assert TOTP not in read_credentials(db, person_id=person_id).held


class TestTwoOfficials:
    """Whoever hands over a password vouches for no second step within a day, nor the other way."""

    def test_give_password_and_sheet(self, db: Session) -> None:
        person_id = holder(db)
        assert let_in_by(db, LAN) is True
        epoch = db.get_one(Person, person_id, populate_existing=True).credentials_epoch
        refused = print_by(db, LAN)
        assert isinstance(refused, NeedsColleague)
        assert refused.given is Half.PASSWORD
        assert read_credentials(db, person_id=person_id).credentials_epoch == epoch
        [told] = entries(db, "desk.colleague_needed")
        assert (told.actor_number, told.data["half"]) == (LAN, "second_step")
        assert isinstance(print_by(db, MINH), Sheet)

    def test_give_sheet_and_password(self, db: Session) -> None:
        holder(db)
        assert isinstance(print_by(db, LAN), Sheet)
        refused = let_in_by(db, LAN)
        assert isinstance(refused, NeedsColleague)
        assert refused.given is Half.SECOND_STEP
        assert let_in_by(db, MINH) is True

    def test_give_a_number_back_and_a_sheet(self, db: Session) -> None:
        holder(db, proofing=1)
        acted_by(db, Actor(Capacity.DESK, LAN))
        card = declare(number=NUMBER, name=NAME, birthdate="1990-05-17", sex="female", at=NOW)
        done = reclaim_number(
            db,
            keyring=KEYRING,
            card=card,
            password_hash="another",
            today=clock.day_of(NOW),
            at=clock.now(),
        )
        assert isinstance(done, Proofed)
        assert isinstance(print_by(db, LAN), NeedsColleague)
        assert isinstance(print_by(db, MINH), Sheet)

    def test_are_one_the_next_day(self, db: Session) -> None:
        holder(db)
        assert let_in_by(db, LAN) is True
        later = clock.now() + WITHIN + timedelta(minutes=1)
        assert isinstance(print_by(db, LAN, at=later - timedelta(minutes=2)), NeedsColleague)
        assert isinstance(print_by(db, LAN, at=later), Sheet)

    def test_a_form_that_is_sent_later_again_sets_no_second_password(self, db: Session) -> None:
        person_id, opened_at = holder(db), clock.now()
        assert let_in_by(db, LAN, since=opened_at) is True
        epoch = db.get_one(Person, person_id, populate_existing=True).credentials_epoch
        assert isinstance(let_in_by(db, LAN, since=opened_at), DoneBefore)
        assert db.get_one(Person, person_id, populate_existing=True).credentials_epoch == epoch
        assert let_in_by(db, LAN, since=clock.now()) is True, "a form that was opened anew"


class TestASpareThatWasNotShown:
    """Whoever was in the session for a moment may have made a sheet that its owner never saw."""

    def at_desk(self, db: Session, answer: bool | None, official: int = LAN) -> object:
        acted_by(db, Actor(Capacity.DESK, official))
        return prove_at_desk(
            db,
            keyring=KEYRING,
            number=NUMBER,
            challenge=CODE,
            card=CARD,
            at=clock.now(),
            spares_are_theirs=answer,
        )

    def claimant(self, db: Session) -> UUID:
        """Unproven, with an app and a sheet, signed in with the app and showing the code."""
        person_id = register_oneself(db, **hoa()).person_id  # type: ignore[arg-type]
        give_app(db, keyring=KEYRING, person_id=person_id, at=NOW)
        give_codes(db, keyring=KEYRING, person_id=person_id, at=NOW)
        started = signed_in(db, person_id, TOTP)
        assert open_code(
            db,
            CODE,
            keyring=KEYRING,
            purpose=Purpose.DESK,
            person_id=person_id,
            sid=started.sid,
            about=NUMBER,
            at=clock.now(),
        )
        return person_id

    @pytest.mark.parametrize("answer", [True, False])
    def test_is_asked_about_and_counts_as_its_person_says(self, db: Session, answer: bool) -> None:
        person_id = self.claimant(db)
        asked = self.at_desk(db, None)
        assert isinstance(asked, Unshown)
        assert {one.kind for one in asked.held} == {TOTP, RECOVERY_CODE}
        assert db.get_one(Person, person_id, populate_existing=True).proofing == 0
        assert isinstance(self.at_desk(db, answer), Proofed), (
            "the code is not spent by the question"
        )
        own = read_credentials(db, person_id=person_id)
        expected = (PASSWORD, TOTP, RECOVERY_CODE) if answer else (PASSWORD, TOTP)
        assert own.held == own.confirmed(at=clock.now()) == expected
        removed = [each.data["kind"] for each in entries(db, "factor.removed")]
        assert removed == ([] if answer else ["recovery_code"])

    def test_nobody_asks_where_there_is_none(self, db: Session) -> None:
        person_id = self.claimant(db)
        for row in db.scalars(select(Authenticator).where(Authenticator.kind == "recovery_code")):
            row.removed_at = NOW
        db.flush()
        assert isinstance(self.at_desk(db, None), Proofed)
        assert read_credentials(db, person_id=person_id).held == (PASSWORD, TOTP)
