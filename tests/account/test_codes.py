"""My recovery codes: made by who shows the app, and the way from a lost phone to another one."""

import html
import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from idp.accounts.proofing import confirm_shown, set_proofing
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSKEY, PASSWORD, RECOVERY_CODE, TOTP, Kind
from idp.factors.ways import list_ways
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.mail.notices import NOTICES
from idp.sessions.evidence import Shown
from tests.signin.conftest import Account, Browser, World
from tests.signin.test_codes import CODE
from tests.support.passkeys import SoftKey
from tests.support.people import give_codes, give_passkey

PATH, FACTOR = "/account/codes", "/account/factor"


def enter(world: World, account: Account, name: str = "") -> Browser:
    """Signed in with password and app, if there is one."""
    browser = world.browser(name) if name else world.browser()
    has_app = bool(account.totp_secret)
    browser.sign_in(browser.open(needed_authentication=1 + has_app), account, code=has_app)
    return browser


def enter_by_code(world: World, account: Account, code: str, name: str) -> Browser:
    browser = world.browser(name)
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    answer = browser.post(f"/signin/{interaction}/recovery-code", code=code)
    assert "/authorize/resume/" in answer.headers["location"]
    return browser


def seen(browser: Browser, path: str) -> str:
    page = browser.get(path).text.partition("<main")[2].partition("</main")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def make(browser: Browser) -> list[str]:
    codes = CODE.findall(browser.get(PATH).text)
    assert len(codes) == 10
    assert browser.post(PATH, kept="yes").headers["location"] == FACTOR
    return [str(code) for code in codes]


def set_up_app(browser: Browser) -> str:
    """Set up an app, or another; its secret."""
    found = re.search(
        r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", browser.get(f"{FACTOR}/new").text
    )
    assert found
    secret = found[1].replace(" ", "")
    answer = browser.post(f"{FACTOR}/new", otp=pyotp.TOTP(secret).at(clock.now()))
    assert answer.headers["location"] == FACTOR
    return secret


def held(world: World, account: Account) -> set[Kind]:
    with world.transaction() as db:
        return {*read_credentials(db, person_id=account.registered.person_id).held}


def events(world: World, account: Account, *wanted: str) -> list[tuple[str, Any]]:
    of = JournalEntry.subject_number == account.registered.subject_number
    with world.transaction() as db:
        rows = db.scalars(select(JournalEntry).where(of).order_by(JournalEntry.id))
        return [(row.event, row.data.get("kind")) for row in rows if row.event in wanted]


def test_a_set_is_made_and_told_and_a_new_one_kills_it(world: World) -> None:
    """T8, and people.md 10: how many are left, made when."""
    account = world.add_account()
    browser = enter(world, account)
    assert "Print recovery codes" in seen(browser, "/account")
    assert "Make recovery codes" in seen(browser, FACTOR)
    [first, *_] = make(browser)
    page = seen(browser, FACTOR)
    assert "Your recovery codes count from now on." in page
    assert "10 codes are left" in page
    assert first not in browser.get(FACTOR).text
    assert "Print recovery codes" not in seen(browser, "/account")
    assert "The codes you have stop working" in seen(browser, PATH)
    [other, *_] = make(browser)
    assert events(world, account, "factor.enrolled", "factor.replaced", "factor.removed")[1:] == [
        ("factor.enrolled", "recovery_code"),
        ("factor.replaced", "recovery_code"),
    ]
    assert {"factor.enrolled", "factor.replaced", "recovery_code.used"} <= NOTICES.keys()
    history = seen(browser, "/account/activity")
    assert "New recovery codes made" in history
    assert "Second step set up recovery code" in history, "not taken for another app"
    enter_by_code(world, account, other, "another-browser-0123456789-abcd")
    third = world.browser("a-third-browser-0123456789-abcd")
    interaction = third.open(needed_authentication=2)
    third.sign_in(interaction, account)
    assert "not right" in third.refused(f"/signin/{interaction}/recovery-code", code=first)
    assert "Recovery code used" in seen(browser, "/account/activity")
    assert "9 codes are left" in seen(browser, FACTOR)


def test_a_new_set_signs_out_who_may_have_come_in_by_the_old_one(world: World) -> None:
    account = world.add_account()
    browser = enter(world, account)
    [first, *_] = make(browser)
    there = enter_by_code(world, account, first, "a-thiefs-browser-0123456789-abc")
    assert there.session() is not None, "the first set ends nothing, the control"
    make(browser)
    assert there.session() is None
    assert browser.session() is not None


def test_who_does_not_say_that_they_are_on_paper_is_asked_again_and_later_is_none(
    world: World,
) -> None:
    account = world.add_account()
    browser = enter(world, account)
    codes = CODE.findall(browser.get(PATH).text)
    page = browser.refused(PATH)
    assert "then tick the box" in page
    assert CODE.findall(page) == codes
    assert browser.post(PATH, later="yes").headers["location"] == FACTOR
    assert RECOVERY_CODE not in held(world, account)
    assert CODE.findall(browser.get(PATH).text) != codes


def test_they_are_displayed_to_who_has_just_signed_in_and_kept_by_who_copies_slowly(
    world: World,
) -> None:
    """The session that was given them sees them again; a browser found open is given none."""
    account = world.add_account()
    browser, found_open = (
        enter(world, account),
        enter(world, account := world.add_account(), "b" * 32),
    )
    codes = CODE.findall(browser.get(PATH).text)
    with clock.shifted(timedelta(minutes=20)):
        assert found_open.get(PATH).headers["location"].startswith("/signin/")
        assert CODE.findall(browser.get(PATH).text) == codes
        assert browser.post(PATH, kept="yes").headers["location"] == FACTOR
    assert RECOVERY_CODE not in held(world, account)


