"""A code to the contact in the register makes a number one's own, and tells others nothing."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import select

from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.mail.letters import Letter
from idp.people.codes import LASTS
from idp.people.contacts import find_addressee
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind, Person, PersonCode, PersonStatus
from idp.rate_limits import FAILURES
from idp.rate_limits import count as count_one
from idp.relying_parties.models import Environment
from idp.settings import Settings
from idp.settings.server import MailSettings
from idp.web.routes import room_router
from tests.signin.conftest import PASSWORD, Browser, World
from tests.signin.test_register import (
    DECLARED,
    PAIRS,
    RIGHT_DETAILS,
    Case,
    new_man,
    register,
    strip,
)
from tests.signin.test_repeats import is_same, send_twice
from tests.support.app import room_app
from tests.support.codes import sent_codes
from tests.support.people import add_agency, add_relying_party
from tests.support.statements import statements
from tests.support.weight import HEAD, LATER

ADDRESS = "binh@mail.example"
SEND = {"send": "yes"}
_addresses = count(1)


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """The sign-in pages of a provider that can send mail; what it sends stays in the outbox."""
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    app = room_app(module_settings.model_copy(update={"mail": mail}), room_router("idp.signin"))
    yield World(app)
    app.state.runtime.engine.dispose()


def newcomer(
    world: World, case: Case = RIGHT_DETAILS, *, name: str = "", number: str = "", acr: str = "LoA2"
) -> tuple[Browser, str, str]:
    """Someone who has registered: their browser, sign-in and number."""
    number = number or new_man(world)
    if case.is_in_register:
        world.add_to_register(number, "Trần văn BÌNH", email=ADDRESS)
    if case.held_with is not None:
        world.add_account(proofing=case.held_with, totp=False, number=number)
    address = f"198.51.100.{next(_addresses)}"
    browser = world.browser(name or "browser-of-the-tests-0123456789", address=address)
    interaction = browser.open(needed_acr=acr, needed_authentication=2)
    entered = {"number": number, "name": case.name, "birthdate": case.birthdate}
    assert register(browser, interaction, **entered) == "confirm"
    return browser, f"/signin/{interaction}/confirm", number


def letters(world: World, browser: Browser) -> list[str]:
    """The codes sent to the owner of this browser's account, oldest first."""
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        private = sent_codes(db, keyring=world.keyring, person_id=session.person_id)
    assert {each["address"] for each in private} <= {ADDRESS}
    return [each["code"] for each in private]


def test_a_newcomer_shows_possession_sets_up_an_app_and_returns(world: World) -> None:
    """G2: proofing 1 is a match and a possession; every session ends, and one begins here."""
    browser, path, number = newcomer(world)
    first = browser.session()
    assert first is not None
    [code] = letters(world, browser)
    page = browser.get(path).text
    assert "is on its way" in page
    assert ADDRESS not in page
    assert code not in page
    answer = browser.post(path, code=f"{code[:3]} {code[3:]}")
    enrol = path.replace("confirm", "enrol")
    assert answer.headers["location"] == enrol
    session = browser.session()
    assert session is not None
    assert (session.proofing, session.person_id) == (1, first.person_id)
    assert session.sid != first.sid
    with world.transaction() as db:
        person = db.get_one(Person, session.person_id)
        own = find_own_number(db, keyring=world.keyring, person_id=session.person_id)
        assert own
        assert (own.number, own.claim) == (number, "")
        assert (person.name, person.residence_code) == ("Trần văn BÌNH", "01")
        mine = JournalEntry.subject_number == person.subject_number
        events = list(db.scalars(select(JournalEntry.event).where(mine).order_by(JournalEntry.id)))
    assert events == ["person.registered", "session.started", "person.proofed", "session.started"]
    with world.transaction() as db:
        told_at = find_addressee(
            db, keyring=world.keyring, kind=ContactKind.EMAIL, subject_number=person.subject_number
        )
    assert told_at, "notices reach whoever was proven by mail"
    assert told_at.value == ADDRESS
    secret = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", browser.get(enrol).text)
    assert secret
    assert "not right" in browser.refused(enrol, otp="000000")
    assert "Enter the code that the app shows." in browser.refused(enrol, otp="")
    otp = pyotp.TOTP(secret[1].replace(" ", "")).at(clock.now())
    answer = browser.post(enrol, otp=otp)
    assert answer.headers["location"].startswith("/authorize/resume/")
    session = browser.session()
    assert session is not None
    assert (session.proofing, session.authentication) == (1, 2)


