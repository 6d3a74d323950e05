"""What I am reached at: mine once a code sent there was typed, for a day what it was before."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from idp.accounts.contacts import ContactRules, confirm_contact, undo_contact
from idp.factors.models import Authenticator
from idp.journal.activity import list_activity
from idp.kit import clock
from idp.kit.db import transaction
from idp.mail.letters import NOTICE_MAIL
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_MAIL, CODE_TEXT
from idp.people.contacts import (
    REPLACED_MAIL,
    REPLACED_TEXT,
    UNDONE_MAIL,
    UNDONE_WITHIN,
    drop_replaced,
    find_addressee,
)
from idp.people.models import ContactKind, PersonContact
from idp.people.profile import PersonProfile, read_profile
from idp.people.text_budget import TextBudget, Use
from idp.rate_limits import CODES_OF_PERSON
from idp.sessions.end import end_other_sessions
from idp.settings import Settings
from idp.settings.server import MailSettings, SmsSettings
from idp.web.part import Site
from idp.web.routes import room_router
from tests.account.test_details import enter
from tests.signin.conftest import Account, Browser, World
from tests.support.app import changed_part, room_app
from tests.support.codes import sent_private

PATH, CODE = "/account/email", "/account/email/code"
FIRST, SECOND, THIRD = "hoa@example.vn", "hoa.moi@example.vn", "ke.trom@example.vn"


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """Sign-in and account pages of a provider that can send mail."""
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    sms = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests"))
    reached = module_settings.model_copy(update={"mail": mail, "sms": sms})
    app = room_app(reached, room_router("idp.signin"))
    app.router.routes += room_router("idp.account").routes
    yield World(app)
    app.state.runtime.engine.dispose()


@pytest.fixture
def account(world: World) -> Account:
    return world.add_account(totp=False)


@pytest.fixture
def browser(world: World, account: Account) -> Browser:
    """Signed in a moment ago."""
    return enter(world, account)


def sent(world: World, account: Account, kind: str = CODE_MAIL) -> list[dict[str, str]]:
    """What was put into the outbox for the owner of the account, oldest first."""
    with world.transaction() as db:
        return sent_private(db, keyring=world.keyring, person_id=person_of(account), kind=kind)


def person_of(account: Account) -> UUID:
    return account.registered.person_id


def profile(world: World, account: Account) -> PersonProfile:
    with world.transaction() as db:
        return read_profile(db, keyring=world.keyring, person_id=person_of(account))


def give(world: World, account: Account, browser: Browser, address: str) -> None:
    """Type the address, and the code that arrives there."""
    browser.post(PATH, email=address)
    newest = sent(world, account)[-1]
    assert newest["address"] == address
    browser.post(CODE, shown_at=PATH, email=address, code=newest["code"])
    assert profile(world, account).email == address


def change_twice(world: World, account: Account, browser: Browser) -> Browser:
    """An address, another by a thief three minutes later, a third after six; the thief browses."""
    give(world, account, browser, FIRST)
    with clock.shifted(timedelta(minutes=3)):
        thief = enter(world, account)
        give(world, account, thief, SECOND)
    with clock.shifted(timedelta(minutes=6)):
        give(world, account, enter(world, account), THIRD)
    return thief


def test_an_address_is_mine_once_its_code_was_typed(
    world: World, account: Account, browser: Browser
) -> None:
    assert "None yet" in browser.get("/account/details").text
    assert browser.post(PATH, email=f" {FIRST.replace('example', 'EXAMPLE')} ").status_code == 303
    page = browser.get(PATH).text
    assert "A code is on its way to" in page
    assert profile(world, account).email == "", "nobody has shown yet whose it is"
    [message] = sent(world, account)
    assert (message["address"], message["purpose"]) == (FIRST, "email")
    spaced = f"{message['code'][:3]} {message['code'][3:]}"
    assert browser.post(CODE, shown_at=PATH, email=FIRST, code=spaced).headers["location"] == PATH
    assert "Your e-mail address is confirmed." in browser.get(PATH).text
    mine = profile(world, account)
    assert (mine.email, mine.email_verified) == (FIRST, True)
    with world.transaction() as db:
        number = account.registered.subject_number
        told = find_addressee(
            db, keyring=world.keyring, kind=ContactKind.EMAIL, subject_number=number
        )
        notices = db.scalars(
            select(OutboxMessage.key).where(
                OutboxMessage.kind == NOTICE_MAIL, OutboxMessage.recipient == str(number)
            )
        ).all()
        events = list_activity(
            db, subject_number=number, since=clock.now() - timedelta(hours=1), zone="UTC"
        )
    assert told
    assert told.value == FIRST
    assert len(notices) == 1
    assert events[0].event == "contact.changed"


def test_a_wrong_code_and_another_addresss_are_refused(
    world: World, account: Account, browser: Browser
) -> None:
    """T12: what was typed stays; nothing is anybody's by half."""
    browser.post(PATH, email=FIRST)
    [message] = sent(world, account)
    wrong = "000000" if message["code"] != "000000" else "111111"
    browser.post(CODE, shown_at=PATH, email=FIRST, code=wrong)
    page = browser.get(PATH).text
    assert "This code is not right" in page
    assert FIRST in page
    browser.post(CODE, shown_at=PATH, email=THIRD, code=message["code"])
    assert profile(world, account).email == ""
    browser.post(CODE, shown_at=PATH, email=FIRST, code=message["code"])
    assert profile(world, account).email == FIRST, "the right one is taken"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter your e-mail address."),
        ("hoa.example.vn", "This is not an e-mail address."),
        ("a@b.vn, c@d.vn", "This is not an e-mail address."),
        ("hoa@example.vn\r\nBcc: x@y.vn", "This is not an e-mail address."),
        ("news:hoa@example.vn", "This is not an e-mail address."),
        ("hoa%example.vn@y.vn", "This is not an e-mail address."),
        ("=?utf-8?q?hoa=40example.vn=2Cx?=@y.vn", "This is not an e-mail address."),
        ("hoa[x@example.vn", "This is not an e-mail address."),
    ],
)
def test_what_is_no_address_is_said_and_kept(
    world: World, account: Account, browser: Browser, typed: str, says: str
) -> None:
    browser.post(PATH, email=typed)
    assert says in browser.get(PATH).text
    assert sent(world, account) == []


