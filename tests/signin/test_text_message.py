"""A code by text message as a second step: by policy alone, for LoA2 at most, and never alone."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from idp.accounts.changes import confirm_factor
from idp.accounts.proofing import set_proofing
from idp.assurance.evidence import Trust
from idp.assurance.levels import reached_levels
from idp.factors.credentials import read_credentials
from idp.factors.kinds import SMS, TOTP
from idp.factors.models import Authenticator
from idp.factors.text_message import new_telephone
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact, replace_contact
from idp.people.models import ContactKind, PersonCode, PersonContact
from idp.rate_limits import CODES_TO_PHONE, RateCount, count
from idp.settings import Settings
from idp.settings.people import AssuranceSettings
from idp.settings.server import SmsSettings
from idp.web.routes import room_router
from tests.signin.conftest import PASSWORD as WORDS
from tests.signin.conftest import Account, Browser, World
from tests.support.app import room_app
from tests.support.codes import sent_codes
from tests.support.passkeys import SoftKey
from tests.support.people import give_app

ADD, WAYS = "/account/text-step", "/account/factor"
ELSEWHERE = "/recovery/address"
"""A page with a form for whoever there is."""
RULES = AssuranceSettings(text_messages=True)
FIFTY = 50


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """A provider whose policy allows it."""
    yield from _world(module_settings, assurance=RULES)


@pytest.fixture(scope="module")
def strict(module_settings: Settings) -> Iterator[World]:
    """One with the settings as they come."""
    for one in _world(module_settings, assurance=AssuranceSettings()):
        one.skip_numbers(5000)
        yield one


def _world(settings: Settings, *, assurance: AssuranceSettings) -> Iterator[World]:
    sms = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests"))
    app = room_app(
        settings.model_copy(update={"sms": sms, "assurance": assurance}), room_router("idp.signin")
    )
    app.include_router(room_router("idp.account"))
    yield World(app)
    app.state.runtime.engine.dispose()


def number_of(account: Account) -> str:
    return f"+8491{account.number[-7:]}"


def with_number(world: World, *, days: int = 30, proofing: int = 1, totp: bool = False) -> Account:
    """Somebody with a password and a number that they have for so many days."""
    account = world.add_account(proofing=proofing, totp=totp)
    since = clock.now() - timedelta(days=days)
    with world.transaction() as db:
        add_contact(
            db,
            keyring=world.keyring,
            person_id=account.registered.person_id,
            kind=ContactKind.PHONE,
            value=number_of(account),
            at=since,
            verified_at=since,
        )
    return account


def give(world: World, account: Account, *, proofing: int = 1) -> None:
    """Have them have had codes by text message for a month."""
    at, person_id = clock.now() - timedelta(days=30), account.registered.person_id
    of = {"person_id": person_id, "number": number_of(account), "name": "•••"}
    new = new_telephone(world.keyring, **of, at=at)  # type: ignore[arg-type]
    new.carries_proofing = min(proofing, 1)
    with world.transaction() as db:
        db.add(new)


def texting(world: World, **values: int) -> Account:
    account = with_number(world, **values)
    give(world, account)
    return account


def codes(world: World, account: Account) -> list[str]:
    person_id = account.registered.person_id
    with world.transaction() as db:
        sent = sent_codes(db, keyring=world.keyring, person_id=person_id, kind=ContactKind.PHONE)
    assert {one["address"] for one in sent} <= {number_of(account)}
    return [one["code"] for one in sent]


def enter(
    world: World, account: Account, *, at: str = "", address: str = "", acr: str = "LoA2"
) -> tuple[Browser, str, str]:
    """Show the password where two factors are needed; the browser, its page, where that led."""
    browser = world.browser(f"texts-{account.number}-{at}-012345", address=address or "192.0.2.1")
    interaction = browser.open(needed_acr=acr, needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    answer = browser.post(f"/signin/{interaction}/password", password=WORDS)
    return browser, f"/signin/{interaction}/{SMS.page}", str(answer.headers["location"])


def ask(browser: Browser, page: str) -> str:
    """Press the button; the page that follows."""
    answer = browser.post(page, send="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    return str(browser.get(page).text)


def levels_of(browser: Browser) -> list[str]:
    session = browser.session()
    assert session is not None
    reached = reached_levels(
        RULES,
        proofing=session.proofing,
        authentication=session.authentication,
        confirmed=session.confirmed_authentication,
    )
    return [level.acr for level in reached]


def test_password_and_code_are_two_factors_of_level_2(world: World) -> None:
    account = texting(world)
    browser, page, led = enter(world, account)
    assert led == page
    before = browser.get(page).text
    assert "less safe than a passkey" in before
    assert number_of(account) not in before
    assert codes(world, account) == [], "a page that is looked at sends nothing"
    assert "on its way to" in ask(browser, page)
    [code] = codes(world, account)
    assert browser.post(page, code=code).headers["location"].startswith("/authorize/resume/")
    session = browser.session()
    assert session is not None
    assert session.amr == ("pwd", "sms", "mfa")
    assert levels_of(browser) == ["LoA1", "LoA2"]


def test_each_code_counts_once_in_its_own_browser_for_ten_minutes(world: World) -> None:
    account = texting(world)
    browser, page, _ = enter(world, account, at="a")
    other, others_page, _ = enter(world, account, at="b")
    ask(browser, page)
    [code] = codes(world, account)
    assert "no longer valid" in other.refused(others_page, code=code), "it has asked for none"
    with clock.shifted(timedelta(seconds=31)):
        ask(other, others_page)
        assert "no longer valid" in other.refused(others_page, code=code)
    with clock.shifted(timedelta(minutes=11)):
        assert "no longer valid" in browser.refused(page, code=code)
    with clock.shifted(timedelta(minutes=9)):
        browser.post(page, code=code)
    assert "sms" in browser.session().amr  # type: ignore[union-attr]
    again, page, _ = enter(world, account, at="c")
    assert "no longer valid" in again.refused(page, code=code)


def test_of_fifty_guesses_at_once_five_are_read_at_most(world: World) -> None:
    account = texting(world)
    browser, page, _ = enter(world, account, at="guesses")
    ask(browser, page)
    [code] = codes(world, account)
    wrong = [one for one in (f"{nth:06}" for nth in range(FIFTY + 1)) if one != code][:FIFTY]
    forms = [hidden(browser, page) for _ in range(FIFTY)]

    def guess(nth: int) -> int:
        while True:
            answer = browser.client.post(page, data={**forms[nth], "code": wrong[nth]})
            if answer.status_code != 503:
                return int(answer.status_code)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(guess, range(FIFTY))) == {303}
    mine = {"event": "signin.attempt_failed", "subject_number": account.registered.subject_number}
    with world.transaction() as db:
        read = select(func.count()).select_from(JournalEntry).filter_by(**mine, reason=SMS.failure)
        assert 1 <= (db.scalar(read) or 0) <= 5
    assert "sms" not in browser.session().amr  # type: ignore[union-attr]


def hidden(browser: Browser, page: str) -> dict[str, str]:
    found = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', browser.get(page).text)
    return dict(found)


def test_a_code_that_nobody_asked_for_is_counted_against_nobody(world: World) -> None:
    account = texting(world)
    browser, page, _ = enter(world, account, at="unasked")
    for _ in range(12):
        assert "no longer valid" in browser.refused(page, code="000000")
    ask(browser, page)
    browser.post(page, code=codes(world, account)[-1])
    assert "sms" in browser.session().amr  # type: ignore[union-attr]


@pytest.mark.parametrize(("days", "counts"), [(8, True), (6, False)])
def test_a_number_takes_codes_seven_days_after_it_was_confirmed(
    world: World, *, days: int, counts: bool
) -> None:
    account = texting(world, days=days)
    browser, page, _ = enter(world, account, at="days")
    browser.post(page, shown_at=ELSEWHERE, send="yes")
    assert (len(codes(world, account)) == 1) is counts
    assert ("No code can be sent to this number now" in browser.get(page).text) is not counts


def test_a_changed_number_takes_the_place_of_none(world: World) -> None:
    """Whoever is in an account for an hour has no code sent to their own telephone, ever."""
    account = texting(world)
    person_id = account.registered.person_id
    with world.transaction() as db:
        new = {"kind": ContactKind.PHONE, "value": "+84987654321", "at": clock.now()}
        replace_contact(db, keyring=world.keyring, person_id=person_id, **new)  # type: ignore[arg-type]
        long_ago = clock.now() - timedelta(days=20)
        mine = PersonContact.person_id == person_id
        was = (mine, PersonContact.ended_at.is_not(None))
        db.execute(update(PersonContact).where(*was).values(ended_at=long_ago))
        now = (mine, PersonContact.ended_at.is_(None))
        db.execute(
            update(PersonContact).where(*now).values(created_at=long_ago, verified_at=long_ago)
        )
    browser, page, _ = enter(world, account, at="changed")
    browser.post(page, shown_at=ELSEWHERE, send="yes")
    assert codes(world, account) == []
    assert "No code can be sent to this number now" in browser.get(page).text


@pytest.mark.parametrize("is_theirs", [True, False])
def test_while_a_change_can_be_undone_codes_go_to_the_number_before_and_to_no_other(
    world: World, *, is_theirs: bool
) -> None:
    """Whoever changes it twice, too; the control: the telephone was set up for another one."""
    account = texting(world) if is_theirs else with_number(world)
    person_id = account.registered.person_id
    if not is_theirs:
        of = {"person_id": person_id, "number": "+84987654321", "name": "•••"}
        with world.transaction() as db:
            db.add(new_telephone(world.keyring, **of, at=clock.now()))  # type: ignore[arg-type]
    with world.transaction() as db:
        for ago, number in ((3, "+84987654320"), (2, "+84987654321")):
            at = clock.now() - timedelta(hours=ago)
            new = {"kind": ContactKind.PHONE, "value": number, "at": at}
            replace_contact(db, keyring=world.keyring, person_id=person_id, **new)  # type: ignore[arg-type]
    browser, page, _ = enter(world, account, at="undone")
    browser.post(page, shown_at=ELSEWHERE, send="yes")
    sent = codes(world, account)
    assert len(sent) == is_theirs
    if is_theirs:
        browser.post(page, code=sent[0])
    assert ("sms" in browser.session().amr) is is_theirs  # type: ignore[union-attr]


def test_without_the_policy_it_neither_asks_nor_shuts_anybody_out(strict: World) -> None:
    account = texting(strict)
    browser, page, led = enter(strict, account, at="strict")
    assert led.endswith("/enrol"), "as for whoever has a password alone"
    assert browser.get(page).status_code == 303
    browser.post(page, shown_at=led, send="yes")
    assert codes(strict, account) == []
    assert browser.get("/account").status_code == 200
    assert browser.get(ADD).headers["location"] == WAYS
    assert ADD not in browser.get(WAYS).text


@pytest.mark.parametrize("proofing", [1, 2])
def test_what_nobody_may_use_keeps_no_browser_from_being_known(
    world: World, strict: World, *, proofing: int
) -> None:
    """Not by policy, and not of whoever was seen: strangers would shut them out for good."""
    for one in (strict, world):
        account = texting(one, proofing=proofing)
        browser, _, _ = enter(one, account, at="known")
        is_known = browser.client.cookies.get(browser.names.device) is not None
        assert is_known is (one is strict or proofing == 2)


def test_whoever_was_seen_face_to_face_is_neither_asked_nor_offered(world: World) -> None:
    """It would reach no more than level 2, where what they were given reaches level 3."""
    account = texting(world, proofing=2)
    _, _, led = enter(world, account, at="seen")
    assert led.endswith("/enrol")
    browser = world.browser(f"seen-{account.number}-0123456789")
    interaction = browser.open(return_path=WAYS)
    browser.sign_in(interaction, account)
    assert ADD not in browser.get(WAYS).text
    assert browser.get(ADD).headers["location"] == WAYS


def test_nobodys_word_has_it_speak_for_more(world: World) -> None:
    account = texting(world)
    give_it = {"person_id": account.registered.person_id, "at": clock.now()}
    with world.transaction() as db:
        secret = give_app(db, keyring=world.keyring, person_id=account.registered.person_id)
        set_proofing(db, keyring=world.keyring, proofing=2, **give_it)  # type: ignore[arg-type]
        for kind in (SMS, TOTP):
            confirm_factor(db, kind=kind, by="desk", **give_it)  # type: ignore[arg-type]
        own = read_credentials(db, person_id=account.registered.person_id)
    assert secret
    assert SMS not in own.confirmed(at=clock.now())
    assert own.trust_in(SMS).proofing == 1
    assert own.trust_in(TOTP).proofing == 2, "the control"


@pytest.mark.parametrize(
    ("proofing", "reached"), [(0, ["LoA1"]), (1, ["LoA1", "LoA2"]), (2, ["LoA1"])]
)
def test_a_session_that_rests_on_it_reaches_level_2_at_most(
    proofing: int, reached: list[str]
) -> None:
    """Also one that was begun before its person was seen face to face."""
    at = datetime.fromisoformat("2026-11-30T10:00:00+00:00")
    carries = Trust(2, at).at_most(SMS.speaks_for).carries(proofing, at=at)
    levels = reached_levels(
        RULES, proofing=proofing, authentication=2, confirmed=2 if carries else 1
    )
    assert [level.acr for level in levels] == reached


def test_its_person_sets_it_up_by_a_code_and_is_told(world: World) -> None:
    account = with_number(world, proofing=0)
    browser = world.browser(f"sets-up-{account.number}-0123456789")
    browser.sign_in(browser.open(return_path=WAYS), account)
    assert ADD in browser.get(WAYS).text
    browser.post(ADD, send="yes")
    page = browser.get(ADD).text
    assert "less safe than a passkey" in page
    [code] = codes(world, account)
    assert "not right" in browser.refused(ADD, code="000000" if code != "000000" else "111111")
    assert browser.post(ADD, code=code).headers["location"] == WAYS
    assert browser.session().amr == ("pwd", "sms", "mfa")  # type: ignore[union-attr]
    assert browser.get(ADD).headers["location"] == WAYS, "one is all there may be"
    number = account.registered.subject_number
    with world.transaction() as db:
        [entry] = db.scalars(
            select(JournalEntry).filter_by(event="factor.enrolled", subject_number=number)
        )
        assert entry.data["kind"] == SMS.name
        told = select(func.count()).where(OutboxMessage.key == str(entry.id))
        assert db.scalar(told) == 2, "by mail and by text message"


def test_no_number_that_counts_is_said_and_nothing_sent(world: World) -> None:
    account = with_number(world, proofing=0, days=6)
    browser = world.browser(f"too-new-{account.number}-0123456789")
    browser.sign_in(browser.open(return_path=WAYS), account)
    assert "no phone number that takes codes" in browser.get(ADD).text
    assert codes(world, account) == []


def test_the_eleventh_code_of_a_day_is_refused_with_words(world: World) -> None:
    account = texting(world)
    browser, page, _ = enter(world, account, at="eleven")
    for nth in range(11):
        with clock.shifted(timedelta(seconds=125 * nth)):
            said = ask(browser, page)
    assert len(codes(world, account)) == 10
    assert "No more codes are sent or read for now" in said


def test_who_says_in_another_account_that_the_number_is_theirs_uses_up_none_of_its_owners(
    world: World,
) -> None:
    account = texting(world)
    throttle = world.settings.throttle
    spent = CODES_TO_PHONE.of(number_of(account), keyring=world.keyring, settings=throttle)
    with world.transaction() as db:
        while count(db, spent, at=clock.now()):
            pass
    browser, page, _ = enter(world, account, at="shared", address="198.51.100.88")
    assert "on its way to" in ask(browser, page)
    [code] = codes(world, account)
    browser.post(page, code=code)
    assert "sms" in browser.session().amr  # type: ignore[union-attr]


def test_a_day_without_text_messages_left_says_so_and_other_ways_stay(world: World) -> None:
    account = texting(world)
    with world.transaction() as db:
        give_app(db, keyring=world.keyring, person_id=account.registered.person_id)
    browser, page, led = enter(world, account, at="spent")
    assert led.endswith("/otp"), "what is safer is asked for first"
    assert f'href="{SMS.page}"' in browser.get(led).text
    texts = world.app.state.runtime.texts
    with world.transaction() as db:
        before = {row.key: row.count for row in db.scalars(select(RateCount))}
        for limit in texts._limits("code", clock.day_of(clock.now()).isoformat()):
            db.merge(RateCount(key=limit.key, count=limit.most, ends_at=clock.now() + limit.per))
    said = ask(browser, page)
    with world.transaction() as db:
        for row in db.scalars(select(RateCount)):
            row.count = before.get(row.key, 0)
    assert "No more text messages are sent today" in said
    assert 'href="otp"' in said
    assert codes(world, account) == []


def test_taken_away_meanwhile_its_code_opens_nothing(world: World) -> None:
    account = texting(world)
    browser, page, _ = enter(world, account, at="taken")
    ask(browser, page)
    [code] = codes(world, account)
    mine = Authenticator.person_id == account.registered.person_id
    with world.transaction() as db:
        db.execute(update(Authenticator).where(mine).values(locked_at=clock.now()))
    browser.post(page, shown_at=ELSEWHERE, code=code)
    assert browser.session().amr == ("pwd",)  # type: ignore[union-attr]


def test_once_policy_takes_it_no_more_a_session_falls_at_its_next_use(
    world: World, strict: World
) -> None:
    account = texting(world)
    browser, page, _ = enter(world, account)
    ask(browser, page)
    browser.post(page, code=codes(world, account)[-1])
    assert levels_of(browser) == ["LoA1", "LoA2"]
    later = strict.browser(browser.browser_id)
    later.client.cookies.update(browser.client.cookies)
    session = later.session()
    assert session is not None
    assert levels_of(later) == ["LoA1"]
    assert session.amr == ("pwd",)
    asked = later.open(needed_acr="LoA2", needed_authentication=2)
    assert later.get(f"/signin/{asked}/otp").headers["location"].endswith("/enrol")
    assert levels_of(browser) == ["LoA1", "LoA2"], "the control: where policy takes it"


def test_whose_only_second_step_is_taken_no_more_adds_another(strict: World) -> None:
    account, key = texting(strict), SoftKey()
    browser, _, _ = enter(strict, account, at="adds")
    for purpose, sign in (("enrol", key.create), ("confirm", key.get)):
        found = re.search(r'data-options="([^"]*)"', browser.get("/account/passkey").text)
        assert found
        sent = sign(html.unescape(found.group(1)))
        browser.post("/account/passkey", purpose=purpose, answer=sent)
    assert "Your passkey is added." in browser.get(WAYS).text


@pytest.mark.parametrize(("proofing", "is_told"), [(1, False), (2, True)])
def test_whoever_was_seen_and_has_nothing_else_is_led_to_another_way(
    world: World, proofing: int, *, is_told: bool
) -> None:
    account = texting(world, proofing=proofing)
    browser, page, _ = enter(world, account, at="led")
    if not is_told:
        ask(browser, page)
        browser.post(page, code=codes(world, account)[-1])
    assert ("Set up another second step" in browser.get("/account").text) is is_told
    words = "Codes by text message are asked of you no more"
    assert (words in browser.get(WAYS).text) is is_told


def set_up(world: World, account: Account, at: str) -> tuple[Browser, str, str]:
    """On the way, with a password alone: the browser, the page that sets it up, where it led."""
    browser, page, led = enter(world, account, at=at, acr="LoA1")
    return browser, page.replace(SMS.page, SMS.enrol_page), led


def test_on_the_way_it_is_set_up_by_whose_number_takes_codes(world: World) -> None:
    account = with_number(world, proofing=0)
    browser, page, led = set_up(world, account, "on-the-way")
    assert led.endswith("/enrol"), "an app is offered first"
    assert "enrol-text" in browser.get(led).text
    assert "less safe than a passkey" in browser.get(page).text
    assert codes(world, account) == [], "a page that is looked at costs nothing"
    ask(browser, page)
    assert "This code is not right" in browser.refused(page, code="000000")
    assert "Enter the code of the message" in browser.refused(page, code=" ")
    [code] = codes(world, account)
    answer = browser.post(page, code=code)
    assert "/authorize/resume/" in answer.headers["location"]
    session = browser.session()
    assert session is not None
    assert session.amr == ("pwd", "sms", "mfa")
    _, _, led = enter(world, account, at="after", acr="LoA1")
    assert led.endswith(f"/{SMS.page}")


@pytest.mark.parametrize("is_set_up", [True, False])
def test_the_same_button_sends_another_code_once_one_may_be_asked_for(
    world: World, *, is_set_up: bool
) -> None:
    """With no other form between: it was taken for the first form sent twice."""
    if is_set_up:
        account = texting(world)
        browser, page, _ = enter(world, account, at="sends-more")
    else:
        account = with_number(world, proofing=0)
        browser, page, _ = set_up(world, account, "sends-more-on-the-way")
    ask(browser, page)
    for sent in (1, 2):
        assert len(codes(world, account)) == sent
        with world.transaction() as db:
            mine = PersonCode.person_id == account.registered.person_id
            db.execute(update(PersonCode).where(mine).values(resend_at=clock.now()))
        ask(browser, page)
    assert len(codes(world, account)) == 3
    form = hidden(browser, page)
    for _ in range(2):
        browser.client.post(page, data={**form, "send": "yes"})
    assert len(codes(world, account)) == 3, "not before"


@pytest.mark.parametrize(
    ("days", "proofing", "is_open"), [(8, 1, True), (6, 1, False), (30, 2, False)]
)
def test_on_the_way_it_is_offered_by_the_rules_of_the_account(
    world: World, days: int, proofing: int, *, is_open: bool
) -> None:
    account = with_number(world, days=days, proofing=proofing)
    browser, page, led = set_up(world, account, f"offered-{days}")
    assert ("enrol-text" in browser.get(led).text) is is_open
    seen = browser.get(page)
    assert (seen.status_code == 200) is is_open
    assert is_open or seen.headers["location"].endswith("/enrol")
    assert ("It is fully valid from" in seen.text) is (is_open and proofing > 0)


def test_without_the_policy_it_is_not_set_up_on_the_way_either(strict: World) -> None:
    account = with_number(strict, proofing=0)
    browser, page, led = set_up(strict, account, "no-policy")
    assert "enrol-text" not in browser.get(led).text
    assert browser.get(page).headers["location"].endswith("/enrol")
    browser.post(page, shown_at=led, send="yes")
    assert codes(strict, account) == []


def test_whoever_has_a_second_step_sets_none_up_on_the_way(world: World) -> None:
    account = with_number(world, totp=True)
    browser, page, led = set_up(world, account, "has-one")
    assert led.endswith("/otp")
    assert browser.get(page).headers["location"].endswith("/otp")
