"""A passkey is offered after a sign-in at a service: once a month, where a device can keep one."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from idp.factors.credentials import read_credentials
from idp.factors.models import PasskeyOffer
from idp.interactions.opening import Requested
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.passkeys import UP, SoftKey
from tests.support.people import give_passkey

TAKEN = {"client_id": "a-service"}


def capable(world: World, browser_id: str = "a-browser-with-a-screen-lock-0123") -> Browser:
    """A browser whose script has found that the device can keep a passkey."""
    browser = world.browser(browser_id)
    browser.client.cookies.set(browser.names.makes_passkeys, "yes", domain="localhost.local")
    return browser


def sign_in(browser: Browser, account: Account, **values: Any) -> tuple[str, str]:
    """By number and password, and go; the sign-in, and where the last form led."""
    interaction = browser.open(**{**TAKEN, **values})
    browser.post(f"/signin/{interaction}/identifier?other=1", identifier=account.number)
    answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    if answer.headers["location"].endswith("/otp"):
        answer = browser.post(f"/signin/{interaction}/otp", otp=account.code())
    return interaction, answer.headers["location"].rpartition("/")[2]


def is_offered(browser: Browser, account: Account, **values: Any) -> bool:
    """Whether the last page before the service is the offer."""
    interaction, page = sign_in(browser, account, **values)
    assert page in ("offer", interaction)
    browser.client.cookies.delete(browser.names.session)
    return page == "offer"


def pass_days(world: World, account: Account, days: int) -> None:
    mine = PasskeyOffer.person_id == account.registered.person_id
    earlier = {"offered_at": PasskeyOffer.offered_at - timedelta(days=days)}
    with world.transaction() as db:
        db.execute(update(PasskeyOffer).where(mine).values(earlier))


def held(world: World, account: Account) -> set[str]:
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    return {kind.name for kind in own.held}


def asked(browser: Browser, path: str) -> str:
    found = re.search(r'data-options="([^"]*)"', browser.get(path).text)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("totp", [False, True], ids=["password alone", "with an app"])
def test_it_is_made_within_the_sign_in_and_counts_once_it_was_shown(
    world: World, *, totp: bool
) -> None:
    account, browser, key = world.add_account(totp=totp), capable(world), SoftKey()
    interaction, page = sign_in(browser, account, needed_authentication=1 + totp)
    assert page == "offer"
    path = f"/signin/{interaction}/offer"
    made = browser.post(path, purpose="enrol", answer=key.create(asked(browser, path)))
    assert made.headers["location"] == path
    assert "passkey" not in held(world, account)
    shown = browser.post(path, answer=key.get(asked(browser, path)), called="My  phone")
    assert shown.headers["location"] == f"/authorize/resume/{interaction}"
    assert "passkey" in held(world, account)
    session = browser.session()
    assert session is not None
    assert "swk" in session.amr
    browser.client.cookies.delete(browser.names.session)
    assert not is_offered(browser, account), "who has one is offered none"


@pytest.mark.parametrize("word", ["later", "never"])
def test_either_way_to_say_no_leads_to_the_service(world: World, word: str) -> None:
    account, browser = world.add_account(totp=False), capable(world)
    interaction, page = sign_in(browser, account)
    assert page == "offer"
    path = f"/signin/{interaction}/offer"
    answer = browser.post(path, **{word: "yes"})
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    browser.client.cookies.delete(browser.names.session)
    assert not is_offered(browser, account)
    assert not is_offered(capable(world, "another-browser-of-theirs-0123456"), account)
    pass_days(world, account, 29)
    assert not is_offered(browser, account)
    pass_days(world, account, 1)
    assert is_offered(browser, account) is (word == "later")


def in_a_browser_that_said_nothing(world: World, account: Account) -> bool:
    return is_offered(world.browser("a-browser-without-a-script-012345"), account)


def at_our_own_pages(world: World, account: Account) -> bool:
    return is_offered(capable(world), account, client_id="")


def for_a_device(world: World, account: Account) -> bool:
    return is_offered(capable(world), account, requested=Requested(device_code="ABCD-EFGH"))


def with_one_already(world: World, account: Account) -> bool:
    with world.transaction() as db:
        person_id = account.registered.person_id
        give_passkey(db, SoftKey(), keyring=world.keyring, person_id=person_id)
    return is_offered(capable(world), account)


@pytest.mark.parametrize(
    "where",
    [in_a_browser_that_said_nothing, at_our_own_pages, for_a_device, with_one_already],
)
def test_elsewhere_no_page_more_is_shown(
    world: World, where: Callable[[World, Account], bool]
) -> None:
    account, control = world.add_account(totp=False), world.add_account(totp=False)
    assert not where(world, account)
    assert is_offered(capable(world), control), "the control"


def test_a_password_alone_is_offered_none_for_an_account_with_an_app(world: World) -> None:
    account = world.add_account()
    assert not is_offered(capable(world), account)
    assert is_offered(capable(world), account, needed_authentication=2), "the control"


def test_what_is_made_with_a_lie_is_refused_and_the_way_on_stays(world: World) -> None:
    account, browser, key = world.add_account(totp=False), capable(world), SoftKey()
    interaction, _ = sign_in(browser, account)
    path = f"/signin/{interaction}/offer"
    lie = key.create(asked(browser, path), flags=UP)
    assert "could not be added" in browser.refused(path, purpose="enrol", answer=lie)
    browser.post(path, answer=key.create(asked(browser, path)))
    lie = key.get(asked(browser, path), challenge="AAAA")
    assert "could not be added" in browser.refused(path, answer=lie)
    assert "passkey" not in held(world, account)
    browser.post(path, again="yes")
    assert "pubKeyCredParams" in asked(browser, path), "another one may be made"
    answer = browser.post(path, later="yes")
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"


def test_nobody_comes_to_the_page_who_was_not_offered_one(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    interaction, page = sign_in(browser, account)
    assert page == interaction
    path = f"/signin/{interaction}/offer"
    assert browser.get(path).headers["location"] == f"/authorize/resume/{interaction}"
    half = browser.open(**TAKEN, needed_authentication=2)
    browser.post(f"/signin/{half}/identifier?other=1", identifier=account.number)
    assert browser.get(f"/signin/{half}/offer").status_code == 303