def test_another_sessions_code_and_another_persons_are_not_taken(
    world: World, account: Account, browser: Browser
) -> None:
    """A code is good in the session that asked for it."""
    browser.post(PATH, email=FIRST)
    [message] = sent(world, account)
    other = world.add_account(totp=False)
    for elsewhere in (enter(world, account), enter(world, other)):
        elsewhere.post(CODE, shown_at=PATH, email=FIRST, code=message["code"])
    assert profile(world, account).email == profile(world, other).email == ""
    browser.post(CODE, shown_at=PATH, email=FIRST, code=message["code"])
    assert profile(world, account).email == FIRST


def test_the_former_address_is_told_and_can_be_had_back_for_a_day(
    world: World, account: Account, browser: Browser
) -> None:
    """T13: also past a second change that would hide the first."""
    change_twice(world, account, browser)
    told = [message["address"] for message in sent(world, account, REPLACED_MAIL)]
    assert told == [FIRST, SECOND]
    with clock.shifted(timedelta(minutes=3) + UNDONE_WITHIN - timedelta(seconds=30)):
        owner = enter(world, account)
        assert FIRST in owner.get(PATH).text
        owner.post(f"{PATH}/undo", shown_at=PATH)
        assert "Your e-mail address is as before." in owner.get(PATH).text
        assert profile(world, account).email == FIRST
    with clock.shifted(timedelta(minutes=3) + UNDONE_WITHIN - timedelta(seconds=10)):
        again = enter(world, account)
        again.post(f"{PATH}/undo", shown_at=PATH)
        assert "no address to have back" in again.get(PATH).text


