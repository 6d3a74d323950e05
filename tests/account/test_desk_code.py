"""The code for the desk stands on its owner's page alone, and only for whoever needs one."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from idp.accounts.cards import OtherCard, SeenCard
from idp.accounts.desk_confirmation import confirm_factor_at_desk
from idp.accounts.proofing import Proofed, prove_at_desk
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSKEY
from idp.factors.models import Authenticator
from idp.kit import clock
from idp.people.codes import LASTS, Purpose, open_code
from idp.people.profile import read_profile
from tests.account.test_details import enter
from tests.signin.conftest import Account, Browser, World
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

PATH = "/account/desk-code"


def shown(text: str) -> str:
    found = re.search(r'id="desk-code">(\d{4}-\d{4})<', text)
    return found[1] if found else ""


def test_the_code_on_the_page_proves_the_account_and_signs_out(world: World) -> None:
    """G2: what an official types names the account of the session that shows it."""
    account = world.add_account(proofing=0, totp=False)
    browser = enter(world, account)
    assert not shown(browser.get(PATH).text)
    browser.post(PATH)
    older = shown(browser.get(PATH).text)
    browser.post(PATH)
    code = shown(browser.get(PATH).text)
    assert code == shown(browser.get(PATH).text), "reloading makes none"
    assert code
    assert older != code
    person_id = account.registered.person_id
    with world.transaction() as db:
        profile = read_profile(db, keyring=world.keyring, person_id=person_id)
        results = [
            prove_at_desk(
                db,
                keyring=world.keyring,
                number=account.number,
                challenge=challenge,
                card=SeenCard(profile.name, profile.birthdate, compared_again=True),
                at=clock.now(),
            )
            for challenge in (older, code)
        ]
    assert results == [None, Proofed(person_id, 1)]
    assert browser.session() is None
    assert browser.get(PATH).headers["location"].startswith("/signin/")


def test_a_code_is_shown_as_long_as_it_may_be_used(world: World) -> None:
    browser = enter(world, world.add_account(proofing=0, totp=False))
    browser.post(PATH)
    with clock.shifted(LASTS - timedelta(seconds=1)):
        assert shown(browser.get(PATH).text)
    with clock.shifted(LASTS):
        assert not shown(browser.get(PATH).text)


def test_whoever_was_seen_face_to_face_needs_none(world: World) -> None:
    browser = enter(world, world.add_account(proofing=2, totp=False))
    assert "You need none" in browser.get(PATH).text


@pytest.mark.parametrize(
    ("proofing", "totp", "leads"),
    [(0, False, True), (1, False, True), (1, True, False), (2, False, False)],
)
def test_the_way_to_a_code_by_mail_is_for_whom_it_would_raise(
    world: World, proofing: int, totp: bool, leads: bool
) -> None:
    """G1: also for who has no second factor that carries what a mailed code showed before."""
    browser = enter(world, world.add_account(proofing=proofing, totp=totp))
    location = browser.get("/account/confirm").headers["location"]
    assert location.endswith("/confirm" if leads else "/details")


@pytest.mark.parametrize(("totp", "is_told"), [(False, True), (True, False)])
def test_a_second_step_is_set_up_before_the_code_is_shown(
    world: World, totp: bool, is_told: bool
) -> None:
    """C1: set up after the visit, it would not count for days; the page leads to it."""
    browser = enter(world, world.add_account(proofing=0, totp=totp))
    browser.post(PATH)
    page = browser.get(PATH).text
    assert shown(page)
    assert ("does not count for 3 days" in page) is is_told
    for href in ("/account/factor/new", "/help/no-app"):
        assert (f'href="{href}"' in page) is is_told


@pytest.mark.parametrize("by", ["passkey", "password"])
def test_it_confirms_the_passkey_that_its_session_was_begun_with(world: World, by: str) -> None:
    """G1: of a passkey nothing can be read out; a password alone confirms nothing."""
    account, key = world.add_account(totp=False), SoftKey()
    person_id = account.registered.person_id
    with world.transaction() as db:
        factor_id = give_passkey(db, key, keyring=world.keyring, person_id=person_id)
        pending = {"carries_from": clock.now() + timedelta(days=3)}
        db.execute(update(Authenticator).filter_by(id=factor_id).values(pending))
    browser = enter(world, account) if by == "password" else enter_by_passkey(world, key)
    if by == "password":
        assert "You need none" in browser.get(PATH).text
        with world.transaction() as db:
            sid = browser.session().sid
            about = {"person_id": person_id, "sid": sid, "about": account.number}
            given = {"keyring": world.keyring, "purpose": Purpose.DESK, "at": clock.now()}
            open_code(db, code := "12345678", **about, **given)
    else:
        browser.post(PATH)
        code = shown(browser.get(PATH).text)
    other = world.add_account(totp=False)
    assert confirm(world, other, code) is None, "it says whose session it is"
    assert confirm(world, account, code) is (True if by == "passkey" else None)
    assert carries(world, account) is (by == "passkey")
    assert confirm(world, account, code) is None, "it works once"
    if by == "passkey":
        assert browser.session() is None, "they sign in again with it"
        assert "You need none" in enter_by_passkey(world, key).get(PATH).text


def test_a_doubt_does_not_spend_it_and_another_card_does(world: World) -> None:
    account, key = world.add_account(totp=False), SoftKey()
    person_id = account.registered.person_id
    with world.transaction() as db:
        factor_id = give_passkey(db, key, keyring=world.keyring, person_id=person_id)
        pending = {"carries_from": clock.now() + timedelta(days=3)}
        db.execute(update(Authenticator).filter_by(id=factor_id).values(pending))
    browser = enter_by_passkey(world, key)
    browser.post(PATH)
    code = shown(browser.get(PATH).text)
    assert isinstance(confirm(world, account, code, name="Trần Thị Mai"), OtherCard)
    assert confirm(world, account, code) is None, "whoever has it tries no cards"
    browser.post(PATH)
    assert confirm(world, account, shown(browser.get(PATH).text)) is True, "the control"


def enter_by_passkey(world: World, key: SoftKey) -> Browser:
    """A browser in which that passkey has just signed in."""
    browser = world.browser(f"a-browser-of-theirs-{key.id.hex()[:12]}")
    first = f"/signin/{browser.open()}/identifier"
    asked = re.search(r'data-options="([^"]*)"', browser.get(first).text)
    assert asked
    to, answer = first.replace("identifier", "passkey"), key.get(html.unescape(asked[1]))
    browser.post(to, shown_at=first, answer=answer)
    assert browser.session() is not None
    return browser


def confirm(world: World, account: Account, code: str, *, name: str = "") -> object:
    person_id = account.registered.person_id
    with world.transaction() as db:
        profile = read_profile(db, keyring=world.keyring, person_id=person_id)
        return confirm_factor_at_desk(
            db,
            keyring=world.keyring,
            person_id=person_id,
            typed=code,
            card=SeenCard(name or profile.name, profile.birthdate, compared_again=True),
            at=clock.now(),
        )


def carries(world: World, account: Account) -> bool:
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    return PASSKEY in own.confirmed(at=clock.now())
