"""The way from the identifier to a session, and what the password page refuses."""

import re
from datetime import timedelta
from typing import Any

import pytest

from idp.kit import clock
from tests.signin.conftest import PASSWORD, World


def test_identifier_and_password_lead_back_to_the_opener(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open()
    answer = browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/signin/{interaction}/password",
    )
    answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/authorize/resume/{interaction}",
    )
    session = browser.session()
    assert session is not None
    assert session.person_id == account.registered.person_id
    assert (session.authentication, session.amr) == (1, ("pwd",))
    assert world.interaction(interaction).sid == session.sid
    assert world.events(interaction) == ["session.started"]


@pytest.mark.asvs("3.3.4")
def test_a_full_sign_in_makes_a_browser_known_by_a_secret_that_changes(world: World) -> None:
    """F1: the secret is random, lasts, stays with this host and is out of reach of scripts."""
    account, browser = world.add_account(totp=False), world.browser()
    seen = []
    for _ in range(2):
        interaction = browser.open()
        browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
        wrong = browser.post(f"/signin/{interaction}/password", password="not the right one")
        assert not device_cookies(wrong, browser.names.device)
        right = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
        seen += device_cookies(right, browser.names.device)
        browser.client.cookies.delete(browser.names.session)
    assert len(set(seen)) == 2
    for cookie in seen:
        assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()


def test_a_password_alone_makes_no_browser_known_where_there_is_an_app(world: World) -> None:
    """F1: only all that a person has makes a browser known."""
    account, browser = world.add_account(totp=True), world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    right = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert right.status_code == 303
    assert browser.session()
    assert not device_cookies(right, browser.names.device)


def device_cookies(answer: Any, name: str) -> list[str]:
    """The cookies of that name that an answer sets."""
    return [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}=")]


def user_name(page: str) -> list[str]:
    """What a password manager finds as user name beside the password."""
    return re.findall(r'<input[^>]*value="([^"]*)"[^>]*autocomplete="username"[^>]*>', page)


def test_a_password_manager_finds_the_number_that_was_typed(world: World) -> None:
    """A6: whether or not somebody has it; before, it finds nothing."""
    account, nobody = world.add_account(totp=False), world.new_number()
    for number in (account.number, nobody):
        browser = world.browser()
        interaction = browser.open()
        browser.post(f"/signin/{interaction}/identifier", identifier=f" {number[:6]} {number[6:]}")
        page = browser.get(f"/signin/{interaction}/password").text
        assert user_name(page) == [number]
        form = page[page.index('action="/signin') :]
        assert form.index('autocomplete="username"') < form.index('type="password"')


def test_who_is_asked_again_without_typing_a_number_shows_it_to_nobody(world: World) -> None:
    """A6: whoever stands at a browser left open reads its last digits, as before."""
    account, browser = world.add_account(totp=False), world.browser()
    browser.sign_in(browser.open(), account)
    interaction = browser.open(authenticate_after=clock.now())
    browser.get(f"/signin/{interaction}/identifier")
    page = browser.get(f"/signin/{interaction}/password").text
    assert account.number not in page
    assert f"••••••••{account.number[-4:]}" in page


@pytest.mark.parametrize(
    ("after", "hint"), [("", "Add your six"), ("123456", "its 12 digits only")]
)
def test_a_wrong_password_is_told_what_fits_the_number_as_typed(
    world: World, after: str, hint: str
) -> None:
    """From what was typed alone, so it tells nothing of any account."""
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=world.new_number() + after)
    page = browser.refused(f"/signin/{interaction}/password", password="not the right one")
    assert [one for one in ("Add your six", "its 12 digits only") if one in page] == [hint]


def test_nothing_typed_is_no_guess(world: World) -> None:
    """A5: the server says so in its own words, naming the field, and counts no attempt."""
    account, browser = world.add_account(totp=True), world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    for _ in range(world.settings.throttle.source_limit):
        page = browser.refused(f"/signin/{interaction}/password", password="")
        assert "Enter your password." in page
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    needed = browser.open(needed_authentication=2)
    browser.get(f"/signin/{needed}/identifier")
    assert "Enter the code that the app shows." in browser.refused(f"/signin/{needed}/otp", otp="")
    assert set(world.events(interaction) + world.events(needed)) == {"session.started"}


def test_the_last_tries_are_counted_alike_for_a_number_that_nobody_has(world: World) -> None:
    """C14: what is left belongs to the source, and says nothing of an account."""
    account = world.add_account(totp=False)
    told = {number: miss_until_none_is_left(world, number) for number in (account.number, "")}
    assert told[account.number] == told[""]
    assert [left for left in told[""] if left is not None] == ["5", "4", "3", "2", "1", "no"]
    assert told[""][:2] == [None, None]


def miss_until_none_is_left(world: World, number: str) -> list[str | None]:
    """How many tries each page says are left."""
    number = number or world.new_number()
    browser = world.browser(f"a-guesser-of-{number}-0123", address="198.51.100.60")
    said = []
    for n in range(world.settings.throttle.source_limit_at_account):
        with clock.shifted(timedelta(minutes=6) * n):
            interaction = browser.open()
            browser.post(f"/signin/{interaction}/identifier", identifier=number)
            page = browser.refused(f"/signin/{interaction}/password", password=f"a guess, no. {n}")
            found = re.search(r"try (\d) more times?|(no) tries are left", page)
            said.append((found[1] or found[2]) if found else None)
    return said


def test_a_browser_that_is_known_is_told_of_no_last_tries(world: World) -> None:
    """C14: it does not wait for its source; the control to the page above."""
    account, browser = world.add_account(totp=False), world.browser(address="198.51.100.61")
    browser.sign_in(browser.open(), account)
    browser.client.cookies.delete(browser.names.session)
    for n in range(world.settings.throttle.source_limit_at_account):
        with clock.shifted(timedelta(minutes=6) * n):
            interaction = browser.open()
            browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
            page = browser.refused(f"/signin/{interaction}/password", password=f"a guess, no. {n}")
            assert "from your network" not in page


def test_whoever_is_refused_finds_help_about_the_six_digits(world: World) -> None:
    """The message speaks of them; before it nobody needs the link."""
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=world.new_number())
    path = f"/signin/{interaction}/password"
    assert "/help/lost-digits" not in browser.get(path).text
    assert 'href="/help/lost-digits?signin=' in browser.refused(path, password="not the right one")