def test_code_and_app_are_taken_from_one_page(world: World) -> None:
    """The app first: with a wrong code of the message it is set up, and only that one is asked."""
    browser, path, _ = newcomer(world)
    [code] = letters(world, browser)
    page = browser.get(path).text
    secret = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", page)
    assert secret
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    assert "not right" in browser.refused(path, code=code, otp="000000")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    page = browser.refused(path, code=wrong, otp=app.at(clock.now()))
    assert 'id="code-error"' in page
    assert 'name="otp"' not in page
    answer = browser.post(path, code=code)
    assert answer.headers["location"].startswith("/authorize/resume/")
    session = browser.session()
    assert session is not None
    assert (session.proofing, session.confirmed_authentication) == (1, 2)


def test_no_code_is_sent_unasked_where_none_is_needed(world: World) -> None:
    browser, path, _ = newcomer(world, acr="LoA1")
    assert letters(world, browser) == []
    assert "Send me a code" in browser.get(path).text
    browser.post(path, **SEND)
    assert len(letters(world, browser)) == 1


@pytest.mark.parametrize("case", PAIRS.values(), ids=PAIRS)
def test_asking_for_a_code_tells_nothing(world: World, case: Case) -> None:
    """G15, F5: the same page and statements wherever a code goes, and where none does."""

    def walk(case: Case) -> list[tuple[object, ...]]:
        browser, path, number = newcomer(world, case)
        who = {"number": number, "name": case.name, "birthdate": case.birthdate}
        registers = (path.replace("confirm", "register"), {**DECLARED, **who})
        seen: list[tuple[object, ...]] = []
        for after, (page, entered) in (
            (31, registers),
            (31, (path, {"code": "000000"})),
            (62, (path, SEND)),
            (63, (path, SEND)),
        ):
            with clock.shifted(timedelta(seconds=after)):
                with statements(world.app.state.runtime.engine) as sent:
                    answer = browser.post(page, **entered)
                text = strip(browser.get(path).text, number, case)
            text = re.sub(r"another in \d+ seconds?", "", text)
            seen.append((answer.status_code, answer.headers["location"][-8:], text, len(sent)))
            seen.append(tuple(re.sub(r"%\(\w+\)s", "?", statement) for statement in sent))
        return seen

    assert walk(case) == walk(RIGHT_DETAILS)


@pytest.mark.parametrize(
    ("case", "sends"),
    [
        (RIGHT_DETAILS, 1),
        (PAIRS["other spelling"], 1),
        (PAIRS["wrong birthdate"], 0),
        (PAIRS["wrong name"], 0),
        (PAIRS["unknown number"], 0),
    ],
)
def test_a_code_goes_only_to_whom_the_register_knows(world: World, case: Case, sends: int) -> None:
    """G2: with details that agree in everything, to the address that stands there."""
    browser, path, _ = newcomer(world, case)
    browser.post(path, **SEND)
    assert len(letters(world, browser)) == sends


def test_who_holds_the_number_already_is_told_after_possession(world: World) -> None:
    """F5: by nothing less; and the account stays as it is."""
    browser, path, number = newcomer(world, PAIRS["held, right details"])
    browser.post(path, **SEND)
    [code] = letters(world, browser)
    assert "You have an account" not in browser.get(path).text
    assert "You have an account" in browser.refused(path, code=code)
    session = browser.session()
    assert session is not None
    assert session.proofing == 0
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier?other=1", identifier=number)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    holder = browser.session()
    assert holder is not None
    assert holder.proofing == 2


def test_whoever_shows_more_takes_the_number_from_who_holds_it_with_less(world: World) -> None:
    number = new_man(world)
    unproven = world.add_account(proofing=0, totp=False, number=number)
    held = world.browser("holders-browser-0123456789abcdef")
    held.sign_in(held.open(), unproven)
    browser, path, _ = newcomer(world, number=number)
    browser.post(path, **SEND)
    browser.post(path, code=letters(world, browser)[0])
    session = browser.session()
    assert session is not None
    assert session.proofing == 1
    assert held.session() is None
    with world.transaction() as db:
        former = db.get_one(Person, unproven.registered.person_id)
        assert former.status is PersonStatus.CLOSED


@pytest.mark.asvs("6.6.2")
def test_a_code_is_good_once_in_its_session_for_ten_minutes(world: World) -> None:
    """G2: not in another session of the same person, not later, not after a newer one."""
    browser, path, _ = newcomer(world)
    browser.post(path, **SEND)
    [code] = letters(world, browser)
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        own = find_own_number(db, keyring=world.keyring, person_id=session.person_id)
        assert own
    other = world.browser("the-same-persons-other-browser-01")
    interaction = other.open(needed_acr="LoA2")
    other.post(f"/signin/{interaction}/identifier", identifier=own.claim)
    other.post(f"/signin/{interaction}/password", password=PASSWORD)
    elsewhere = f"/signin/{interaction}/confirm"
    assert "not right" in other.refused(elsewhere, code=code)
    with clock.shifted(LASTS + timedelta(seconds=1)):
        assert "not right" in browser.refused(path, code=code)
    with clock.shifted(timedelta(seconds=31)):
        browser.post(path, **SEND)
        assert "not right" in browser.refused(path, code=code)
        newest = letters(world, browser)[-1]
        assert browser.post(path, code=newest).headers["location"].endswith("/enrol")
        answer = browser.client.get(path)
        assert answer.headers["location"].endswith("/enrol")


