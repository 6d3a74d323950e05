"""Whatever changes a credential or a status also ends access and tells the relying parties.

Every function of the room has its rows in the table below, and no other part of the program may
write what these write.
"""

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pyotp
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import idp
from idp.accounts import (
    cards,
    changes,
    closing,
    colleague,
    contacts,
    desk_confirmation,
    disowning,
    enrolment,
    letter_batches,
    lost,
    models,
    numbers,
    other_hands,
    passkeys,
    possession,
    posted,
    proofing,
    reclaim,
    registration,
    reports,
    sheets,
    taking_back,
    text_steps,
    ways,
)
from idp.consents.changes import grant_consent
from idp.factors.ceremony import Signed, read_answer, request_options
from idp.factors.credentials import Held, read_credentials
from idp.factors.kinds import PASSWORD, RECOVERY_CODE, TOTP, Kind
from idp.factors.lost import set_aside
from idp.factors.models import Authenticator, RecoveryCode
from idp.factors.passkey_site import PasskeySite
from idp.factors.passkeys import find_passkey
from idp.factors.text_message import new_telephone
from idp.factors.totp import new_app, new_secret
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.mandates.models import Mandate
from idp.outbox.models import OutboxMessage
from idp.people.codes import Purpose, open_code
from idp.people.contacts import add_contact, replace_contact
from idp.people.declaration import declare
from idp.people.identifiers import give_number
from idp.people.models import ContactKind, Person, PersonStatus, Sex
from idp.people.population import PopulationEntry, import_population
from idp.people.profile import read_profile
from idp.people.text_budget import TextBudget
from idp.rate_limits import CODE_TRIES
from idp.relying_parties.models import RelyingParty
from idp.sessions.evidence import Shown, shown_at
from idp.sessions.lookup import CurrentSession, find_session
from idp.sessions.start import start_session
from idp.settings.people import AssuranceSettings, SessionSettings, ThrottleSettings
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from idp.tokens.lookup import find_standing_grant
from idp.tokens.models import Grant
from tests.support.passkeys import SoftKey
from tests.support.people import add_person, add_relying_party, give_app, give_passkey

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
NUMBER = "001190000123"
RULES = AssuranceSettings()


@dataclass(frozen=True)
class Visit:
    """A browser signed in as someone, at a relying party that listens for the end of that."""

    sid: UUID
    token: str
    online: UUID
    offline: UUID


@dataclass(frozen=True)
class Owner:
    """Someone with a number, who is signed in here and in another browser."""

    person_id: UUID
    here: Visit
    there: Visit


@pytest.fixture
def party(db: Session) -> RelyingParty:
    party = add_relying_party(db)
    party.backchannel_logout_uri = "https://rp.example/out"
    db.flush()
    return party


@pytest.fixture
def owner(db: Session, party: RelyingParty) -> Owner:
    return make_owner(db, party, number=NUMBER)


@pytest.fixture
def stranger(db: Session, party: RelyingParty) -> Owner:
    return make_owner(db, party, number="001190000124")


def make_owner(db: Session, party: RelyingParty, *, number: str) -> Owner:
    person_id = add_person(db, proofing=0).id
    give_number(db, keyring=KEYRING, person_id=person_id, number=number, at=NOW)
    grant_consent(
        db,
        person_id=person_id,
        relying_party_id=party.id,
        scopes=["openid"],
        claims=[],
        evidence={},
    )
    return Owner(person_id, visit(db, person_id, party), visit(db, person_id, party))


def visit(db: Session, person_id: UUID, party: RelyingParty) -> Visit:
    started = start_session(
        db,
        keyring=KEYRING,
        settings=SessionSettings(),
        person_id=person_id,
        credentials_epoch=0,
        evidence=shown_at(NOW, PASSWORD, TOTP),
        at=NOW,
        source_address="",
        user_agent="",
    )
    grants = [
        Grant(
            sign_in_id=uuid4(),
            relying_party_id=party.id,
            person_id=person_id,
            credentials_epoch=0,
            sid=started.sid,
            scope="openid",
            acr="LoA1",
            amr=["pwd"],
            authenticated_at=NOW,
            is_offline=is_offline,
            created_at=NOW,
            expires_at=NOW + timedelta(hours=1),
        )
        for is_offline in (False, True)
    ]
    db.add_all(grants)
    db.flush()
    return Visit(started.sid, started.token, *(grant.id for grant in grants))


def session_of(db: Session, visit: Visit) -> CurrentSession:
    session = find_session(db, keyring=KEYRING, token=visit.token)
    assert session
    return session


def standing(db: Session, visit: Visit) -> tuple[bool, bool, bool]:
    """Whether the session lives, and its online and offline grants stand."""
    today = clock.now().date()
    grants = [
        find_standing_grant(db, grant_id=grant_id, token_ids=[], today=today) is not None
        for grant_id in (visit.online, visit.offline)
    ]
    return find_session(db, keyring=KEYRING, token=visit.token) is not None, grants[0], grants[1]


def told(db: Session) -> set[UUID]:
    """The sessions of whose end a relying party is to be told."""
    queued = select(OutboxMessage.key).where(OutboxMessage.kind == BACKCHANNEL_LOGOUT)
    return {UUID(sid) for sid in db.scalars(queued)}


def app_of(person_id: UUID) -> Authenticator:
    return new_app(KEYRING, person_id=person_id, secret=new_secret(), at=NOW)


def suspend(db: Session, owner: Owner) -> object:
    suspended = PersonStatus.SUSPENDED
    return changes.set_status(db, person_id=owner.person_id, status=suspended, at=NOW)


def keep_status(db: Session, owner: Owner) -> object:
    active = PersonStatus.ACTIVE
    return not changes.set_status(db, person_id=owner.person_id, status=active, at=NOW)


def set_password(db: Session, owner: Owner, *, epoch: int = 0) -> object:
    return changes.set_password(
        db,
        keyring=KEYRING,
        person_id=owner.person_id,
        password_hash="another",
        kept=(),
        at=NOW,
        epoch=epoch,
    )