def test_the_address_that_is_taken_back_is_told_too(
    world: World, account: Account, browser: Browser
) -> None:
    """Whoever still reads the old mailbox, and knows the password, takes it back in silence."""
    give(world, account, browser, FIRST)
    with clock.shifted(timedelta(minutes=3)):
        give(world, account, enter(world, account), SECOND)
    with clock.shifted(timedelta(minutes=6)):
        enter(world, account).post(f"{PATH}/undo", shown_at=PATH)
    assert profile(world, account).email == FIRST
    assert [message["address"] for message in sent(world, account, UNDONE_MAIL)] == [SECOND]


def test_whom_somebody_signs_out_at_that_moment_changes_no_address(
    world: World, account: Account, browser: Browser
) -> None:
    """The session was read when the request began; its end is committed before it acts."""
    give(world, account, browser, FIRST)
    with clock.shifted(timedelta(minutes=3)):
        thief = enter(world, account)
        give(world, account, thief, SECOND)
    with clock.shifted(timedelta(minutes=6)):
        thief.post(PATH, email=THIRD)
        throttle = world.app.state.runtime.settings.throttle
        code, rules = (
            sent(world, account)[-1]["code"],
            ContactRules(
                keyring=world.keyring,
                throttle=throttle,
                texts=TextBudget(keyring=world.keyring, most=9),
            ),
        )
        session = thief.session()
        assert session
        with world.transaction() as db:
            end_other_sessions(db, person_id=session.person_id, keep_sid=None)
        with world.transaction() as db:
            given: dict[str, Any] = {"session": session, "at": clock.now()}
            assert not confirm_contact(
                db, code, kind=ContactKind.EMAIL, value=THIRD, rules=rules, **given
            )
            assert not undo_contact(db, kind=ContactKind.EMAIL, keyring=world.keyring, **given)
    assert profile(world, account).email == SECOND


def test_after_a_day_a_change_stands(world: World, account: Account, browser: Browser) -> None:
    """T13: 24 hours and a moment."""
    give(world, account, browser, FIRST)
    with clock.shifted(timedelta(minutes=3)):
        give(world, account, enter(world, account), SECOND)
    with clock.shifted(timedelta(minutes=4) + UNDONE_WITHIN):
        late = enter(world, account)
        assert FIRST not in late.get(PATH).text
        late.post(f"{PATH}/undo", shown_at=PATH)
        assert profile(world, account).email == SECOND
        with world.transaction() as db:
            drop_replaced(db, before=clock.now() - UNDONE_WITHIN, limit=500)
            mine = PersonContact.person_id == person_of(account)
            assert len(db.scalars(select(PersonContact).where(mine)).all()) == 1


def test_another_code_waits_and_the_eleventh_of_a_day_is_not_sent(
    world: World, account: Account, browser: Browser
) -> None:
    """T20: with words, and the clock of the wait stands on the page."""
    browser.post(PATH, email=FIRST)
    browser.post(PATH, email=FIRST, again="yes")
    page = browser.get(PATH).text
    assert "Please wait a little" in page
    assert "Type the code" in page, "the one that was sent can still be typed"
    assert len(sent(world, account)) == 1
    engine = world.app.state.runtime.engine
    settings = world.app.state.runtime.settings.throttle
    for attempt in range(1, 11):
        with clock.shifted(timedelta(minutes=3 * attempt)):
            enter(world, account).post(PATH, email=f"a{attempt}@example.vn")
    assert len(sent(world, account)) == CODES_OF_PERSON.most(settings)
    with clock.shifted(timedelta(minutes=32)):
        last = enter(world, account)
        last.post(PATH, email=FIRST)
        assert "No more codes" in last.get(PATH).text
    with transaction(engine) as db:
        assert db.scalar(select(PersonContact).where(PersonContact.verified_at.is_(None))) is None


def test_one_mailbox_is_counted_under_all_its_spellings(world: World) -> None:
    """Many accounts, a tag behind a plus each: the mailbox gets no more for that."""
    typed = ["a.b@Example.vn", "AB@example.vn", "a.b+1@example.vn", "ab@ｅxample.vn"]
    accounts = [world.add_account(totp=False) for _ in range(12)]
    for nth, account in enumerate(accounts):
        enter(world, account).post(PATH, email=typed[nth] if nth < 4 else f"ab+{nth}@example.vn")
    sendings = [len(sent(world, account)) for account in accounts]
    assert sendings == [1] * 10 + [0, 0]


