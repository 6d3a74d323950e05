"""Session management: what an answer says of the sign-in, and the page that checks it."""

import hashlib

import pytest

from idp.settings.server import IssuerSettings
from idp.web.cookies import NOBODY, CookieNames, browser_state
from tests.oidc.conftest import REDIRECT, Browser, World, answer_of


@pytest.fixture
def world(shared_world: World) -> World:
    """Nothing here asks what others recorded."""
    return shared_world


def digest(client_id: str, origin: str, state: str, salt: str) -> str:
    return hashlib.sha256(f"{client_id} {origin} {state} {salt}".encode()).hexdigest()


def state_of(browser: Browser) -> str:
    return browser.client.cookies.get(browser.names.state) or ""


def test_an_answer_says_which_state_the_browser_is_in(world: World) -> None:
    browser = world.someone()
    first, second = (answer_of(browser.authorize())["session_state"] for _ in range(2))
    assert first != second
    for session_state in (first, second):
        value, salt = session_state.split(".")
        assert value == digest("rp", "https://rp.example", state_of(browser), salt)
    assert "session_state" not in answer_of(browser.authorize(scope="nonsense"))


def test_an_application_that_shows_no_pages_is_told_nothing(world: World) -> None:
    uri = "vn.gov.example.app:/callback"
    world.party("app", redirect_uris=[uri, REDIRECT], application_type="native")
    browser = world.browser()
    person = world.person()
    browser.sign_in(person)
    answer = browser.authorize(client_id="app", redirect_uri=uri, prompt="none")
    assert answer.headers["location"].startswith(uri)
    assert "session_state" not in answer.headers["location"]


def test_the_state_is_another_for_another_session_and_nobodys_without_one(world: World) -> None:
    browser = world.someone()
    first = browser.authorize().headers["set-cookie"]
    assert first.startswith(f"{browser.names.state}={state_of(browser)}; Path=/; SameSite=Lax")
    assert "HttpOnly" not in first
    assert "set-cookie" not in browser.authorize().headers
    hint = browser.redeem(browser.code()).json()["id_token"]
    sid = world.session_of(hint)
    assert state_of(browser) == browser_state(sid)
    assert sid.hex not in state_of(browser)

    browser.get("/end_session", params={"id_token_hint": hint})
    assert state_of(browser) == NOBODY
    again = world.someone()
    again.code()
    assert state_of(again) not in ("", NOBODY, browser_state(sid))


def test_a_form_from_another_site_takes_nothing_back_before_the_browser_brought_its_cookies(
    world: World,
) -> None:
    """G20: the state goes with the session, and a hint alone ends none."""
    browser, other = world.someone(), world.someone()
    hints = [b.redeem(b.code()).json()["id_token"] for b in (browser, other)]
    state = state_of(browser)
    cookieless = world.browser("another-browser-0123456789")
    for hint in hints:
        resume = cookieless.client.post("/end_session", data={"id_token_hint": hint})
        assert state_of(browser) == state
    assert state == browser_state(world.session_of(hints[0]))
    resume = cookieless.client.post("/end_session", data={"id_token_hint": hints[0]})
    browser.get(resume.headers["location"])
    assert state_of(browser) == NOBODY


def test_a_session_that_is_over_is_told_at_the_next_visit(world: World) -> None:
    browser = world.someone()
    browser.code()
    browser.set_cookie(browser.names.session, "g" * 43)
    assert answer_of(browser.authorize(prompt="none"))["error"] == "login_required"
    assert state_of(browser) == NOBODY


def test_a_frame_without_our_session_cookie_changes_nothing(world: World) -> None:
    """On another site browsers send no Lax cookie: that says nothing of who is signed in."""
    browser = world.someone()
    browser.code()
    state = state_of(browser)
    browser.client.cookies.delete(browser.names.session)
    assert answer_of(browser.authorize(prompt="none"))["error"] == "login_required"
    assert state_of(browser) == state


@pytest.mark.asvs("3.4.6")
def test_only_this_page_may_be_framed_and_only_its_script_runs(world: World) -> None:
    browser = world.browser()
    page = browser.get("/check_session")
    policy = page.headers["content-security-policy"]
    nonce = page.text.split('nonce="')[1].split('"')[0]
    assert f"script-src 'nonce-{nonce}'" in policy
    assert "frame-ancestors" not in policy
    assert "x-frame-options" not in page.headers
    assert page.headers["cross-origin-resource-policy"] == "cross-origin"
    assert f'"{browser.names.state}="' in page.text
    assert nonce not in browser.get("/check_session").text
    elsewhere = browser.get("/authorize").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in elsewhere
    assert "frame-src" not in elsewhere


@pytest.mark.asvs("3.3.2")
def test_under_https_the_state_is_readable_in_frames_on_other_sites() -> None:
    assert CookieNames.under(IssuerSettings(url="https://id.example.vn")).state == "__Host-state"