def set_password_too_late(db: Session, owner: Owner) -> object:
    return set_password(db, owner, epoch=7) is None


def give_first(db: Session, owner: Owner) -> object:
    changes.give_factor(db, app_of(owner.person_id), at=NOW)
    return True


def give_another(db: Session, owner: Owner) -> object:
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    return give_first(db, owner)


def add_first(db: Session, owner: Owner, *kinds: Kind) -> object:
    session = session_of(db, owner.here)
    if kinds:
        session = dataclasses.replace(session, evidence=shown_at(NOW, *kinds))
    app = app_of(owner.person_id)
    return changes.add_factor(db, app, session=session, settings=RULES, at=NOW)


def add_refused(db: Session, owner: Owner) -> object:
    """Of whoever did not show the app there is."""
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    return not add_first(db, owner, PASSWORD)


def replace(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    app = app_of(owner.person_id)
    return changes.replace_factor(db, app, session=session, settings=RULES, at=NOW)


def codes_of(person_id: UUID) -> Authenticator:
    hashes = [RecoveryCode(code_hash=bytes([nth]) * 32) for nth in range(10)]
    own = {"person_id": person_id, "kind": RECOVERY_CODE.name, "codes": hashes}
    return Authenticator(
        **own,  # type: ignore[arg-type]
        carries_proofing=0,
        carries_from=NOW,
        confirmed_at=NOW,
        created_at=NOW,
    )


def make_codes(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    codes = codes_of(owner.person_id)
    return changes.replace_factor(db, codes, session=session, settings=RULES, at=NOW)


def make_codes_again(db: Session, owner: Owner) -> object:
    return make_codes(db, owner) and changes.replace_factor(
        db,
        codes_of(owner.person_id),
        session=session_of(db, owner.here),
        settings=RULES,
        at=NOW,
    )


def replace_a_lost_app(db: Session, owner: Owner) -> object:
    """By whoever showed a recovery code and not the app."""
    made = make_codes(db, owner)
    evidence = shown_at(NOW, PASSWORD, RECOVERY_CODE)
    session = dataclasses.replace(session_of(db, owner.here), evidence=evidence)
    app = app_of(owner.person_id)
    return made and changes.replace_factor(db, app, session=session, settings=RULES, at=NOW)


def make_codes_without_an_app(db: Session, owner: Owner) -> object:
    session = dataclasses.replace(session_of(db, owner.here), evidence=shown_at(NOW, PASSWORD))
    codes = codes_of(owner.person_id)
    return not changes.replace_factor(db, codes, session=session, settings=RULES, at=NOW)


def confirm(db: Session, owner: Owner) -> object:
    """Of an app that somebody added to an account that was proven before."""
    add_first(db, owner)
    db.get_one(Person, owner.person_id).proofing = 2
    db.flush()
    return confirm_again(db, owner)


def confirm_again(db: Session, owner: Owner) -> bool:
    return changes.confirm_factor(db, person_id=owner.person_id, kind=TOTP, by="desk", at=NOW)


def confirm_nothing(db: Session, owner: Owner) -> object:
    add_first(db, owner)
    return not confirm_again(db, owner)


def remove(db: Session, owner: Owner) -> object:
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    return changes.remove_factor(db, person_id=owner.person_id, kind=TOTP, at=NOW)


def remove_nothing(db: Session, owner: Owner) -> object:
    return not changes.remove_factor(db, person_id=owner.person_id, kind=TOTP, at=NOW)


def keep_what_was_shown(db: Session, owner: Owner, *, kept: tuple[Shown, ...] = ()) -> object:
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    return changes.keep_factors(db, person_id=owner.person_id, kept=kept, at=NOW)


def keep_everything(db: Session, owner: Owner) -> object:
    return not keep_what_was_shown(db, owner, kept=(Shown(TOTP, NOW),))


def disown(db: Session, owner: Owner, *kinds: Kind) -> object:
    """Of an app that somebody added to an account that was proven before."""
    add_first(db, owner)
    db.get_one(Person, owner.person_id).proofing = 2
    db.flush()
    session = session_of(db, owner.here)
    session = dataclasses.replace(session, evidence=shown_at(NOW, PASSWORD, *kinds))
    return changes.disown_factors(db, session=session, at=NOW)


def disown_what_was_shown(db: Session, owner: Owner) -> object:
    return disown(db, owner, TOTP) is None


def confirm_at_desk(db: Session, owner: Owner, *, typed: str = "", card_name: str = "") -> object:
    """Of the same; the digits are those that it shows."""
    secret = new_secret()
    new = new_app(KEYRING, person_id=owner.person_id, secret=secret, at=NOW)
    session = session_of(db, owner.here)
    assert changes.add_factor(db, new, session=session, settings=RULES, at=NOW)
    db.get_one(Person, owner.person_id).proofing = 2
    db.flush()
    return desk_confirmation.confirm_factor_at_desk(
        db,
        keyring=KEYRING,
        person_id=owner.person_id,
        typed=typed or pyotp.TOTP(secret).at(NOW),
        card=cards.SeenCard(card_name or "Nguyễn Thị Thử", "1990-01-02", compared_again=True),
        at=NOW,
    )


def confirm_at_desk_wrongly(db: Session, owner: Owner) -> object:
    return confirm_at_desk(db, owner, typed="no code") is None


def confirm_at_desk_with_another_card(db: Session, owner: Owner) -> object:
    return confirm_at_desk(db, owner, card_name="Trần Thị Mai") == cards.OtherCard()


def judge_card(db: Session, owner: Owner) -> object:
    card = read_profile(db, keyring=KEYRING, person_id=owner.person_id).declared
    return cards.judge_card(
        db, keyring=KEYRING, card=card, subject_number=1, compared_again=False, at=NOW
    )


def judge_owner(db: Session, owner: Owner) -> object:
    return cards.judge_owner(
        db,
        keyring=KEYRING,
        person_id=owner.person_id,
        card=cards.SeenCard("Nguyễn Thị Thử", "1990-01-02", compared_again=False),
        at=NOW,
    )


def read_card(_db: Session, _owner: Owner) -> object:
    return cards.read_card(name="Nguyễn Thị Thử", birthdate="02/01/1990", at=NOW)


def find_doubts(db: Session, owner: Owner) -> object:
    card = read_profile(db, keyring=KEYRING, person_id=owner.person_id).declared
    return cards.find_doubts(card, is_registered=False, at=NOW)


def register(db: Session, *, level: int) -> object:
    return registration.register_person(
        db,
        keyring=KEYRING,
        declaration=declare(
            number=NUMBER, name="Nguyễn Thị Hoa", birthdate="1990", sex="female", at=NOW
        ),
        password_hash=None,
        proofing=level,
        at=NOW,
    )


def evict_nobody(db: Session, owner: Owner) -> object:
    return isinstance(register(db, level=2), numbers.NumberTaken)


def change_epoch(db: Session, owner: Owner) -> object:
    return changes.change_account(db, person_id=owner.person_id, at=NOW)


def register_oneself(db: Session, owner: Owner) -> object:
    declaration = declare(
        number=NUMBER, name="Nguyễn Thị Hoa", birthdate="1990", sex="female", at=NOW
    )
    return registration.register_oneself(
        db, keyring=KEYRING, declaration=declaration, password_hash="hash", at=NOW
    )


def free(db: Session, owner: Owner) -> object:
    return numbers.free_number(db, keyring=KEYRING, number=NUMBER, proofing=1, at=NOW) is None


def keep(db: Session, owner: Owner) -> object:
    return numbers.free_number(db, keyring=KEYRING, number=NUMBER, proofing=0, at=NOW)


def lock(db: Session, owner: Owner) -> object:
    return numbers.lock_number(db, keyring=KEYRING, number=NUMBER)


def accept_passkey(db: Session, owner: Owner, *, count: int = 8) -> object:
    key = SoftKey(is_synced=False, count=7)
    give_passkey(db, key, keyring=KEYRING, person_id=owner.person_id, at=NOW)
    asked = request_options(PasskeySite("localhost", key.origin), challenge=b"c" * 32)
    answer = read_answer(key.get(asked))
    found = find_passkey(db, answer, keyring=KEYRING, device="") if answer else None
    assert found is not None
    signed = Signed(count, is_syncable=False, is_synced=False)
    return (passkeys.accept_passkey(db, found, signed, at=NOW) is None) == (count <= 7)


def accept_a_copy(db: Session, owner: Owner) -> object:
    return accept_passkey(db, owner, count=7)


def prove(db: Session, owner: Owner, *, level: int = 2) -> object:
    done = proofing.set_proofing(
        db, keyring=KEYRING, person_id=owner.person_id, proofing=level, at=NOW
    )
    return isinstance(done, proofing.Proofed)


def note(db: Session, owner: Owner) -> object:
    changed = changes.change_account(db, person_id=owner.person_id, at=NOW, proofing=1)
    assert changed is not None
    return proofing.note_proofed(
        db, changed, person_id=owner.person_id, proofing=1, known={}, at=NOW
    )


def overtake(db: Session, owner: Owner) -> object:
    """With a session that ended meanwhile, when a desk had seen more."""
    done = proofing.set_proofing(
        db, keyring=KEYRING, person_id=owner.person_id, proofing=1, at=NOW, epoch=99
    )
    return isinstance(done, proofing.Unchanged)


def prove_nothing_new(db: Session, owner: Owner) -> object:
    return not prove(db, owner, level=0)


def at_desk(db: Session, owner: Owner, *, shown: str = "48271934", card_name: str = "") -> object:
    open_code(
        db,
        "48271934",
        keyring=KEYRING,
        purpose=Purpose.DESK,
        person_id=owner.person_id,
        sid=owner.here.sid,
        about=NUMBER,
        at=NOW,
    )
    profile = read_profile(db, keyring=KEYRING, person_id=owner.person_id)
    return proofing.prove_at_desk(
        db,
        keyring=KEYRING,
        number=NUMBER,
        challenge=shown,
        card=cards.SeenCard(card_name or profile.name, profile.birthdate, compared_again=True),
        at=NOW,
    )


def confirm_what_was_shown(db: Session, owner: Owner) -> object:
    add_first(db, owner)
    db.get_one(Person, owner.person_id).proofing = 2
    db.flush()
    done = proofing.Proofed(owner.person_id, 0)
    proofing.confirm_shown(db, done, shown=(Shown(TOTP, NOW),), by="desk", at=NOW)
    return True


def at_desk_with_a_guess(db: Session, owner: Owner) -> object:
    return at_desk(db, owner, shown="00000000") is None


def at_desk_with_another_card(db: Session, owner: Owner) -> object:
    return at_desk(db, owner, card_name="Trần Thị Mai") == cards.OtherCard()


def ask_for_a_code(db: Session, owner: Owner) -> object:
    return possession.send_code(
        db,
        keyring=KEYRING,
        settings=ThrottleSettings(),
        session=session_of(db, owner.here),
        language="en",
        at=NOW,
    )


def type_code(db: Session, owner: Owner, *, typed: str = "482719") -> object:
    session = session_of(db, owner.here)
    open_code(
        db,
        "482719",
        keyring=KEYRING,
        purpose=Purpose.CONTACT,
        person_id=owner.person_id,
        sid=session.sid,
        about=str(owner.person_id),
        at=NOW,
    )
    return possession.confirm_code(
        db,
        typed,
        keyring=KEYRING,
        settings=ThrottleSettings(),
        session=session,
        address="192.0.2.1",
        at=NOW,
    )


def type_code_again(db: Session, owner: Owner) -> object:
    """By who showed it before and has no second factor that carries that."""
    db.get_one(Person, owner.person_id).proofing = 1
    db.flush()
    return isinstance(type_code(db, owner), proofing.Proofed)


def type_code_for_nothing(db: Session, owner: Owner) -> object:
    db.get_one(Person, owner.person_id).proofing = 2
    db.flush()
    return type_code(db, owner) is None


def ask_for_a_letter(db: Session, owner: Owner) -> object:
    return (
        posted.ask_letter(
            db,
            keyring=KEYRING,
            settings=ThrottleSettings(),
            session=session_of(db, owner.here),
            at=NOW,
        )
        is None
    )


def print_a_letter(db: Session, owner: Owner) -> UUID:
    ask_for_a_letter(db, owner)
    entry = PopulationEntry(
        *(NUMBER, "Nguyễn Thị Thử", "1990-01-02", Sex.FEMALE, "01", ""),
        *("Số 8 phố Hàng Bài", "phường Cửa Nam", "thành phố Hà Nội"),
    )
    import_population(db, [entry], keyring=KEYRING, at=NOW)
    rules = {"settings": ThrottleSettings(), "valid": timedelta(days=21)}
    batch = letter_batches.print_letters(db, keyring=KEYRING, by=None, at=NOW, **rules)
    assert batch
    return batch


def read_a_letter(db: Session, owner: Owner) -> letter_batches.Letter:
    batch_id = print_a_letter(db, owner)
    batch = letter_batches.read_batch(db, keyring=KEYRING, batch_id=batch_id, at=NOW)
    assert batch
    return batch.letters[0]


def type_letter(db: Session, owner: Owner, *, typed: str = "") -> object:
    code = read_a_letter(db, owner).code
    return posted.confirm_letter(
        db,
        typed or code,
        keyring=KEYRING,
        settings=ThrottleSettings(),
        session=session_of(db, owner.here),
        address="192.0.2.1",
        at=NOW,
    )


def type_letter_wrongly(db: Session, owner: Owner) -> object:
    return type_letter(db, owner, typed="00000-00000") is None


def confirm_a_print(db: Session, owner: Owner) -> object:
    return letter_batches.confirm_printed(db, batch_id=print_a_letter(db, owner), at=NOW)


def note_a_letter_returned(db: Session, owner: Owner) -> object:
    reference = read_a_letter(db, owner).reference
    return letter_batches.note_returned(db, reference=reference, at=NOW)


def list_letters(db: Session, owner: Owner) -> object:
    ask_for_a_letter(db, owner)
    assert letter_batches.count_waiting(db, at=NOW) == 1
    return not letter_batches.list_printed(db, at=NOW, limit=5)


def count_letters(db: Session, owner: Owner) -> object:
    return list_letters(db, owner)


def take_what_was_shown(db: Session, owner: Owner) -> object:
    """Whichever code it is."""
    return possession.take_shown(
        db,
        lambda: True,
        tries=CODE_TRIES.of("a test", keyring=KEYRING, settings=ThrottleSettings()),
        keyring=KEYRING,
        settings=ThrottleSettings(),
        session=session_of(db, owner.here),
        address="192.0.2.1",
        by="post",
        at=NOW,
    )


def read_what_was_declared(db: Session, owner: Owner) -> object:
    return possession.read_declared(db, KEYRING, owner.person_id).number == NUMBER


def ask_to_whom_a_password_was_given(db: Session, owner: Owner) -> object:
    assert owner
    return not colleague.find_given(db, half=colleague.Half.PASSWORD, since=NOW)


def ask_whether_a_code_helps(db: Session, owner: Owner) -> object:
    return possession.may_show(db, session_of(db, owner.here), at=NOW)


def confirm_wrongly(db: Session, owner: Owner) -> object:
    return type_code(db, owner, typed="000000") is None


def let_in_again(
    db: Session, owner: Owner, *, number: str = NUMBER, card_name: str = "Nguyễn Thị Thử"
) -> object:
    return lost.let_in_again(
        db,
        keyring=KEYRING,
        number=number,
        card=cards.SeenCard(card_name, "1990-01-02", compared_again=True),
        password_hash="another",
        has_factors=False,
        at=NOW,
    )


def give_password(db: Session, owner: Owner) -> object:
    lost.give_password(
        db,
        keyring=KEYRING,
        person_id=owner.person_id,
        password_hash="another",
        has_factors=False,
        at=NOW,
    )
    return read_credentials(db, person_id=owner.person_id).password_hash(KEYRING) == "another"


def let_in_whom_the_card_does_not_show(db: Session, owner: Owner) -> object:
    return let_in_again(db, owner, card_name="Trần Thị Mai") == cards.OtherCard()


def let_in_where_nobody_is(db: Session, owner: Owner) -> object:
    return let_in_again(db, owner, number="001190000999") is False


def print_sheet(
    db: Session, owner: Owner, *, level: int = 2, card_name: str = "Nguyễn Thị Thử"
) -> object:
    db.get_one(Person, owner.person_id).proofing = level
    db.flush()
    return sheets.print_sheet(
        db,
        keyring=KEYRING,
        number=NUMBER,
        card=cards.SeenCard(card_name, "1990-01-02", compared_again=True),
        others_are_lost=False,
        at=NOW,
    )


def print_for_whom_nobody_saw(db: Session, owner: Owner) -> object:
    return print_sheet(db, owner, level=1) == sheets.NotSeen()


def print_for_whom_the_card_does_not_show(db: Session, owner: Owner) -> object:
    return print_sheet(db, owner, card_name="Trần Thị Mai") == cards.OtherCard()


def ask_for_a_colleague(db: Session, owner: Owner) -> object:
    half = colleague.Half.PASSWORD
    return colleague.need_colleague(db, person_id=owner.person_id, half=half, at=NOW) is None


def ask_whether_it_is_done(db: Session, owner: Owner) -> object:
    half = colleague.Half.PASSWORD
    return colleague.find_done(db, person_id=owner.person_id, half=half, since=NOW) is None


def give_back(db: Session, owner: Owner, *, number: str = NUMBER) -> object:
    card = declare(number=number, name="Nguyễn Thị Hoa", birthdate="1990", sex="female", at=NOW)
    return reclaim.reclaim_number(
        db,
        keyring=KEYRING,
        card=card,
        password_hash="another",
        today=clock.day_of(NOW),
        compared_again=True,
        at=NOW,
    )


def give_back_what_nobody_has(db: Session, owner: Owner) -> object:
    return give_back(db, owner, number="001190000999") is None


def give_back_what_was_seen(db: Session, owner: Owner) -> object:
    db.get_one(Person, owner.person_id).proofing = 2
    db.flush()
    return give_back(db, owner) == numbers.NumberTaken()


def ask_what_is_given_back(db: Session, owner: Owner) -> object:
    return reclaim.is_given_back(1) and not reclaim.is_given_back(2)


CONTACT_RULES = contacts.ContactRules(
    keyring=KEYRING,
    throttle=ThrottleSettings(),
    texts=TextBudget(keyring=KEYRING, most=9),
)


def ask_for_a_code_to_an_address(db: Session, owner: Owner) -> object:
    return contacts.send_contact_code(
        db,
        "hoa@example.vn",
        kind=ContactKind.EMAIL,
        rules=CONTACT_RULES,
        session=session_of(db, owner.here),
        source="192.0.2.1",
        language="vi",
        at=NOW,
    )


def send_a_code_that_nothing_counts(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    code = {
        "keyring": KEYRING,
        "purpose": Purpose.EMAIL,
        "person_id": owner.person_id,
        "sid": session.sid,
        "about": "hoa@example.vn",
        "address": "hoa@example.vn",
        "language": "vi",
        "at": NOW,
    }
    return possession.send_counted(db, [], **code)


def give_an_address(db: Session, owner: Owner, *, address: str = "hoa@example.vn") -> object:
    session = session_of(db, owner.here)
    open_code(
        db,
        "482719",
        keyring=KEYRING,
        purpose=Purpose.EMAIL,
        person_id=owner.person_id,
        sid=session.sid,
        about=address,
        at=NOW,
    )
    return contacts.confirm_contact(
        db,
        "482719",
        kind=ContactKind.EMAIL,
        value=address,
        rules=CONTACT_RULES,
        session=session,
        at=NOW,
    )


def have_the_address_back(db: Session, owner: Owner) -> object:
    give_an_address(db, owner)
    replace_contact(
        db,
        keyring=KEYRING,
        kind=ContactKind.EMAIL,
        person_id=owner.person_id,
        value="hoa.moi@example.vn",
        at=NOW,
    )
    return contacts.undo_contact(
        db, kind=ContactKind.EMAIL, keyring=KEYRING, session=session_of(db, owner.here), at=NOW
    )


_NUMBER = "+84912345678"


def give_telephone(db: Session, owner: Owner) -> dict[str, Any]:
    """A number of a month, set up for codes; the code that was sent in this session."""
    session, since = session_of(db, owner.here), NOW - timedelta(days=30)
    of: dict[str, Any] = {"keyring": KEYRING, "person_id": owner.person_id, "at": since}
    add_contact(db, kind=ContactKind.PHONE, value=_NUMBER, verified_at=since, **of)
    code = {"purpose": Purpose.SECOND, "sid": session.sid, "about": _NUMBER}
    open_code(db, "482719", **{**of, "at": NOW}, **code)  # type: ignore[arg-type]
    return {"session": session, "at": NOW}


def set_up(db: Session, owner: Owner) -> dict[str, Any]:
    given = give_telephone(db, owner)
    of = {"person_id": owner.person_id, "number": _NUMBER, "name": "•••678"}
    db.add(new_telephone(KEYRING, **of, at=NOW - timedelta(days=30)))
    db.flush()
    return given


def find_the_number(db: Session, owner: Owner) -> object:
    return text_steps.find_number(db, keyring=KEYRING, **give_telephone(db, owner)) == _NUMBER


def find_the_steps_number(db: Session, owner: Owner) -> object:
    return text_steps.find_step_number(db, keyring=KEYRING, **set_up(db, owner)) == _NUMBER


def ask_for_a_code_to_sign_in(db: Session, owner: Owner) -> object:
    given = {"rules": CONTACT_RULES, "source": "192.0.2.1", "language": "vi"}
    session = session_of(db, owner.here)
    return text_steps.send_step_code(db, _NUMBER, session=session, at=NOW, **given)


def sign_in_by_text_message(db: Session, owner: Owner) -> object:
    given = set_up(db, owner)
    return text_steps.take_step_code(db, "482719", keyring=KEYRING, **given)


def set_up_a_telephone(db: Session, owner: Owner) -> object:
    given = give_telephone(db, owner)
    added = text_steps.add_telephone(db, "482719", rules=CONTACT_RULES, settings=RULES, **given)
    return isinstance(added, Held)


def find_a_way(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    return ways.find_way(db, uuid4(), session=session, settings=RULES, at=NOW) is None


def tell_details(db: Session, owner: Owner) -> object:
    of = read_profile(db, keyring=KEYRING, person_id=owner.person_id).declared
    found = proofing.details_in_register(db, keyring=KEYRING, of=of, at=NOW)
    return found == {}


def disown_event(db: Session, owner: Owner, *, of: int = 0) -> object:
    """Said in one session of what happened in another."""
    session = session_of(db, owner.here)
    number = session.subject_number
    record(db, event="session.started", subject_number=number)
    newest = select(func.max(JournalEntry.id)).where(JournalEntry.subject_number == number)
    entry_id = of or db.scalar(newest) or 0
    return disowning.disown(db, keyring=KEYRING, session=session, entry_id=entry_id, at=NOW)


def list_what_was_not_shown(db: Session, owner: Owner) -> object:
    return list(in_doubt(db, owner)) == [TOTP]


def in_doubt(db: Session, owner: Owner) -> dict[Kind, UUID]:
    """What somebody else may have, of an owner who has an app from an operator, shown to nobody."""
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    return {way.kind: way.id for way in other_hands.list_in_doubt(db, **own_of(db, owner))}


def own_of(db: Session, owner: Owner) -> dict[str, Any]:
    session = session_of(db, owner.here)
    session = dataclasses.replace(session, evidence=shown_at(NOW, PASSWORD))
    own = read_credentials(db, person_id=owner.person_id)
    return {"session": session, "own": own, "at": clock.now()}


def take_what_others_may_have(db: Session, owner: Owner) -> object:
    """What ends is ended by who calls it, in the same transaction: `disowning.disown`."""
    theirs = in_doubt(db, owner)
    taken = {"in_other_hands": theirs.values(), **own_of(db, owner)}
    other_hands.take_from_others(db, **taken)
    return not read_credentials(db, person_id=owner.person_id).factors


def undo_the_first_address(db: Session, owner: Owner) -> object:
    """It is taken away, once: there was none before."""
    give_an_address(db, owner)
    change: dict[str, Any] = {
        "kind": ContactKind.EMAIL,
        "changed_at": NOW,
        "keyring": KEYRING,
        "session": session_of(db, owner.here),
        "at": NOW,
    }
    return contacts.undo_change(db, **change) and not contacts.undo_change(db, **change)


def ask_what_was_before_the_address(db: Session, owner: Owner) -> object:
    give_an_address(db, owner)
    session = session_of(db, owner.here)
    of = {"kind": ContactKind.EMAIL, "keyring": KEYRING, "session": session, "at": NOW}
    return contacts.find_before(db, changed_at=NOW, **of) == ""


def ask_what_contact_an_event_changed(db: Session, owner: Owner) -> object:
    give_an_address(db, owner)
    session = session_of(db, owner.here)
    newest = select(func.max(JournalEntry.id)).where(
        JournalEntry.subject_number == session.subject_number
    )
    event = disowning.find_own(db, session=session, entry_id=db.scalar(newest) or 0, at=NOW)
    assert event is not None
    return disowning.contact_before(db, event, keyring=KEYRING, session=session, at=NOW)


def disown_nobodys_event(db: Session, owner: Owner) -> object:
    return disown_event(db, owner, of=2**62) is None


def find_own_event(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    return disowning.find_own(db, session=session, entry_id=2**62, at=NOW) is None


def ask_whether_a_password_is_chosen(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    return not disowning.may_choose_password(db, session=session, at=NOW)


def ask_what_password_is_void(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    found = disowning.find_void_hash(db, keyring=KEYRING, session=session, at=NOW)
    return found is None


def forget_what_passwords_are_void(db: Session, _owner: Owner) -> object:
    return disowning.forget_void_hashes(db, at=NOW, limit=10) == 0


def choose_password(db: Session, owner: Owner) -> object:
    """In a session of the epoch that saying so began."""
    session = session_of(db, owner.here)
    epoch = disown_event(db, owner)
    assert isinstance(epoch, int)
    session = dataclasses.replace(session, credentials_epoch=epoch)
    chosen = {"keyring": KEYRING, "session": session, "password_hash": "new", "at": NOW}
    is_set = disowning.choose_password(db, **chosen)
    return is_set and disowning.choose_password(db, **chosen) is None


def choose_password_unasked(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    return (
        disowning.choose_password(db, keyring=KEYRING, session=session, password_hash="new", at=NOW)
        is None
    )


def set_factors_aside(db: Session, owner: Owner) -> object:
    give_app(db, keyring=KEYRING, person_id=owner.person_id)
    until = NOW + timedelta(days=30)
    return taking_back.set_factors_aside(db, person_id=owner.person_id, until=until, at=NOW)


def set_nothing_aside(db: Session, owner: Owner) -> object:
    return not taking_back.set_factors_aside(db, person_id=owner.person_id, until=NOW, at=NOW)


def take_back(db: Session, owner: Owner, *, rested: bool = True) -> object:
    if rested:
        give_app(db, keyring=KEYRING, person_id=owner.person_id)
        set_aside(db, person_id=owner.person_id, until=NOW + timedelta(days=30), at=NOW)
    return taking_back.give_account_back(
        db,
        keyring=KEYRING,
        person_id=owner.person_id,
        lost_at=NOW,
        proofing=0,
        password_hash="another",
        at=NOW,
    )


def take_back_nothing(db: Session, owner: Owner) -> object:
    return not take_back(db, owner, rested=False)


def ask_to_close(db: Session, owner: Owner) -> object:
    session = session_of(db, owner.here)
    later, today = NOW + timedelta(days=30), clock.day_of(NOW)
    return closing.begin_closing(db, session=session, closes_at=later, today=today, at=NOW)


def close(db: Session, owner: Owner) -> object:
    """By who has handed on what they did for others."""
    own = Mandate.person_id == owner.person_id
    db.execute(update(Mandate).where(own).values(ended_on=clock.day_of(NOW)))
    return ask_to_close(db, owner)


def close_with_a_post(db: Session, owner: Owner) -> object:
    today = clock.day_of(NOW)
    post = {"role": "operator", "valid_on": today, "created_at": NOW}
    db.add(Mandate(person_id=owner.person_id, **post))  # type: ignore[arg-type]
    db.flush()
    return not ask_to_close(db, owner)


def keep_account(db: Session, owner: Owner, *, until: timedelta = timedelta(days=1)) -> object:
    db.get_one(Person, owner.person_id).closes_at = NOW + until
    db.flush()
    return closing.undo_closing(db, session=session_of(db, owner.here), at=NOW)


def keep_account_too_late(db: Session, owner: Owner) -> object:
    return keep_account(db, owner, until=timedelta(0)) is None


def erase(db: Session, owner: Owner, *, until: timedelta = timedelta(0)) -> object:
    db.get_one(Person, owner.person_id).closes_at = NOW + until
    db.flush()
    return closing.erase_next(db, keyring=KEYRING, today=clock.day_of(NOW), at=NOW)


def erase_too_early(db: Session, owner: Owner) -> object:
    return erase(db, owner, until=timedelta(seconds=1)) is None


def ask_until_when_erasing_waits(db: Session, owner: Owner) -> object:
    return closing.find_waiting(db, person_id=owner.person_id, at=NOW) is None


ALIVE, DEAD, OTHERS = (True, True, True), (False, False, False), (False, False, True)
NOTHING, EVERYTHING, ALL_BUT_HERE = (ALIVE, ALIVE), (DEAD, DEAD), (ALIVE, OTHERS)
EVERY_SESSION = (OTHERS, OTHERS)
Act = Callable[[Session, Owner], object]
CASES: dict[Act, tuple[Callable[..., object], tuple[object, object]]] = {
    suspend: (changes.set_status, EVERYTHING),
    set_factors_aside: (taking_back.set_factors_aside, EVERYTHING),
    set_nothing_aside: (taking_back.set_factors_aside, NOTHING),
    take_back: (taking_back.give_account_back, EVERYTHING),
    take_back_nothing: (taking_back.give_account_back, NOTHING),
    keep_status: (changes.set_status, NOTHING),
    set_password: (changes.set_password, EVERYTHING),
    set_password_too_late: (changes.set_password, NOTHING),
    give_another: (changes.give_factor, EVERYTHING),
    give_first: (changes.give_factor, NOTHING),
    replace: (changes.replace_factor, ALL_BUT_HERE),
    make_codes: (changes.replace_factor, NOTHING),
    make_codes_again: (changes.replace_factor, ALL_BUT_HERE),
    replace_a_lost_app: (changes.replace_factor, ALL_BUT_HERE),
    make_codes_without_an_app: (changes.replace_factor, NOTHING),
    add_first: (changes.add_factor, NOTHING),
    add_refused: (changes.add_factor, NOTHING),
    confirm: (changes.confirm_factor, EVERY_SESSION),
    confirm_nothing: (changes.confirm_factor, NOTHING),
    remove: (changes.remove_factor, EVERYTHING),
    remove_nothing: (changes.remove_factor, NOTHING),
    keep_what_was_shown: (changes.keep_factors, EVERY_SESSION),
    keep_everything: (changes.keep_factors, NOTHING),
    disown: (changes.disown_factors, EVERYTHING),
    disown_what_was_shown: (changes.disown_factors, NOTHING),
    disown_event: (disowning.disown, EVERYTHING),
    disown_nobodys_event: (disowning.disown, NOTHING),
    list_what_was_not_shown: (other_hands.list_in_doubt, NOTHING),
    take_what_others_may_have: (other_hands.take_from_others, NOTHING),
    ask_what_contact_an_event_changed: (disowning.contact_before, NOTHING),
    undo_the_first_address: (contacts.undo_change, NOTHING),
    ask_what_was_before_the_address: (contacts.find_before, NOTHING),
    find_own_event: (disowning.find_own, NOTHING),
    ask_whether_a_password_is_chosen: (disowning.may_choose_password, NOTHING),
    ask_what_password_is_void: (disowning.find_void_hash, NOTHING),
    forget_what_passwords_are_void: (disowning.forget_void_hashes, NOTHING),
    choose_password: (disowning.choose_password, EVERYTHING),
    choose_password_unasked: (disowning.choose_password, NOTHING),
    accept_passkey: (passkeys.accept_passkey, NOTHING),
    accept_a_copy: (passkeys.accept_passkey, NOTHING),
    find_a_way: (ways.find_way, NOTHING),
    close: (closing.begin_closing, EVERYTHING),
    close_with_a_post: (closing.begin_closing, NOTHING),
    keep_account: (closing.undo_closing, EVERYTHING),
    keep_account_too_late: (closing.undo_closing, NOTHING),
    erase: (closing.erase_next, EVERYTHING),
    erase_too_early: (closing.erase_next, NOTHING),
    ask_until_when_erasing_waits: (closing.find_waiting, NOTHING),
    evict_nobody: (registration.register_person, NOTHING),
    change_epoch: (changes.change_account, EVERYTHING),
    register_oneself: (registration.register_oneself, NOTHING),
    free: (numbers.free_number, EVERYTHING),
    keep: (numbers.free_number, NOTHING),
    lock: (numbers.lock_number, NOTHING),
    prove: (proofing.set_proofing, EVERYTHING),
    note: (proofing.note_proofed, EVERYTHING),
    overtake: (proofing.set_proofing, NOTHING),
    prove_nothing_new: (proofing.set_proofing, NOTHING),
    at_desk: (proofing.prove_at_desk, EVERYTHING),
    at_desk_with_a_guess: (proofing.prove_at_desk, NOTHING),
    at_desk_with_another_card: (proofing.prove_at_desk, NOTHING),
    confirm_what_was_shown: (proofing.confirm_shown, EVERY_SESSION),
    confirm_at_desk: (desk_confirmation.confirm_factor_at_desk, EVERY_SESSION),
    confirm_at_desk_wrongly: (desk_confirmation.confirm_factor_at_desk, NOTHING),
    confirm_at_desk_with_another_card: (desk_confirmation.confirm_factor_at_desk, NOTHING),
    judge_card: (cards.judge_card, NOTHING),
    judge_owner: (cards.judge_owner, NOTHING),
    find_doubts: (cards.find_doubts, NOTHING),
    read_card: (cards.read_card, NOTHING),
    tell_details: (proofing.details_in_register, NOTHING),
    ask_for_a_code: (possession.send_code, NOTHING),
    type_code: (possession.confirm_code, EVERYTHING),
    type_code_again: (possession.confirm_code, EVERYTHING),
    type_code_for_nothing: (possession.confirm_code, NOTHING),
    ask_whether_a_code_helps: (possession.may_show, NOTHING),
    confirm_wrongly: (possession.confirm_code, NOTHING),
    take_what_was_shown: (possession.take_shown, EVERYTHING),
    read_what_was_declared: (possession.read_declared, NOTHING),
    ask_for_a_letter: (posted.ask_letter, NOTHING),
    type_letter: (posted.confirm_letter, EVERYTHING),
    type_letter_wrongly: (posted.confirm_letter, NOTHING),
    print_a_letter: (letter_batches.print_letters, NOTHING),
    read_a_letter: (letter_batches.read_batch, NOTHING),
    confirm_a_print: (letter_batches.confirm_printed, NOTHING),
    note_a_letter_returned: (letter_batches.note_returned, NOTHING),
    list_letters: (letter_batches.list_printed, NOTHING),
    count_letters: (letter_batches.count_waiting, NOTHING),
    ask_to_whom_a_password_was_given: (colleague.find_given, NOTHING),
    let_in_again: (lost.let_in_again, EVERYTHING),
    give_password: (lost.give_password, EVERYTHING),
    let_in_whom_the_card_does_not_show: (lost.let_in_again, NOTHING),
    let_in_where_nobody_is: (lost.let_in_again, NOTHING),
    ask_for_a_code_to_an_address: (contacts.send_contact_code, NOTHING),
    give_an_address: (contacts.confirm_contact, NOTHING),
    send_a_code_that_nothing_counts: (possession.send_counted, NOTHING),
    find_the_number: (text_steps.find_number, NOTHING),
    find_the_steps_number: (text_steps.find_step_number, NOTHING),
    ask_for_a_code_to_sign_in: (text_steps.send_step_code, NOTHING),
    sign_in_by_text_message: (text_steps.take_step_code, NOTHING),
    set_up_a_telephone: (text_steps.add_telephone, NOTHING),
    have_the_address_back: (contacts.undo_contact, NOTHING),
    print_sheet: (sheets.print_sheet, EVERYTHING),
    print_for_whom_nobody_saw: (sheets.print_sheet, NOTHING),
    print_for_whom_the_card_does_not_show: (sheets.print_sheet, NOTHING),
    ask_for_a_colleague: (colleague.need_colleague, NOTHING),
    ask_whether_it_is_done: (colleague.find_done, NOTHING),
    give_back: (reclaim.reclaim_number, EVERYTHING),
    ask_what_is_given_back: (reclaim.is_given_back, NOTHING),
    give_back_what_nobody_has: (reclaim.reclaim_number, NOTHING),
    give_back_what_was_seen: (reclaim.reclaim_number, NOTHING),
}
ROOM = (
    *(cards, changes, closing, colleague, contacts, desk_confirmation),
    *(disowning, letter_batches, lost, numbers, other_hands, posted),
    *(passkeys, possession, proofing, reclaim, registration, sheets, taking_back, ways),
    text_steps,
)


@pytest.mark.parametrize("act", CASES, ids=lambda act: act.__name__)
@pytest.mark.asvs("7.4.2", "7.4.3", "7.4.5")
def test_what_changes_ends_access_and_tells_and_what_does_not_change_ends_nothing(
    db: Session, owner: Owner, stranger: Owner, act: Act
) -> None:
    assert act(db, owner), "what the case is about did not happen"
    here, there = standing(db, owner.here), standing(db, owner.there)
    assert (here, there) == CASES[act][1]
    ended = {visit.sid for visit in (owner.here, owner.there) if not standing(db, visit)[0]}
    assert told(db) == ended
    assert (standing(db, stranger.here), standing(db, stranger.there)) == NOTHING


def test_every_function_of_the_room_is_in_the_table() -> None:
    public = {
        function
        for module in ROOM
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == {function for function, _ in CASES.values()}
    files = {path.stem for path in Path(changes.__file__).parent.glob("*.py")}
    changes_nothing = {Path(module.__file__).stem for module in (enrolment, models, reports)}
    assert files == {
        "__init__",
        *(module.__name__.rpartition(".")[2] for module in ROOM),
        *changes_nothing,
    }


def test_the_epoch_of_a_new_password_is_the_one_sessions_need(db: Session, owner: Owner) -> None:
    epoch = set_password(db, owner)
    own = read_credentials(db, person_id=owner.person_id)
    assert (own.credentials_epoch, own.password_hash(KEYRING)) == (epoch, "another")


ELSEWHERE = {
    ("factors/credentials.py", "keep_rehashed"): "the same password, hashed anew",
    ("factors/enrolments.py", "begin"): "what is not confirmed is no factor",
    ("factors/enrolments.py", "replace_pending"): "what is not confirmed is no factor",
    ("factors/enrolments.py", "drop_pending"): "what is not confirmed is no factor",
    ("factors/text_message.py", "use_telephone"): "it was used",
    ("factors/totp.py", "verify_code"): "a code is spent",
    ("factors/ways.py", "remove_suspended"): "what counts for nothing any more is deleted",
    ("demo/accounts.py", "register_residents"): "new people whom nobody can sign in as",
    ("demo/factors.py", "give_apps"): "theirs",
}
"""Who else writes rows of people or authenticators, and why nothing has to end with that."""
FOR_ACCOUNTS = {
    ("people/changes.py", "insert_person"),
    ("people/changes.py", "raise_epoch"),
    ("people/changes.py", "begin_holding"),
    ("factors/binding.py", "forget_factors"),
    ("factors/binding.py", "bind"),
    ("factors/binding.py", "confirm"),
    ("factors/binding.py", "unbind"),
    ("factors/binding.py", "_write"),
    *(("factors/lost.py", name) for name in ("_have_rest", "take_up", "remove_lost")),
}
"""In modules that only `accounts` may import: a contract of `make check`."""


WRITTEN = re.compile(
    r"\b(update|insert into|delete from)\s+(person|authenticator)\b", re.IGNORECASE
)


def test_no_other_part_of_the_program_writes_people_or_authenticators() -> None:
    assert set(writers()) == {*ELSEWHERE, *FOR_ACCOUNTS}


def writers() -> Iterator[tuple[str, str]]:
    """Each function with a statement that writes one of the two tables, or an ORM row added."""
    root = Path(idp.__file__).parent
    for path in root.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if any(map(writes, ast.walk(function))):
                yield path.relative_to(root).as_posix(), function.name


def writes(node: ast.AST) -> bool:
    """`update(Person)`, `insert(…)` or `delete(…)` of the tables, `Person(…)`, or SQL for them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return WRITTEN.search(node.value) is not None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    of = {arg.id for arg in node.args if isinstance(arg, ast.Name)}
    if name in ("update", "insert", "delete"):
        return bool(of & {"Person", "Authenticator"})
    return name == "Person" or (name == "add" and "new" in of)
