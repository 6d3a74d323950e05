"""After each action the page says what happened, what that means and where to go on."""

import re

import pyotp
import pytest

from idp.consents.changes import grant_consent
from idp.kit import clock
from tests.account.test_password import NEW
from tests.signin.conftest import PASSWORD, Browser, World
from tests.support.people import add_agency, add_relying_party

STATUS = re.compile(r'<div class="notice success"\s+role="status".*?</div>', re.DOTALL)


def status(page: str) -> str:
    """The status message, without its markup; empty for none."""
    found = STATUS.search(page)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def act(browser: Browser, path: str, *, shown_at: str = "", **fields: str) -> str:
    """Send a form; the page it leads to."""
    answer = browser.post(path, shown_at=shown_at, **fields)
    assert answer.status_code == 303
    return str(browser.get(answer.headers["location"]).text)


def connected(world: World, browser: Browser, client_id: str) -> str:
    """A service that the browser's person has agreed to share with; its id."""
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        party = add_relying_party(db, client_id=client_id, agency=add_agency(db, code=client_id))
        party.client_name = party.client_name_en = client_id
        grant_consent(
            db,
            person_id=session.person_id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=[],
            evidence={},
        )
        return str(party.id)


def entered(world: World) -> Browser:
    browser = world.browser()
    browser.sign_in(browser.open(), world.add_account(totp=False))
    return browser


@pytest.mark.parametrize("language", ["en", "vi"])
def test_withdrawing_is_confirmed_until_another_page_is_opened(world: World, language: str) -> None:
    """A7: it names the service; reloading and the other language keep it."""
    browser, path = entered(world), "/account/services"
    client_id = f"withdrawn-{language}"
    party = connected(world, browser, client_id)
    page = act(browser, f"{path}/withdraw", shown_at=path, relying_party=party)
    assert f"Consent for {client_id} is withdrawn." in status(page)
    assert "sign in at the service" in status(page)
    assert re.search(r'role="status"\s+tabindex="-1"\s+autofocus', page)
    browser.client.cookies.set(browser.names.language, language, domain="localhost.local")
    assert client_id in status(browser.get(path).text)
    assert status(browser.get("/account/details").text) == ""
    assert status(browser.get(path).text) == ""


def test_what_was_not_done_is_not_said(world: World) -> None:
    """The control: a consent that there is not."""
    browser, path = entered(world), "/account/services"
    connected(world, browser, "kept-consent")
    for nobody in ("", "00000000-0000-4000-8000-000000000000"):
        page = act(browser, f"{path}/withdraw", shown_at=path, relying_party=nobody)
        assert status(page) == ""


def test_nobody_makes_up_a_status_message(world: World) -> None:
    browser, path = entered(world), "/account/services"
    party = connected(world, browser, "told-service")
    browser.post(f"{path}/withdraw", shown_at=path, relying_party=party)
    told = str(browser.client.cookies.get(browser.names.told))
    assert "told-service" not in told
    other = world.browser("another-browser-0123456789-abc")
    other.sign_in(other.open(), world.add_account(totp=False))
    for made_up in (told, told[:-4] + "AAA=", "x", ""):
        other.client.cookies.set(other.names.told, made_up, domain="localhost.local")
        page = other.get(path)
        assert (page.status_code, status(page.text)) == (200, "")


def test_signing_out_everywhere_is_asked_once_and_said(world: World) -> None:
    browser, path = entered(world), "/account/sessions"
    assert 'action="/account/sessions/end-all"' not in browser.get(path).text
    asked = browser.get(f"{path}/end-all").text
    assert "Sign out everywhere?" in asked
    assert browser.session() is not None
    assert "signed out everywhere" in status(act(browser, f"{path}/end-all"))
    assert browser.session() is None


def test_every_other_action_says_what_it_came_to(world: World) -> None:
    account = world.add_account(totp=False)
    here, there = world.browser(), world.browser("another-browser-0123456789-abc")
    for browser in (here, there):
        browser.sign_in(browser.open(), account)
    sessions, other = "/account/sessions", there.session()
    assert other is not None
    told = status(act(here, f"{sessions}/end", shown_at=sessions, sid=str(other.sid)))
    assert "The session has ended." in told
    there.sign_in(there.open(), account)
    assert "All other sessions" in status(act(here, f"{sessions}/end-others", shown_at=sessions))
    new = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert "Your password is changed." in status(act(here, "/account/password", **new))
    page = here.get("/account/factor/new").text
    [secret] = re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", page)
    otp = pyotp.TOTP(secret.replace(" ", "")).at(clock.now())
    assert "app is set up" in status(act(here, "/account/factor/new", otp=otp))
    mine = here.session()
    assert mine is not None
    told = status(act(here, f"{sessions}/end", shown_at=sessions, sid=str(mine.sid)))
    assert "signed out in this browser" in told


def test_buttons_alike_say_what_each_acts_on(world: World) -> None:
    """A17: to whoever hears them one after the other."""
    account = world.add_account(totp=False)
    here, there = world.browser(), world.browser("another-browser-0123456789-abc")
    for browser in (here, there):
        browser.sign_in(browser.open(), account)
    for client_id in ("one-service", "other-service"):
        connected(world, here, client_id)
    for path in ("/account/services", "/account/sessions"):
        page = here.get(path).text
        named = re.findall(r"<button[^>]*>(.*?)</button>", page, re.DOTALL)
        assert len(named) > 1
        assert len(set(named)) == len(named), path