def test_it_is_for_whoever_has_just_signed_in_with_all_they_have(
    world: World, account: Account
) -> None:
    """A session left open in an internet café gives nobody's address away."""
    browser = enter(world, account)
    found = re.search(r'name="csrf_token"\s+value="([^"]*)"', browser.get(PATH).text)
    token = found[1] if found else ""
    with clock.shifted(timedelta(minutes=20)):
        assert browser.get(PATH).headers["location"].startswith("/signin/")
        form = {"csrf_token": token}
        assert (
            browser.client.post(f"{PATH}/undo", data=form)
            .headers["location"]
            .startswith("/signin/")
        )
    assert world.browser().get(PATH).headers["location"].startswith("/signin/")


def test_with_a_second_step_that_is_not_confirmed_it_is_said_why_not(world: World) -> None:
    """Signing in again would lead back here at once, and again."""
    account = world.add_account()
    with world.transaction() as db:
        mine = Authenticator.person_id == person_of(account)
        app = db.scalars(select(Authenticator).where(mine)).one()
        app.carries_proofing = 0
    browser = world.browser()
    browser.sign_in(browser.open(needed_authentication=2), account, code=True)
    assert browser.get(PATH).status_code == 200, "its password alone is confirmed, and enough"
    with world.transaction() as db:
        db.scalars(select(Authenticator).where(mine)).one().carries_proofing = 2
    page = browser.get(PATH)
    assert page.status_code == 403
    assert "The second step you signed in with is not confirmed yet." in page.text


def test_without_mail_nothing_is_offered(module_settings: Settings) -> None:
    app = room_app(module_settings, room_router("idp.signin"))
    app.router.routes += room_router("idp.account").routes
    world = World(app)
    world.skip_numbers(5000)
    page = enter(world, world.add_account(totp=False)).get(PATH).text
    assert "This site sends no mail" in page
    assert 'name="email"' not in page
    app.state.runtime.engine.dispose()


PHONE, PHONE_CODE = "/account/phone", "/account/phone/code"
OWN, THIEFS = "+84912345678", "+84987654321"


def give_number(world: World, account: Account, browser: Browser, typed: str) -> str:
    """Type the number, and the code that arrives there; the number as it is kept."""
    browser.post(PHONE, phone=typed)
    newest = sent(world, account, CODE_TEXT)[-1]
    browser.post(PHONE_CODE, shown_at=PHONE, phone=typed, code=newest["code"])
    assert profile(world, account).phone == newest["address"]
    return newest["address"]


def test_what_is_lacking_says_what_follows_from_it(
    world: World, account: Account, browser: Browser
) -> None:
    """C11: a dash alone tells nobody that news cannot reach them, nor how to change that."""
    lacking = ["news about your account cannot reach you", "no text message can reach you"]
    page = browser.get("/account/details").text
    assert [why for why in lacking if why in page] == lacking
    give_number(world, account, browser, "0912 345 678")
    page = browser.get("/account/details").text
    assert [why for why in lacking if why in page] == lacking[:1]


@pytest.mark.parametrize(
    "typed", ["0912 345 678", "+84 912 345 678", "84912345678", "0912.345.678"]
)
def test_a_number_is_mine_once_its_code_was_typed(
    world: World, account: Account, browser: Browser, typed: str
) -> None:
    """However it is written; unproven it is nobody's (T12)."""
    browser.post(PHONE, phone=typed)
    assert profile(world, account).phone == ""
    assert typed in browser.get(PHONE).text
    assert give_number(world, account, browser, typed) == OWN
    mine = profile(world, account)
    assert (mine.phone, mine.phone_verified, mine.email) == (OWN, True, "")
    assert "Your phone number is confirmed." in browser.get(PHONE).text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter your mobile phone number."),
        ("0123 456 7890", "This number is of before 2018"),
        ("+84 (0) 168 456 7890", "This number is of before 2018"),
        ("024 3825 1234", "Enter the number of a Vietnamese mobile phone"),
        ("+1 202 555 0143", "Enter the number of a Vietnamese mobile phone"),
        ("091234567", "This is not a telephone number."),
        ("hoa@example.vn", "This is not a telephone number."),
    ],
)
def test_what_is_no_mobile_number_is_said_and_kept(
    world: World, account: Account, browser: Browser, typed: str, says: str
) -> None:
    browser.post(PHONE, phone=typed)
    page = browser.get(PHONE).text
    assert says in page
    assert typed in page
    assert sent(world, account, CODE_TEXT) == []


