"""A code to the register's contact, shown again: a second step set up with it counts at once."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from idp.accounts.changes import confirm_factor
from idp.accounts.proofing import set_proofing
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP
from idp.kit import clock
from idp.people.identifiers import find_own_number
from idp.rate_limits import CODE_TRIES
from idp.settings import Settings
from idp.settings.server import MailSettings
from idp.web.routes import room_router
from tests.signin.conftest import PASSWORD as TYPED
from tests.signin.conftest import Browser, World
from tests.signin.test_confirm import SEND, letters, newcomer
from tests.support.app import room_app


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """Sign-in and account pages of a provider that can send mail."""
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    app = room_app(module_settings.model_copy(update={"mail": mail}), room_router("idp.signin"))
    app.router.routes += room_router("idp.account").routes
    yield World(app)
    app.state.runtime.engine.dispose()


def proven(world: World) -> tuple[Browser, str]:
    """A newcomer who typed the mailed code and stopped there; and their number."""
    browser, path, number = newcomer(world)
    browser.post(path, **SEND)
    browser.post(path, code=letters(world, browser)[-1])
    return browser, number


def sign_in(world: World, number: str, name: str, *, at_page: str = "enrol") -> tuple[Browser, str]:
    """With the password, for LoA2: the browser, and the path of its sign-in."""
    browser = world.browser(name)
    interaction = browser.open(needed_acr="LoA2", needed_authentication=2)
    browser.post(f"/signin/{interaction}/identifier", identifier=number)
    answer = browser.post(f"/signin/{interaction}/password", password=TYPED)
    assert answer.headers["location"].endswith(at_page)
    return browser, f"/signin/{interaction}"


def enrol(browser: Browser, path: str) -> pyotp.TOTP:
    secret = re.search(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>", browser.get(path).text)
    assert secret
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    browser.post(path, otp=app.at(clock.now()))
    return app


def kinds(world: World, browser: Browser) -> tuple[set[object], set[object]]:
    """What the owner of this browser's session has, and what of that carries their proofing."""
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        own = read_credentials(db, person_id=session.person_id)
    return {*own.held}, {*own.confirmed(at=clock.now())}


def test_who_stopped_before_the_app_shows_the_code_again_and_need_not_wait(world: World) -> None:
    """G1: a newcomer who stopped between the mailed code and the app waited three days."""
    first, number = proven(world)
    browser, path = sign_in(world, number, "the-next-days-browser-0123456789")
    assert 'href="confirm"' in browser.get(f"{path}/enrol").text
    assert "Show that it is you" in browser.get(f"{path}/confirm").text
    browser.post(f"{path}/confirm", **SEND)
    answer = browser.post(f"{path}/confirm", code=letters(world, browser)[-1])
    assert answer.headers["location"] == f"{path}/enrol"
    assert first.session() is None, "every session ends with that"
    assert "It is fully valid from" not in browser.get(f"{path}/enrol").text
    enrol(browser, f"{path}/enrol")
    session = browser.session()
    assert session is not None
    assert session.confirmed_authentication == 2
    assert kinds(world, browser) == ({PASSWORD, TOTP}, {PASSWORD, TOTP})
    answer = browser.client.get(f"{path}/confirm")
    assert answer.headers["location"].startswith("/authorize/resume"), (
        "there is nothing more to show"
    )


def test_an_app_that_was_set_up_and_shown_counts_by_the_code(world: World) -> None:
    """G1: on the way to a service that does not take it yet, and from the account's page."""
    _, number = proven(world)
    browser, path = sign_in(world, number, "the-next-days-browser-0123456789")
    enrol(browser, f"{path}/enrol")
    assert kinds(world, browser) == ({PASSWORD, TOTP}, {PASSWORD})
    assert 'href="confirm"' in browser.get(f"{path}/unmet").text
    assert "/account/confirm" in browser.get("/account/factor").text
    assert browser.get("/account/confirm").headers["location"].endswith("/confirm")
    browser.post(f"{path}/confirm", **SEND)
    answer = browser.post(f"{path}/confirm", code=letters(world, browser)[-1])
    assert answer.headers["location"].startswith("/authorize/resume")
    session = browser.session()
    assert session is not None
    assert session.confirmed_authentication == 2