@pytest.mark.asvs("6.6.3")
def test_five_tries_then_a_new_code_and_ten_a_day(world: World) -> None:
    browser, path, _ = newcomer(world)
    browser.post(path, **SEND)
    [code] = letters(world, browser)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(6):
        assert "Enter the code of the message." in browser.refused(path, code="")
    for _ in range(5):
        browser.refused(path, code=wrong)
    assert "not right" in browser.refused(path, code=code)
    with clock.shifted(timedelta(seconds=31)):
        browser.post(path, **SEND)
        for _ in range(4):
            browser.refused(path, code=wrong)
        assert "not read" in browser.refused(path, code=letters(world, browser)[-1])
    with clock.shifted(timedelta(days=1, seconds=1)):
        session = browser.session()
    assert session is None, "a day later they have to sign in again"


def test_a_source_that_tries_many_peoples_codes_waits(world: World) -> None:
    """G2: a code for each card somebody saw; elsewhere the right one is read."""
    throttle, tried = world.settings.throttle, []
    for others in (throttle.source_limit - 1, 0):
        browser, path, _ = newcomer(world)
        source = FAILURES.of(browser.address, keyring=world.keyring, settings=throttle)
        with world.transaction() as db:
            for _ in range(others):
                assert count_one(db, source, at=clock.now())
        browser.post(path, **SEND)
        [code] = letters(world, browser)
        assert "not right" in browser.refused(path, code="000000" if code != "000000" else "1")
        tried.append(browser.post(path, code=code).headers["location"].rpartition("/")[2])
        browser.client.cookies.clear()
    assert tried == ["confirm", "enrol"]


def test_codes_are_sent_seldom(world: World) -> None:
    """G2: with growing waits, and five a day to one contact, whoever asks."""
    browser, path, number = newcomer(world)
    browser.post(path, **SEND)
    assert "asked for just now" in browser.refused(path, **SEND)
    for n, after in enumerate((31, 95, 220), start=2):
        with clock.shifted(timedelta(seconds=after)):
            browser.post(path, **SEND)
            assert len(letters(world, browser)) == n
            assert "asked for just now" in browser.refused(path, **SEND)
    other, elsewhere, _ = newcomer(world, name="another-claimants-browser-012345", number=number)
    other.post(elsewhere, **SEND)
    assert len(letters(world, other)) == 1
    with clock.shifted(timedelta(seconds=400)):
        assert "No more codes" in browser.refused(path, **SEND)
    assert len(letters(world, browser)) == 4


def test_who_knows_a_number_alone_does_not_use_up_its_owners_codes(world: World) -> None:
    """G2: what does not match the register counts apart; to whoever asks all is alike."""
    owner, path, number = newcomer(world)
    other, elsewhere, _ = newcomer(
        world, PAIRS["wrong name"], name="who-knows-a-number-0123456789abc", number=number
    )
    for after in (0, 31, 95, 220, 345):
        with clock.shifted(timedelta(seconds=after)):
            other.post(elsewhere, **SEND)
    with clock.shifted(timedelta(seconds=470)):
        assert "No more codes" in other.refused(elsewhere, **SEND)
        owner.post(path, **SEND)
    assert (len(letters(world, owner)), letters(world, other)) == (2, [])


def test_codes_stand_nowhere_in_clear(world: World) -> None:
    """G2: not in the table of codes, nor in the journal."""
    browser, path, _ = newcomer(world)
    browser.post(path, **SEND)
    [code] = letters(world, browser)
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        row = db.get_one(PersonCode, (session.person_id, "contact", session.sid))
        assert len(row.code_hash) == 32
        journal = db.scalars(select(JournalEntry.data))
        assert not any(code in json.dumps(data) for data in journal)
    assert ADDRESS not in repr(Letter(ADDRESS, "en", "", ()))


def test_going_on_without_a_code_leads_to_what_is_missing(world: World) -> None:
    browser, path, _ = newcomer(world)
    answer = browser.post(path, later="yes")
    assert answer.headers["location"].startswith("/authorize/resume/")
    unmet = path.replace("confirm", "unmet")
    page = browser.get(unmet).text
    assert re.search(r'href="confirm">\s*Confirm with a code', page)
    assert "/account/desk-code" in page
    far, path, _ = newcomer(world, acr="LoA3")
    page = far.get(path.replace("confirm", "unmet")).text
    assert "face to face" in page
    assert "Confirm with a code" not in page, "it would not be enough"


