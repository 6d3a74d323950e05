"""A browser that was asked to remembers a number, and asks for the rest at once."""

from datetime import timedelta

from idp.kit import clock
from tests.signin.conftest import PASSWORD, Browser, World

TICKED = {"remember": "yes"}


def remember(browser: Browser, number: str) -> str:
    """Sign in with a password, ticking the box; the interaction."""
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=number)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD, **TICKED)
    return interaction


def forget_session(browser: Browser) -> None:
    """As closing the browser does."""
    browser.client.cookies.delete(browser.names.session)


def test_who_ticked_the_box_is_asked_for_the_password_at_once(world: World) -> None:
    """And whoever did not is asked who they are."""
    account, browser = world.add_account(totp=False), world.browser()
    browser.sign_in(browser.open(), account)
    forget_session(browser)
    assert browser.get(f"/signin/{browser.open()}/identifier").status_code == 200
    remember(browser, account.number)
    forget_session(browser)
    interaction = browser.open()
    answer = browser.get(f"/signin/{interaction}/identifier")
    assert answer.headers["location"] == f"/signin/{interaction}/password"
    answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"


def test_only_the_last_digits_are_shown(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    remember(browser, account.number)
    forget_session(browser)
    interaction = browser.open()
    browser.get(f"/signin/{interaction}/identifier")
    page = browser.get(f"/signin/{interaction}/password").text
    assert account.number not in page
    assert f"•{account.number[-4:]}" in page
    assert account.number not in str(browser.client.cookies.get(browser.names.remembered))


def test_not_you_forgets(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    remember(browser, account.number)
    forget_session(browser)
    interaction = browser.open()
    browser.get(f"/signin/{interaction}/identifier")
    assert 'href="identifier?other=1"' in browser.get(f"/signin/{interaction}/password").text
    assert browser.get(f"/signin/{interaction}/identifier?other=1").status_code == 200
    assert browser.get(f"/signin/{browser.open()}/identifier").status_code == 200


def test_a_wrong_password_remembers_nobody(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.post(f"/signin/{interaction}/password", password="wrong", **TICKED)
    assert not browser.client.cookies.get(browser.names.remembered)
    assert remember(browser, account.number)
    assert browser.client.cookies.get(browser.names.remembered)


def test_another_browser_cannot_use_what_was_left_in_one(world: World) -> None:
    account, browser = world.add_account(totp=False), world.browser()
    remember(browser, account.number)
    left = str(browser.client.cookies.get(browser.names.remembered))
    other = world.browser("another-browser-0123456789-abc")
    for value in (left, left[:-8] + "AAAAAAA=", "x"):
        other.client.cookies.set(other.names.remembered, value, domain="localhost.local")
        assert other.get(f"/signin/{other.open()}/identifier").status_code == 200


def test_password_and_code_are_taken_from_one_page(world: World) -> None:
    """Once both were shown here, where both are needed; a wrong code is asked for again."""
    account, browser = world.add_account(), world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD, **TICKED)
    browser.post(f"/signin/{interaction}/otp", otp="000000")
    forget_session(browser)
    assert 'name="otp"' not in password_page(browser, browser.open(needed_authentication=2))
    interaction = browser.open(needed_authentication=2)
    browser.get(f"/signin/{interaction}/identifier")
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    browser.post(f"/signin/{interaction}/otp", otp=account.code())
    forget_session(browser)
    assert 'name="otp"' not in password_page(browser, browser.open())
    interaction = browser.open(needed_authentication=2)
    path = f"/signin/{interaction}/password"
    assert 'name="otp"' in password_page(browser, interaction)
    later = account.code(clock.now() + timedelta(seconds=30))
    assert "not right" in browser.refused(path, password="wrong", otp=later)
    answer = browser.post(path, password=PASSWORD, otp=account.code())
    assert answer.headers["location"] == f"/signin/{interaction}/otp"
    session = browser.session()
    assert session
    assert session.authentication == 1
    assert "used already" in browser.get(f"/signin/{interaction}/otp").text
    forget_session(browser)
    interaction = browser.open(needed_authentication=2)
    password_page(browser, interaction)
    answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD, otp=later)
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    session = browser.session()
    assert session
    assert session.authentication == 2


def password_page(browser: Browser, interaction: str) -> str:
    """What whoever is remembered sees first."""
    browser.get(f"/signin/{interaction}/identifier")
    return str(browser.get(f"/signin/{interaction}/password").text)