def test_from_the_account_a_code_first_and_then_an_app_that_counts(world: World) -> None:
    """G1: set up at home it waited as well; an app under way is shown before it is confirmed."""
    _, number = proven(world)
    browser = world.browser("the-next-days-browser-0123456789")
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=number)
    browser.post(f"/signin/{interaction}/password", password=TYPED)
    assert 'href="/account/confirm"' in browser.get("/account/factor").text
    path = browser.get("/account/confirm").headers["location"]
    browser.post(path, **SEND)
    answer = browser.post(path, code=letters(world, browser)[-1])
    assert answer.headers["location"] == "/account/factor"
    enrol(browser, "/account/factor/new")
    assert kinds(world, browser) == ({PASSWORD, TOTP}, {PASSWORD, TOTP})


def test_from_the_account_it_is_said_what_a_code_did(world: World) -> None:
    """A newcomer's number is theirs now. Who has shown that before has no six digits."""
    browser, _, number = newcomer(world)
    path = browser.get("/account/confirm").headers["location"]
    browser.post(path, **SEND)
    answer = browser.post(path, code=letters(world, browser)[-1])
    assert answer.headers["location"] == "/account/details"
    told = browser.get("/account/details").text
    assert "the six digits are no longer needed" in told
    later = world.browser("the-next-days-browser-0123456789")
    interaction = later.open()
    later.post(f"/signin/{interaction}/identifier", identifier=number)
    later.post(f"/signin/{interaction}/password", password=TYPED)
    path = later.get("/account/confirm").headers["location"]
    later.post(path, **SEND)
    later.post(path, code=letters(world, later)[-1])
    told = later.get("/account/factor").text
    assert "It is confirmed that the number is yours." in told
    assert "the six digits" not in told


def test_an_app_that_was_not_shown_is_asked_for_before_a_code_would_take_it_away(
    world: World,
) -> None:
    """G1: its owner, who came with the password alone, keeps it."""
    _, number = proven(world)
    first, path = sign_in(world, number, "the-next-days-browser-0123456789")
    enrol(first, f"{path}/enrol")
    browser = world.browser("a-third-browser-0123456789-abcdef")
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=number)
    browser.post(f"/signin/{interaction}/password", password=TYPED)
    step = browser.get("/account/confirm").headers["location"]
    assert browser.get(step).headers["location"].endswith("/otp")


def test_a_password_alone_still_waits(world: World) -> None:
    """G1: control; a wrong code raises nothing, and what the right one raises is not theirs."""
    _, number = proven(world)
    thief, path = sign_in(world, number, "thiefs-browser-0123456789-abcde")
    thief.post(f"{path}/confirm", **SEND)
    assert "not right" in thief.refused(f"{path}/confirm", code="000000")
    enrol(thief, f"{path}/enrol")
    session = thief.session()
    assert session is not None
    assert session.confirmed_authentication == 1
    assert kinds(world, thief) == ({PASSWORD, TOTP}, {PASSWORD})


def test_a_code_takes_away_the_app_that_somebody_else_set_up(world: World) -> None:
    """G1: who shows more than the password wins."""
    _, number = proven(world)
    thief, path = sign_in(world, number, "thiefs-browser-0123456789-abcde")
    enrol(thief, f"{path}/enrol")
    owner, path = sign_in(world, number, "owners-browser-0123456789-abcde", at_page="otp")
    owner.post(f"{path}/confirm", **SEND)
    answer = owner.post(f"{path}/confirm", code=letters(world, owner)[-1])
    assert answer.headers["location"] == f"{path}/enrol"
    assert thief.session() is None
    assert kinds(world, owner)[0] == {PASSWORD}


