"""Whoever has a passkey is asked for it in a browser that is known as theirs, and in no other."""

import re
from datetime import timedelta

import pytest

from idp.accounts.changes import change_account
from idp.factors.binding import find_bound, suspend
from idp.factors.kinds import PASSKEY
from idp.kit import clock
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

FIRST, USUAL = "Use your passkey", "Enter your password"


def with_passkey(world: World) -> tuple[Account, Browser]:
    """Somebody who has one, and the browser in which they signed in by password before that."""
    account, browser = world.add_account(totp=False), world.browser()
    sign_in(browser, account)
    person_id = account.registered.person_id
    with world.transaction() as db:
        give_passkey(db, SoftKey(), keyring=world.keyring, person_id=person_id)
    return account, browser


def sign_in(browser: Browser, account: Account, **fields: str) -> None:
    """By number and password, and go."""
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD, **fields)
    assert browser.session() is not None
    browser.client.cookies.delete(browser.names.session)


def second_page(browser: Browser, number: str) -> str:
    """What follows the number."""
    interaction = browser.open()
    answer = browser.post(f"/signin/{interaction}/identifier", identifier=number)
    return str(browser.get(answer.headers["location"]).text)


def title(page: str) -> str:
    found = re.search(r"<h1[^>]*>([^<]*)", page)
    assert found
    return found[1].strip()


def test_it_is_asked_for_in_the_browser_that_knows_its_owner(world: World) -> None:
    account, browser = with_passkey(world)
    page = second_page(browser, account.number)
    assert title(page) == FIRST
    assert 'name="password"' in page, "without a script it is there, on the same page"
    assert "allowCredentials" not in page
    other = world.add_account(totp=False)
    sign_in(browser, other)
    assert title(second_page(browser, other.number)) == USUAL, "who has none is asked as before"
    assert title(second_page(browser, account.number)) == FIRST, "both are at home here"


def test_elsewhere_the_page_is_the_same_for_every_number(world: World) -> None:
    account, _ = with_passkey(world)
    plain = world.add_account(totp=False)
    numbers = {account.number, plain.number, world.new_number()}
    unknown, anothers = world.browser("a-browser-that-nobody-knows-0123"), world.browser()
    sign_in(anothers, plain)
    for browser in (unknown, anothers):
        pages = {blank(second_page(browser, number), number) for number in numbers}
        assert len(pages) == 1
        assert title(pages.pop()) == USUAL


def blank(page: str, number: str) -> str:
    """Without what differs from one sign-in to the next."""
    page = page.replace(number, "").replace(number[-4:], "")
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", page)
    return re.sub(r'data-options="[^"]*"|nonce="[^"]*"', "", page)


@pytest.mark.parametrize("gone", ["taken away", "all access ended"])
def test_one_that_is_gone_is_not_asked_for(world: World, gone: str) -> None:
    account, browser = with_passkey(world)
    person_id = account.registered.person_id
    assert title(second_page(browser, account.number)) == FIRST, "the control"
    with world.transaction() as db:
        if gone == "taken away":
            [passkey] = find_bound(db, person_id=person_id, kind=PASSKEY)
            until = clock.now() + timedelta(hours=24)
            assert suspend(db, factor_id=passkey.id, person_id=person_id, until=until)
        else:
            change_account(db, person_id=person_id, at=clock.now())
    assert title(second_page(browser, account.number)) == USUAL


def test_after_a_wrong_password_the_password_is_what_the_page_is_about(world: World) -> None:
    account, browser = with_passkey(world)
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    path = f"/signin/{interaction}/password"
    assert title(browser.get(path).text) == FIRST
    browser.post(path, password="wrong")
    assert title(browser.get(path).text) == USUAL
    answer = browser.post(path, password=PASSWORD)
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"


def test_whom_the_browser_remembers_is_asked_for_it_at_once(world: World) -> None:
    account, browser = with_passkey(world)
    sign_in(browser, account, remember="yes")
    first = browser.get(f"/signin/{browser.open()}/identifier")
    assert title(browser.get(first.headers["location"]).text) == FIRST