def test_a_password_alone_makes_none(world: World) -> None:
    """They are a spare of the app: without one they would be all that a thief needs."""
    account = world.add_account(totp=False)
    browser = enter(world, account)
    assert browser.get(PATH).headers["location"] == FACTOR
    assert "Recovery codes are made by who has just signed in with the app." in seen(
        browser, FACTOR
    )
    answer = browser.post(PATH, shown_at="/account/password", kept="yes")
    assert answer.status_code == 303
    assert held(world, account) == {PASSWORD}


def test_a_passkey_on_a_lost_phone_is_not_forgotten(world: World) -> None:
    """Whoever found the phone and unlocks it signs in with it: a new app does not end that."""
    account, key = world.add_account(), SoftKey()
    old = enter(world, account)
    [first, *_] = make(old)
    with world.transaction() as db:
        person_id = account.registered.person_id
        give_passkey(db, key, keyring=world.keyring, person_id=person_id)
    said = "Is the device with your passkey lost?"
    assert said not in seen(old, "/account"), "the control: the app was shown"
    browser = enter_by_code(world, account, first, "the-new-phone-0123456789-abcdef")
    for path in ("/account", FACTOR):
        assert said in seen(browser, path)
    set_up_app(browser)
    for path in ("/account", FACTOR):
        assert said in seen(browser, path), "until it is taken away"
    with world.transaction() as db:
        [way] = [w for w in list_ways(db, person_id=person_id, at=clock.now()) if w.kind is PASSKEY]
    asked = str(way.id)
    browser.post("/account/way", shown_at=f"/account/way?way={asked}", way=asked, do="remove")
    for path in ("/account", FACTOR):
        assert said not in seen(browser, path)


def test_a_lost_phone_is_replaced_by_a_code_at_the_same_level(world: World) -> None:
    """T9: the lost app stops, its sessions end, the sheet stays."""
    account = world.add_account()
    old = enter(world, account)
    [first, second, *_] = make(old)
    browser = enter_by_code(world, account, first, "the-new-phone-0123456789-abcdef")
    for path in ("/account", FACTOR):
        assert "You signed in with a recovery code" in seen(browser, path)
    secret = set_up_app(browser)
    assert held(world, account) == {PASSWORD, TOTP, RECOVERY_CODE}
    assert old.session() is None
    session = browser.session()
    assert session is not None
    assert session.confirmed_authentication == 2, "the new app carries what the sheet carried"
    assert "You signed in with a recovery code" not in seen(browser, "/account")
    other = world.browser("another-browser-0123456789-abcd")
    interaction = other.open(needed_authentication=2)
    other.sign_in(interaction, account)
    path = f"/signin/{interaction}/otp"
    with clock.shifted(timedelta(minutes=2)):
        other.refused(path, otp=account.code())
        answer = other.post(path, otp=pyotp.TOTP(secret).at(clock.now()))
        assert "/authorize/resume/" in answer.headers["location"]
    enter_by_code(world, account, second, "a-third-browser-0123456789-abcd")


def test_a_sheet_of_a_thief_goes_with_their_app(world: World) -> None:
    """G1: who knows the password adds an app and codes; the owner ends both at once."""
    for objects in (False, True):
        account = world.add_account(totp=False)
        thief = enter(world, account, "thiefs-browser-0123456789-abcde")
        set_up_app(thief)
        make(thief)
        session = thief.session()
        assert session is not None
        assert session.confirmed_authentication == 1
        owner = enter(world, account, "owners-browser-0123456789-abcde")
        assert "Then object to it now" in seen(owner, "/account")
        if objects:
            owner.post(f"{FACTOR}/not-mine", shown_at=FACTOR)
            assert held(world, account) == {PASSWORD}
        else:
            set_up_app(owner)
            assert held(world, account) == {PASSWORD, TOTP}


@pytest.mark.parametrize(
    ("kinds", "left"),
    [
        ((PASSWORD, TOTP), {PASSWORD, TOTP, RECOVERY_CODE}),
        ((PASSWORD, RECOVERY_CODE), {PASSWORD, RECOVERY_CODE}),
        ((PASSWORD,), {PASSWORD}),
    ],
)
def test_who_is_proven_keeps_the_sheet_of_the_app_they_showed(
    world: World, kinds: tuple[Kind, ...], left: set[Kind]
) -> None:
    """Only who showed that app can have made it; of a lost app, and of another's, nothing stays."""
    account = world.add_account(proofing=0)
    person_id = account.registered.person_id
    with world.transaction() as db:
        give_codes(db, keyring=world.keyring, person_id=person_id)
        given = {"keyring": world.keyring, "person_id": person_id, "proofing": 2}
        done = set_proofing(db, **given, at=clock.now())  # type: ignore[arg-type]
        at = clock.now()
        confirm_shown(db, done, shown=[Shown(kind, at) for kind in kinds], by="desk", at=at)
        own = read_credentials(db, person_id=person_id)
        assert {*own.held} == left
        assert {*own.confirmed(at=clock.now())} == left


@pytest.mark.parametrize("left", [4, 3])
def test_few_codes_left_are_told_on_the_first_page(world: World, left: int) -> None:
    account = world.add_account()
    codes = make(enter(world, account))
    for nth, code in enumerate(codes[left:]):
        browser = enter_by_code(world, account, code, f"browser-no-{nth}-0123456789-abcd")
    assert ("Only 3 recovery codes are left" in seen(browser, "/account")) is (left == 3)