def test_before_a_number_is_anybodys_its_mailbox_says_more_than_an_app(world: World) -> None:
    """G1: whoever set an app up first on a phished password does not keep the account by it."""
    owner, _, _ = newcomer(world)
    session = owner.session()
    assert session is not None
    with world.transaction() as db:
        own = find_own_number(db, keyring=world.keyring, person_id=session.person_id)
    assert own
    thief = world.browser("thiefs-browser-0123456789-abcde")
    interaction = thief.open()
    thief.post(f"/signin/{interaction}/identifier", identifier=own.claim)
    thief.post(f"/signin/{interaction}/password", password=TYPED)
    enrol(thief, "/account/factor/new")
    assert kinds(world, thief)[0] == {PASSWORD, TOTP}
    again, step = sign_in(world, own.claim, "owners-browser-0123456789-abcde", at_page="")
    assert 'href="confirm"' in again.get(f"{step}/unmet").text
    again.post(f"{step}/confirm", **SEND)
    again.post(f"{step}/confirm", code=letters(world, again)[-1])
    assert thief.session() is None
    assert kinds(world, again)[0] == {PASSWORD}


@pytest.mark.parametrize("seen", ["confirmed app", "face to face"])
def test_a_mailbox_and_a_password_are_not_enough_against_more(world: World, seen: str) -> None:
    """G1, G2: for whoever was seen face to face, or against an app that carries the proofing."""
    browser, number = proven(world)
    session = browser.session()
    assert session is not None
    person_id = session.person_id
    if seen == "confirmed app":
        enrol(browser, "/account/factor/new")
        assert kinds(world, browser)[1] == {PASSWORD, TOTP}
    else:
        with world.transaction() as db:
            set_proofing(db, keyring=world.keyring, person_id=person_id, proofing=2, at=clock.now())
            confirm_factor(db, person_id=person_id, kind=TOTP, by="desk", at=clock.now())
    page = "otp" if seen == "confirmed app" else "enrol"
    other, path = sign_in(world, number, "thiefs-browser-0123456789-abcde", at_page=page)
    answer = other.client.get(f"{path}/confirm")
    assert answer.headers["location"] == f"{path}/{page}"
    assert f"{path}/confirm" not in other.get(f"{path}/{page}").text
    sent = letters(world, other)
    other.post(f"{path}/confirm", shown_at=f"{path}/{page}", **SEND)
    assert letters(world, other) == sent
    answer = other.post(f"{path}/confirm", shown_at=f"{path}/{page}", code=sent[-1])
    assert answer.headers["location"] == f"{path}/{page}"


def test_tries_that_are_used_up_are_told_whatever_is_typed(world: World) -> None:
    """G15: the right code was called wrong; and the answer tells nobody which one is right."""
    browser, path, _ = newcomer(world)
    browser.post(path, **SEND)
    [code] = letters(world, browser)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        assert "not right" in browser.refused(path, code=wrong)
    page = browser.get(path).text
    assert "not read any more" in page
    assert 'name="code"' not in page
    with clock.shifted(timedelta(seconds=31)):
        browser.post(path, **SEND)
        newest = letters(world, browser)[-1]
        for _ in range(CODE_TRIES.most(world.settings.throttle) - 5):
            browser.refused(path, code=wrong)
    with clock.shifted(timedelta(seconds=100)):
        browser.post(path, shown_at=path, **SEND)
        newest = letters(world, browser)[-1]
        said = [browser.refused(path, code=typed) for typed in (newest, wrong)]
    for page in said:
        assert "what you typed was not read" in page
        assert "in 24 hours" in page
        assert "one-stop shop" in page
        assert "not right" not in page
    strip = re.compile(r'name="csrf_token"\s+value="[^"]+"|nonce="[^"]+"|in \d+ seconds?')
    assert strip.sub("", said[0]) == strip.sub("", said[1])


def test_another_code_is_offered_when_it_may_be_asked_for(world: World) -> None:
    """G15: until then the page says how long, and how many hours when a day's are used up."""
    browser, path, _ = newcomer(world)
    browser.post(path, **SEND)
    page = browser.get(path).text
    assert "Send another code" not in page
    assert re.search(r"another in \d+ seconds", page)
    after = 0
    for seconds in (31, 61, 121, 121):
        after += seconds
        with clock.shifted(timedelta(seconds=after)):
            assert "Send another code" in browser.get(path).text
            browser.post(path, **SEND)
    with clock.shifted(timedelta(seconds=after + 121)):
        page = browser.refused(path, **SEND)
    assert "No more codes can be sent for this number today" in page
    assert "in 24 hours" in page