def test_unmet_says_nothing_that_is_over(world: World) -> None:
    """G2: who got meanwhile what was lacking goes on, and is not told that it is lacking."""
    browser, path, _ = newcomer(world)
    browser.post(path, **SEND)
    unmet = path.replace("confirm", "unmet")
    assert "has not been shown yet" in browser.get(unmet).text
    browser.post(path, code=letters(world, browser)[0])
    assert browser.get(unmet).headers["location"].endswith("/enrol")


def test_without_mail_people_are_sent_to_a_desk(module_settings: Settings) -> None:
    """G2: production without a mail server offers no code."""
    app = room_app(module_settings, room_router("idp.signin"))
    world = World(app)
    world.skip_numbers(50_000)
    browser, path, _ = newcomer(world)
    page = browser.get(path).text
    assert "one-stop shop" in page
    assert "Send me a code" not in page
    answer = browser.post(path, **SEND)
    assert answer.headers["location"].startswith("/authorize/resume/")
    assert letters(world, browser) == []
    assert "Confirm with a code" not in browser.get(path.replace("confirm", "unmet")).text
    app.state.runtime.engine.dispose()


def test_asked_for_and_typed_twice_a_code_is_sent_once_and_leads_on(world: World) -> None:
    """A1: the session that begins with it is handed out again, and no second letter goes out."""
    browser, path, _ = newcomer(world)
    with clock.shifted(timedelta(seconds=31)):
        first, second = send_twice(browser, path, **SEND)
    assert is_same(first, second)
    [_, code] = letters(world, browser)
    assert "asked for just now" not in browser.get(path).text
    first, second = send_twice(browser, path, code=code)
    assert is_same(first, second)
    assert second.headers["location"] == path.replace("confirm", "enrol")
    session = browser.session()
    assert session
    assert session.proofing == 1


@pytest.mark.parametrize(("name", "is_told"), [("Tran Van Binh", True), ("Trần Văn Bình", False)])
def test_whoever_typed_no_marks_is_told_that_no_code_comes(
    world: World, name: str, is_told: bool
) -> None:
    """C5: before they wait for one; it follows from what they typed, whoever the register knows."""
    pages = []
    for case in (Case(is_in_register=True, name=name), Case(name=name)):
        browser, path, _ = newcomer(world, case)
        pages.append("no code comes" in browser.get(path).text)
        browser.post(path, **SEND)
        pages.append("no code comes" in browser.get(path).text)
    assert pages == [is_told] * 4


def test_a_password_alone_shows_nothing_of_whoever_has_a_second_step(world: World) -> None:
    """Nor does "Correct it": the account's own pages show it to nobody with a password alone."""
    account, born = world.add_account(proofing=0), "17/05/1990"
    browser = world.browser()
    interaction = browser.open(needed_acr="LoA2", needed_authentication=2)
    browser.sign_in(interaction, account)
    path = f"/signin/{interaction}/confirm"
    assert born not in browser.get(path).text
    answer = browser.post(path, correct="yes")
    assert not answer.headers["location"].endswith("/register")
    assert f'value="{born}"' not in browser.get(f"/signin/{interaction}/register").text
    other = browser.open(needed_authentication=2)
    browser.get(f"/signin/{other}/identifier")
    browser.post(f"/signin/{other}/otp", otp=account.code())
    assert born in browser.get(path).text


LONG = "Nguyễn Hoàng Phương Thảo Nguyên Khánh Quỳnh"


@pytest.mark.parametrize(
    ("environment", "name", "takes_both"),
    [
        (Environment.PRODUCTION, LONG, True),
        (Environment.SANDBOX, LONG, False),
        (Environment.PRODUCTION, "Tran Van Binh", False),
    ],
)
def test_a_page_that_warns_leaves_the_app_to_the_next_one(
    world: World, environment: Environment, name: str, takes_both: bool
) -> None:
    """Decision 39: at its longest, with both codes wrong, it is as light as any other."""
    client_id = f"heavy-{uuid4().hex}"
    with world.transaction() as db:
        agency = add_agency(db, code=f"G{client_id[-6:]}")
        add_relying_party(db, client_id=client_id, agency=agency).environment = environment
    browser = world.browser(client_id, address=f"198.51.100.{next(_addresses)}")
    browser.client.headers["Accept-Language"] = "vi"
    interaction = browser.open(
        client_id=client_id,
        needed_acr="LoA2",
        needed_authentication=2,
        form_action_origin="https://rp.example/cb",
    )
    register(browser, interaction, number=new_man(world), name=name, birthdate="17/05/1990")
    path = f"/signin/{interaction}/confirm"
    browser.post(path, **SEND)
    page = browser.refused(path, code="000000", otp="000000")
    assert 'name="code"' in page
    assert ('name="otp"' in page) is takes_both
    assert len(page.encode()) + HEAD <= LATER
