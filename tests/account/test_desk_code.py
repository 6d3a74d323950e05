"""The code for the desk stands on its owner's page alone, and only for whoever needs one."""

import re
from datetime import timedelta

import pytest

from idp.accounts.cards import SeenCard
from idp.accounts.proofing import Proofed, prove_at_desk
from idp.kit import clock
from idp.people.codes import LASTS
from idp.people.profile import read_profile
from tests.account.test_details import enter
from tests.signin.conftest import World

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