def test_a_code_to_a_mailbox_confirms_no_number(
    world: World, account: Account, browser: Browser
) -> None:
    browser.post(PATH, email=FIRST)
    browser.post(PHONE, phone=OWN)
    [mailed] = sent(world, account)
    [texted] = sent(world, account, CODE_TEXT)
    assert mailed["code"] != texted["code"] or mailed["address"] != texted["address"]
    browser.post(PHONE_CODE, shown_at=PHONE, phone=OWN, code=mailed["code"])
    assert profile(world, account).phone == ""
    browser.post(PHONE_CODE, shown_at=PHONE, phone=OWN, code=texted["code"])
    assert profile(world, account).phone == OWN


def test_a_thief_changes_the_number_and_its_owner_has_it_back(
    world: World, account: Account, browser: Browser
) -> None:
    """T13, by phone: told at once, undone until the last minute; the address is untouched."""
    give(world, account, browser, FIRST)
    give_number(world, account, browser, OWN)
    with clock.shifted(timedelta(minutes=3)):
        give_number(world, account, enter(world, account), THIEFS)
    assert [told["address"] for told in sent(world, account, REPLACED_TEXT)] == [OWN]
    with clock.shifted(timedelta(minutes=2) + UNDONE_WITHIN):
        owner = enter(world, account)
        assert OWN in owner.get(PHONE).text
        assert "no address to have back" not in owner.get(PATH).text
        owner.post(f"{PHONE}/undo", shown_at=PHONE)
        mine = profile(world, account)
        assert (mine.phone, mine.email) == (OWN, FIRST)


def test_after_a_day_a_changed_number_stands(
    world: World, account: Account, browser: Browser
) -> None:
    """T13: 24 hours and a moment."""
    give_number(world, account, browser, OWN)
    with clock.shifted(timedelta(minutes=3)):
        give_number(world, account, enter(world, account), THIEFS)
    with clock.shifted(timedelta(minutes=4) + UNDONE_WITHIN):
        late = enter(world, account)
        late.post(f"{PHONE}/undo", shown_at=PHONE)
        assert "There is no number to have back any more." in late.get(PHONE).text
        assert profile(world, account).phone == THIEFS


def test_one_number_is_counted_under_all_its_spellings(world: World) -> None:
    """T20: the eleventh of a day is refused with words, whoever asks."""
    for nth in range(11):
        account = world.add_account(totp=False)
        browser = enter(world, account)
        browser.post(PHONE, phone="0934 567 890" if nth % 2 else "+84934567890")
        assert len(sent(world, account, CODE_TEXT)) == (nth < 10)
    assert "No more codes" in browser.get(PHONE).text


def test_where_the_days_text_messages_are_spent_no_code_is_promised(
    world: World, account: Account, browser: Browser
) -> None:
    """T20: with words, and what helps; a refusal counts against nobody. Mail is the control."""
    texts = TextBudget(keyring=world.keyring, most=1)
    with world.transaction() as db:
        texts.spend(db, Use.CODE, at=clock.now() + timedelta(days=5))
    with clock.shifted(timedelta(days=5)):
        browser = enter(world, account)
        with changed_part(world.app, Site, texts=texts):
            browser.post("/account/phone", phone="0912345678")
            page = browser.get("/account/phone").text
            assert "No more text messages are sent today" in page
            assert sent(world, account, CODE_TEXT) == []
            give(world, account, browser, FIRST)
        browser.post("/account/phone", phone="0912345678")
        assert len(sent(world, account, CODE_TEXT)) == 1
