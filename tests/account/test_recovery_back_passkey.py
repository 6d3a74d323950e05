"""T14: a passkey that a recovery set aside, with the password before, takes the account back."""

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from idp.account.recovery_visit import BACK, PATH
from idp.factors.credentials import read_credentials
from idp.factors.models import Authenticator
from idp.kit import clock
from idp.rate_limits import FAILURES, count
from tests.account.recovering import (
    let_days_pass,
    take_over,
    title,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

OWN = "bếp lửa sáng mùa đông"
REFUSED, NOTHING = "does not work here", "Passkey and password do not belong together"
BOTH = "Enter the password that the account had before"
OVER = "took too long"
HAPPENED = "and had waited, set a new password"


def lost(world: World, key: SoftKey) -> Account:
    """An account with that passkey, which somebody else got by waiting."""
    account, address = with_address(world, totp=False)
    give(world, account, key)
    take_over(world, account, address)
    return account


def give(world: World, account: Account, key: SoftKey) -> UUID:
    person_id = account.registered.person_id
    with world.transaction() as db:
        return give_passkey(db, key, keyring=world.keyring, person_id=person_id)


def ask(browser: Browser) -> tuple[str, str]:
    """What the page asks of the browser, and what its form carries."""
    page = browser.get(BACK).text
    options = re.search(r'data-options="([^"]*)"', page)
    carried = re.search(r'name="asked" value="([^"]*)"', page)
    assert options
    assert carried
    return html.unescape(options[1]), carried[1]


def show(browser: Browser, key: SoftKey, *, before: str = PASSWORD, **lie: Any) -> str:
    """Answer with that passkey, and that password; the page that follows."""
    options, carried = ask(browser)
    assert "allowCredentials" not in options
    return send(browser, key.get(options, **lie), carried, before=before)


def send(browser: Browser, answer: str, carried: str, *, before: str = PASSWORD) -> str:
    form = {"answer": answer, "asked": carried, "before": before}
    sent = browser.post(f"{BACK}/passkey", shown_at=BACK, **form)
    assert sent.status_code == 303
    return str(browser.get(sent.headers["location"]).text)


def take_back(browser: Browser) -> str:
    browser.post(f"{PATH}/password", shown_at=PATH, password=OWN, again=OWN)
    return title(browser)


def owner(world: World, account: Account) -> Browser:
    return world.browser(f"owner-{account.number}-0123456789")


def test_the_owner_takes_it_back_without_the_number(world: World) -> None:
    key = SoftKey()
    account = lost(world, key)
    person_id = account.registered.person_id
    with world.transaction() as db:
        own = read_credentials(db, person_id=person_id)
    assert [kind.name for kind in own.held] == ["password"], "it signs nobody in"
    browser = owner(world, account)
    assert HAPPENED in show(browser, key)
    assert title(browser) == "Take your account back"
    assert take_back(browser) == "Your account is yours again"
    with world.transaction() as db:
        own = read_credentials(db, person_id=person_id)
    assert {kind.name for kind in own.held} == {"password", "passkey"}
    assert own.proofing == 2
    assert NOTHING in show(owner(world, account), key), "nothing rests any more"


@pytest.mark.parametrize("door", ["sign-in", "recovery"])
def test_it_is_good_for_nothing_else(world: World, door: str) -> None:
    """Nor is one that counts good for taking back: it signs in."""
    key, control = SoftKey(), SoftKey()
    account = lost(world, key)
    for one, is_right in ((key, False), (control, True)):
        browser = world.browser(f"tries-{account.number}-{door}-{is_right}-0123")
        if one is control:
            give(world, account, one)
        if door == "sign-in":
            interaction = browser.open()
            first = f"/signin/{interaction}/identifier"
            options = re.search(r'data-options="([^"]*)"', browser.get(first).text)
            assert options
            sent = one.get(html.unescape(options[1]))
            browser.post(f"/signin/{interaction}/passkey", shown_at=first, answer=sent)
            assert (browser.session() is not None) is is_right
        else:
            assert (NOTHING in show(browser, one)) is is_right


def test_an_answer_counts_once_in_its_browser_and_in_its_time(world: World) -> None:
    key = SoftKey()
    account = lost(world, key)
    browser, other = owner(world, account), world.browser("another-browser-0123456789012")
    options, carried = ask(browser)
    answer = key.get(options)
    assert OVER in send(other, answer, carried)
    assert OVER in send(browser, answer, "made up")
    with clock.shifted(timedelta(minutes=16)):
        assert OVER in send(browser, answer, carried)
    assert HAPPENED in send(browser, answer, carried), "the control"
    browser.post(f"{PATH}/stop", shown_at=PATH)
    assert OVER in send(browser, f"{answer} ", carried), "the same once more"


@pytest.mark.parametrize(
    "lie",
    [{"challenge": "AAAA"}, {"origin": "https://elsewhere.example"}, {"signature": b"none"}],
    ids=["another challenge", "another site", "no signature"],
)
def test_what_is_wrong_opens_nothing(world: World, lie: dict[str, Any]) -> None:
    key = SoftKey()
    account = lost(world, key)
    browser = owner(world, account)
    assert REFUSED in show(browser, key, **lie)
    assert HAPPENED in show(browser, key), "the control"


def test_a_source_that_got_too_much_wrong_waits_and_no_other(world: World) -> None:
    """As at the form beside it; what it sends meanwhile leaves nothing."""
    key = SoftKey()
    lost(world, key)
    address, settings = "198.51.100.61", world.settings.throttle
    with world.transaction() as db:
        spent = FAILURES.of(address, keyring=world.keyring, settings=settings)
        for _ in range(settings.source_limit):
            assert count(db, spent, at=clock.now())
    assert "Too many wrong attempts." in show(world.browser(address=address), key)
    assert HAPPENED in show(world.browser(address="198.51.100.62"), key)


def test_one_of_which_there_is_a_copy_takes_nothing_back(world: World) -> None:
    key = SoftKey(is_synced=False, counts=True, count=5)
    account = lost(world, key)
    browser = owner(world, account)
    assert REFUSED in show(browser, key, count=5)
    assert HAPPENED in show(browser, key, count=9), "the control"


@pytest.mark.parametrize(("days", "is_back"), [(29, True), (30, False)])
def test_it_can_be_done_for_30_days(world: World, *, days: int, is_back: bool) -> None:
    key = SoftKey()
    account = lost(world, key)
    let_days_pass(world, account, days)
    assert (HAPPENED in show(owner(world, account), key)) is is_back


def test_one_that_another_recovery_set_aside_takes_nothing_back(world: World) -> None:
    """Of several the first counts; and what its person took away a day ago is no such thing."""
    first, second, away = SoftKey(), SoftKey(), SoftKey()
    account = lost(world, first)
    for key, values in (
        (second, {"lost_at": clock.now(), "suspended_until": clock.now() + timedelta(days=30)}),
        (away, {"suspended_until": clock.now() + timedelta(hours=24)}),
    ):
        factor_id = give(world, account, key)
        with world.transaction() as db:
            db.execute(update(Authenticator).filter_by(id=factor_id).values(values))
    assert NOTHING in show(owner(world, account), second)
    assert REFUSED in show(owner(world, account), away)
    assert HAPPENED in show(owner(world, account), first), "the control"
