"""Somebody else set up a second step with the password: the owner says so, and who wins."""

import re

import pyotp
from sqlalchemy import select

from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP
from idp.journal.models import JournalEntry
from idp.kit import clock
from tests.signin.conftest import Account, Browser, World

PATH = "/account/factor"
NOT_MINE = f"{PATH}/not-mine"


def signed_in(world: World, account: Account, name: str) -> Browser:
    browser = world.browser(name)
    browser.sign_in(browser.open(), account)
    return browser


def set_up_app(browser: Browser) -> None:
    page = browser.get(f"{PATH}/new").text
    secret = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", page)
    assert secret
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(clock.now())
    assert browser.post(f"{PATH}/new", otp=code).headers["location"] == PATH


def held(world: World, account: Account) -> set[object]:
    with world.transaction() as db:
        return {*read_credentials(db, person_id=account.registered.person_id).held}


def test_the_owner_objects_to_an_app_and_chooses_a_new_password(world: World) -> None:
    """G1: the owner of an account to which somebody had added an app had no page to say so."""
    account = world.add_account(totp=False)
    thief = signed_in(world, account, "thiefs-browser-0123456789-abcde")
    set_up_app(thief)
    assert "It was not me" not in thief.get(PATH).text, "who shows it did set it up"
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    assert "Then object to it now" in owner.get("/account").text
    assert "Then object to it now" not in thief.get("/account").text
    assert "It was not me" in owner.get(PATH).text
    answer = owner.post(NOT_MINE, shown_at=PATH)
    assert answer.headers["location"] == "/account/password"
    assert held(world, account) == {PASSWORD}
    assert thief.session() is None
    assert owner.get("/account/password").status_code == 200, "without signing in once more"
    number = account.registered.subject_number
    removed = (JournalEntry.subject_number == number, JournalEntry.event == "factor.removed")
    with world.transaction() as db:
        assert db.scalars(select(JournalEntry).where(*removed)).one().data == {"kind": "totp"}


def test_who_has_not_just_signed_in_objects_to_nothing(world: World) -> None:
    """G1: a browser found open ends nobody's enrolment."""
    account = world.add_account(totp=False)
    set_up_app(signed_in(world, account, "thiefs-browser-0123456789-abcde"))
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    delay = world.settings.assurance.enrolment_fresh
    with clock.shifted(delay + delay):
        answer = owner.post(NOT_MINE, shown_at=PATH)
    assert answer.headers["location"].startswith("/signin/")
    assert held(world, account) == {PASSWORD, TOTP}


def test_an_app_that_carries_the_proofing_is_not_disowned(world: World) -> None:
    """G1: else a password alone would take away what a desk or time has confirmed."""
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    set_up_app(owner)
    thief = signed_in(world, account, "thiefs-browser-0123456789-abcde")
    shown = thief.get(PATH).text
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', shown)
    assert token
    with clock.shifted(world.settings.assurance.confirmation_delay):
        thief.sign_in(thief.open(), account)
        answer = thief.client.post(NOT_MINE, data={"csrf_token": token[1]})
    assert answer.headers["location"].startswith("/signin/"), "the account asks for the app"
    assert held(world, account) == {PASSWORD, TOTP}


def test_whoever_knows_the_password_gains_nothing_by_objecting(world: World) -> None:
    """G1: they could put an app of their own in its place; the owner is told, and the delay runs.

    The owner wins with more than a password: a code to the register's contact, or a desk.
    """
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    set_up_app(owner)
    thief = signed_in(world, account, "thiefs-browser-0123456789-abcde")
    thief.post(NOT_MINE, shown_at=PATH)
    assert held(world, account) == {PASSWORD}
    session = thief.session()
    assert session is not None
    assert session.kinds == (PASSWORD,)
    set_up_app(thief)
    session = thief.session()
    assert session is not None
    assert session.confirmed_authentication == 1


def test_who_is_asked_for_a_code_of_an_app_they_never_had_finds_the_way(world: World) -> None:
    account = world.add_account(totp=False)
    set_up_app(signed_in(world, account, "thiefs-browser-0123456789-abcde"))
    owner = world.browser("owners-browser-0123456789-abcde")
    interaction = owner.open(needed_authentication=2)
    owner.sign_in(interaction, account)
    page = owner.get(f"/signin/{interaction}/otp").text
    assert "I never set up such an app" in page
    assert f'href="{PATH}"' in page
    assert owner.get(PATH).status_code == 200
