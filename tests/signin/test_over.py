"""A sign-in that is over names the service and leads back; without cookies the page says so."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from idp.interactions.end import end_interaction
from idp.interactions.opening import Credit
from idp.kit import clock
from tests.signin.conftest import PASSWORD, Browser, World
from tests.signin.test_repeats import fill
from tests.support.people import add_agency, add_relying_party

CLIENTS = Path(__file__).parents[2] / "clients"
STRANGER = "a-strangers-browser-0123456789"
COOKIES = "This address needs cookies"


def begun(world: World, *, login: str = "", home: str = "") -> tuple[Browser, str]:
    """A browser at a sign-in for a service that registers those addresses."""
    name = f"over-{bool(login):d}{bool(home):d}"
    with world.transaction() as db:
        code = f"G9{bool(login):d}{bool(home):d}-{clock.now().microsecond}"
        party = add_relying_party(db, client_id=f"{name}-{code}", agency=add_agency(db, code=code))
        party.initiate_login_uri, party.client_uri = login, home
        credit = Credit(relying_party_id=party.id, service_id=party.default_service_id)
    browser = world.browser()
    return browser, browser.open(client_id=party.client_id, credit=credit)


@pytest.mark.parametrize(
    ("login", "home", "link"),
    [
        ("https://rp.example/in", "https://rp.example/", "https://rp.example/in?iss="),
        ("", "https://rp.example/", 'href="https://rp.example/"'),
        ("", "", ""),
    ],
)
@pytest.mark.parametrize("how", ["finished", "left open"])
def test_a_sign_in_that_is_over_names_the_service_and_leads_back(
    world: World, how: str, login: str, home: str, link: str
) -> None:
    """A4: Back after finishing, and a page left open past its time."""
    browser, interaction = begun(world, login=login, home=home)
    path = f"/signin/{interaction}/identifier"
    form = fill(browser, path, identifier="001190000123")
    later = world.settings.sessions.interaction + timedelta(seconds=1)
    if how == "finished":
        later = timedelta(0)
        with world.transaction() as db:
            end_interaction(db, interaction_id=world.interaction(interaction).id)
    with clock.shifted(later):
        answers = [browser.get(path), browser.client.post(path, data=form)]
        other = world.browser(STRANGER).get(path)
    for answer in answers:
        assert answer.status_code == 400
        assert ("open for too long" in answer.text) is (how == "left open")
        assert ("finished or broken off" in answer.text) is (how == "finished")
        assert "Test service" in answer.text
        assert "Test Ministry" in answer.text
        assert (link in answer.text) if link else ("Go on to" not in answer.text)
    assert "Test service" not in other.text, "another browser is told nothing"
    assert other.status_code == 400


def test_a_sign_in_at_a_device_that_is_over_leads_to_where_codes_are_typed(world: World) -> None:
    """A4: a kiosk has no page to go back to."""
    browser, interaction = begun(world, home="https://kiosk.example/")
    with world.transaction() as db:
        row = db.merge(world.interaction(interaction))
        row.device_code = "BCFG-HJKL"
    with clock.shifted(world.settings.sessions.interaction + timedelta(seconds=1)):
        page = browser.get(f"/signin/{interaction}/identifier").text
    assert 'href="/device"' in page
    assert "kiosk.example" not in page


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_browser_that_sends_no_cookie_is_told_that_they_are_needed(
    world: World, method: str
) -> None:
    """A5: blocked from the start, or cleared half-way."""
    account = world.add_account(totp=False)
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    path = f"/signin/{interaction}/password"
    form = {"csrf_token": "of a page shown before", "password": PASSWORD}
    browser.client.cookies.clear()
    answer = browser.client.request(method, path, data=form if method == "POST" else None)
    assert answer.status_code in (400, 403)
    assert "cần cookie" in answer.text, "in the country's language: that cookie is gone, too"


def test_a_browser_that_sends_cookies_is_not_told_to_allow_them(world: World) -> None:
    """A5: another browser's link, and a form that is no longer valid, read as before."""
    browser = world.browser()
    interaction = browser.open()
    stranger = world.browser(STRANGER)
    page = stranger.get(f"/signin/{interaction}/password")
    assert COOKIES not in page.text
    assert "begun in another browser" in page.text
    form = {"csrf_token": "0" * 64, "identifier": "001190000123"}
    refused = browser.client.post(f"/signin/{interaction}/identifier", data=form)
    assert (refused.status_code, COOKIES in refused.text) == (403, False)
    assert "no longer valid" in refused.text


def test_every_sample_says_where_it_is_and_where_a_sign_in_begins() -> None:
    """A4: but for those at which nobody signs in by a browser."""
    seen = 0
    for file in CLIENTS.glob("*/relying_party.toml"):
        for party in tomllib.loads(file.read_text())["relying_party"]:
            if "redirect_uris" in party:
                assert party["initiate_login_uri"].startswith(party["client_uri"]), file
                seen += 1
    assert seen >= 3
