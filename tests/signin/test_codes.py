"""Recovery codes offered beside the app that somebody has just set up on the way to a service."""

import re
from typing import Any

import pyotp

from idp.factors.credentials import read_credentials
from idp.factors.kinds import RECOVERY_CODE
from idp.kit import clock
from tests.signin.conftest import Account, Browser, World

CODE = re.compile(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")


def set_up_app(browser: Browser, path: str, **wanted: str) -> Any:
    """Set up the app of an enrolment page, and what comes of that."""
    page = browser.get(path).text
    assert 'name="codes"' in page, "offered at once"
    found = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", page)
    assert found
    otp = pyotp.TOTP(found[1].replace(" ", "")).at(clock.now())
    return browser.post(path, otp=otp, **wanted)


def set_up(world: World, *, wants_codes: bool) -> tuple[Account, Browser, str, Any]:
    account, browser = world.add_account(totp=False, proofing=0), world.browser()
    interaction = browser.open(needed_authentication=2)
    assert browser.sign_in(interaction, account).headers["location"].endswith("/enrol")
    wanted = {"codes": "yes"} if wants_codes else {}
    answer = set_up_app(browser, f"/signin/{interaction}/enrol", **wanted)
    return account, browser, f"/signin/{interaction}/codes", answer


def has_codes(world: World, account: Account) -> bool:
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
        return RECOVERY_CODE in own.held


def test_whoever_wants_none_has_no_page_more(world: World) -> None:
    account, browser, path, answer = set_up(world, wants_codes=False)
    assert "/authorize/resume/" in answer.headers["location"]
    assert "/authorize/resume/" in browser.get(path).headers["location"]
    assert not has_codes(world, account)


def test_ten_codes_are_shown_until_they_are_said_to_be_on_paper(world: World) -> None:
    account, browser, path, answer = set_up(world, wants_codes=True)
    assert answer.headers["location"] == path
    codes = CODE.findall(browser.get(path).text)
    assert len(set(codes)) == 10
    assert not has_codes(world, account)
    page = browser.refused(path)
    assert "then tick the box" in page
    assert CODE.findall(page) == codes, "nothing is lost by that"
    assert "/authorize/resume/" in browser.post(path, kept="yes").headers["location"]
    assert has_codes(world, account)
    assert browser.get(path).status_code == 303, "never again"
    other = world.browser("another-browser-0123456789-abcd")
    interaction = other.open(needed_authentication=2)
    other.sign_in(interaction, account)
    answer = other.post(f"/signin/{interaction}/recovery-code", code=codes[4])
    assert "/authorize/resume/" in answer.headers["location"]


def test_later_leads_on_without_a_set(world: World) -> None:
    account, browser, path, _ = set_up(world, wants_codes=True)
    assert "/authorize/resume/" in browser.post(path, later="yes").headers["location"]
    assert not has_codes(world, account)
    assert browser.get(path).status_code == 303
