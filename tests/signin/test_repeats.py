"""A form that is sent again by the same browser gets the same answer, whatever became of the first.

A browser that never saw the first answer has none of its cookies: `Lost` plays it.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import Any
from unittest.mock import patch

import httpx2
import pyotp
import pytest
from sqlalchemy import func, select

from idp.factors import password as passwords
from idp.interactions.opening import Credit
from idp.kit import clock
from idp.kit.errors import Overloaded
from idp.people.models import Person
from idp.sessions.models import SignInSession
from idp.web import password_check, threads
from tests.signin.conftest import BROWSER, PASSWORD, Account, Browser, World
from tests.support.people import add_agency, add_relying_party

WRONG = "this is not the right one"
AGREED = {"consent-allow": "yes"}


def fill(browser: Browser, path: str, **fields: str) -> dict[str, str]:
    """What the form of a page sends."""
    page = browser.get(path).text
    hidden = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page))
    return {**hidden, **fields}


@contextmanager
def losing(browser: Browser) -> Iterator[None]:
    """Within, no answer reaches the browser: it keeps the cookies that it had."""
    before = {cookie.name: cookie for cookie in browser.client.cookies.jar}
    yield
    browser.client.cookies.clear()
    for cookie in before.values():
        browser.client.cookies.jar.set_cookie(cookie)


def send_twice(browser: Browser, path: str, **fields: str) -> tuple[Any, Any]:
    """The same form, its first answer lost on the line."""
    form = fill(browser, path, **fields)
    with losing(browser):
        first = browser.client.post(path, data=form)
    return first, browser.client.post(path, data=form)


def at_password(world: World, account: Account, *, authentication: int = 1) -> tuple[Browser, str]:
    """A browser that has said whose it is."""
    browser = world.browser()
    interaction = browser.open(needed_authentication=authentication)
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    return browser, interaction


def is_same(first: Any, second: Any) -> bool:
    """Whether two answers lead to the same place with the same cookies."""
    told = [
        (
            answer.status_code,
            answer.headers["location"],
            sorted(answer.headers.get_list("set-cookie")),
        )
        for answer in (first, second)
    ]
    return told[0] == told[1]


def test_a_password_sent_twice_leads_on(world: World) -> None:
    """A1: one session, handed out again."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    first, second = send_twice(browser, f"/signin/{interaction}/password", password=PASSWORD)
    assert is_same(first, second)
    assert second.headers["location"] == f"/authorize/resume/{interaction}"
    assert browser.session()
    assert world.events(interaction) == ["session.started"]


def test_a_code_sent_twice_leads_on(world: World) -> None:
    """A1: the first answer's new session cookie never arrived."""
    account = world.add_account()
    browser, interaction = at_password(world, account, authentication=2)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    first, second = send_twice(browser, f"/signin/{interaction}/otp", otp=account.code())
    assert is_same(first, second)
    assert second.headers["location"] == f"/authorize/resume/{interaction}"
    session = browser.session()
    assert session
    assert session.authentication == 2


def test_a_code_that_arrived_leads_on_again(world: World) -> None:
    """A1: the double click came after the first answer's cookies."""
    account = world.add_account()
    browser, interaction = at_password(world, account, authentication=2)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    path, code = f"/signin/{interaction}/otp", account.code()
    form = fill(browser, path, otp=code)
    answers = [browser.client.post(path, data=form) for _ in range(3)]
    assert {a.headers["location"] for a in answers} == {f"/authorize/resume/{interaction}"}
    session = browser.session()
    assert session
    assert session.authentication == 2


def test_a_code_sent_again_later_is_judged_anew(world: World) -> None:
    """A1: what was answered is forgotten within seconds."""
    account = world.add_account()
    browser, interaction = at_password(world, account, authentication=2)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    path = f"/signin/{interaction}/otp"
    form = fill(browser, path, otp=account.code())
    with losing(browser):
        browser.client.post(path, data=form)
    with clock.shifted(timedelta(seconds=16)):
        answer = browser.client.post(path, data=form)
    assert answer.headers["location"] == f"/signin/{interaction}/password"
    assert browser.session() is None


@pytest.mark.parametrize("value", [WRONG, PASSWORD.upper(), ""])
def test_other_values_are_judged_anew(world: World, value: str) -> None:
    """A1: only the same form is answered as before."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    path = f"/signin/{interaction}/password"
    form = fill(browser, path, password=PASSWORD)
    with losing(browser):
        browser.client.post(path, data=form)
    answer = browser.client.post(path, data={**form, "password": value})
    assert answer.headers["location"] == path
    assert browser.session() is None


def test_another_browser_gets_nothing_of_it(world: World) -> None:
    """A1: neither with its own cookie, nor by the token of the form."""
    account = world.add_account()
    browser, interaction = at_password(world, account, authentication=2)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    path = f"/signin/{interaction}/otp"
    form = fill(browser, path, otp=account.code())
    assert browser.client.post(path, data=form).status_code == 303
    other = world.browser("another-browser-0123456789-abc")
    token = fill(other, f"/signin/{other.open()}/identifier")["csrf_token"]
    for stolen in (form, {**form, "csrf_token": token}):
        answer = other.client.post(path, data=stolen)
        assert answer.status_code >= 400
        assert not answer.headers.get_list("set-cookie")
    assert other.session() is None


def test_what_is_kept_of_an_answer_opens_for_its_browser_alone(world: World) -> None:
    """A1: who has the database and its keys finds neither the session's cookie nor the password."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    kept = world.interaction(interaction)
    assert kept.answer
    assert (browser.session_token or "").encode() not in kept.answer
    assert PASSWORD.encode() not in kept.answer
    assert BROWSER.encode() not in (kept.answer + (kept.sent_hash or b""))


def test_a_wrong_password_sent_twice_counts_once(world: World) -> None:
    """A1: the refusal, too, is the same; who has read it and types it again is judged anew."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    path = f"/signin/{interaction}/password"
    first, second = send_twice(browser, path, password=WRONG)
    assert is_same(first, second)
    assert world.events(interaction) == ["signin.attempt_failed"]
    browser.post(path, password=WRONG)
    assert world.events(interaction) == ["signin.attempt_failed"] * 2
    browser.post(path, password=PASSWORD)
    assert browser.session()


def registering(world: World) -> tuple[Browser, str, str]:
    """At the page that compares: the number states another sex."""
    browser, number = world.browser(), world.new_number()
    interaction = browser.open()
    browser.post(
        f"/signin/{interaction}/register",
        number=number,
        name="Trần Thị Bình",
        birthdate="17/05/1990",
        sex="other",
        password=PASSWORD,
        again=PASSWORD,
    )
    return browser, interaction, number


def count_people(world: World) -> int:
    with world.transaction() as db:
        return db.scalar(select(func.count()).select_from(Person)) or 0


def test_a_registration_sent_twice_leads_on(world: World) -> None:
    """A2: the account that this interaction made goes on to its next step; there is one."""
    browser, interaction, _ = registering(world)
    before = count_people(world)
    first, second = send_twice(browser, f"/signin/{interaction}/compare", register="yes")
    assert is_same(first, second)
    assert second.headers["location"] == f"/signin/{interaction}/confirm"
    assert browser.session()
    assert count_people(world) == before + 1
    assert browser.get(f"/signin/{interaction}/confirm").status_code == 200


def test_a_registration_that_arrived_leads_on_again(world: World) -> None:
    """A2: the second click came after the first answer."""
    browser, interaction, _ = registering(world)
    path = f"/signin/{interaction}/compare"
    form = fill(browser, path, register="yes")
    answers = [browser.client.post(path, data=form) for _ in range(2)]
    assert {a.headers["location"] for a in answers} == {f"/signin/{interaction}/confirm"}


def test_a_form_of_registration_sent_twice_leads_on(world: World) -> None:
    """A2: to the same comparison."""
    browser, interaction = world.browser(), ""
    interaction = browser.open()
    number = world.new_number()
    form = {"number": number, "name": "Trần Thị Bình", "birthdate": "17/05/1990", "sex": "other"}
    passwords = {"password": PASSWORD, "again": PASSWORD}
    path = f"/signin/{interaction}/register"
    first, second = send_twice(browser, path, **form, **passwords)
    assert is_same(first, second)
    assert number in browser.get(f"/signin/{interaction}/compare").text


def test_an_app_set_up_twice_leads_on(world: World) -> None:
    """A1: enrolment; the secret is taken once."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account, authentication=2)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    path = f"/signin/{interaction}/enrol"
    page = browser.get(path).text
    [secret] = re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", page)
    code = pyotp.TOTP(secret.replace(" ", "")).at(clock.now())
    first, second = send_twice(browser, path, otp=code)
    assert is_same(first, second)
    assert second.headers["location"] == f"/authorize/resume/{interaction}"
    session = browser.session()
    assert session
    assert session.authentication == 2


@pytest.mark.parametrize("step", ["password", "otp", "identifier"])
def test_whoever_has_the_session_already_goes_on(world: World, step: str) -> None:
    """A3: signed in in one tab, then the other tab's form is sent, whatever stands in it."""
    account = world.add_account()
    browser, first = at_password(world, account, authentication=2)
    second = browser.open(needed_authentication=2)
    if step != "identifier":
        browser.post(f"/signin/{second}/identifier", identifier=account.number)
    forms = {"identifier": account.number, "password": PASSWORD, "otp": "000000"}
    if step == "otp":
        browser.post(f"/signin/{second}/password", password=PASSWORD)
    path = f"/signin/{second}/{step}"
    form = fill(browser, path, **{step: forms[step]})
    if step != "otp":
        browser.post(f"/signin/{first}/password", password=PASSWORD)
    browser.post(f"/signin/{first}/otp", otp=account.code())
    token = browser.session_token
    answer = browser.client.post(path, data=form)
    assert answer.headers["location"] == f"/authorize/resume/{second}"
    session = browser.session()
    assert session
    assert (session.authentication, browser.session_token) == (2, token)


def test_somebody_else_in_the_other_tab_is_asked(world: World) -> None:
    """A3: a session is no answer to who else wants to sign in there."""
    account, other = world.add_account(totp=False), world.add_account(totp=False)
    browser, first = at_password(world, account)
    second = browser.open()
    browser.post(f"/signin/{second}/identifier", identifier=other.number)
    path = f"/signin/{second}/password"
    form = fill(browser, path, password=WRONG)
    browser.post(f"/signin/{first}/password", password=PASSWORD)
    answer = browser.client.post(path, data=form)
    assert answer.headers["location"] == path
    browser.post(path, password=PASSWORD)
    session = browser.session()
    assert session
    assert session.person_id == other.registered.person_id


def test_one_session_comes_of_a_form_sent_twice(world: World) -> None:
    """A1: none is left behind that nobody holds."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    send_twice(browser, f"/signin/{interaction}/password", password=PASSWORD)
    with world.transaction() as db:
        mine = SignInSession.person_id == account.registered.person_id
        assert db.scalar(select(func.count()).select_from(SignInSession).where(mine)) == 1


def test_what_was_agreed_to_and_chosen_twice_is_taken_once(world: World) -> None:
    """A1: consent, and for whom somebody acts."""
    account = world.add_account(totp=False)
    with world.transaction() as db:
        party = add_relying_party(db, client_id="twice", agency=add_agency(db, code="G95"))
    browser = world.browser()
    credit = Credit(relying_party_id=party.id)
    interaction = browser.open(client_id="twice", credit=credit)
    browser.sign_in(interaction, account)
    for page, fields in (("representing", {"representing": "self"}), ("consent", AGREED)):
        first, second = send_twice(browser, f"/signin/{interaction}/{page}", **fields)
        assert is_same(first, second)
        assert second.headers["location"] == f"/authorize/resume/{interaction}"
    assert world.events(interaction).count("consent.granted") == 1


def test_signed_out_twice_leads_where_it_led(world: World) -> None:
    """A1: the second finds no session any more."""
    account = world.add_account(totp=False)
    browser = world.browser()
    browser.sign_in(browser.open(), account)
    interaction = browser.open(post_logout_uri="https://rp.example/bye")
    first, second = send_twice(browser, f"/sign-out/{interaction}")
    assert is_same(first, second)
    assert second.headers["location"] == "https://rp.example/bye"
    assert browser.session() is None
    assert world.events(interaction) == ["session.ended"]


@contextmanager
def overloaded_hashes() -> Iterator[None]:
    """Within, there is no time to hash, and who waits for another's answer waits no second time."""
    busy = Overloaded("Too many people are signing in right now.")
    with (
        patch.object(passwords, "_one_slot", side_effect=busy),
        patch.object(threads, "_LAST_PAUSE", 0),
    ):
        yield


def press_under_load(browser: Browser, path: str, form: dict[str, str]) -> Any:
    """Twice where there is no time to hash: neither waits for the other; then where there is."""
    with overloaded_hashes():
        for _ in range(2):
            with patch.object(passwords, "_one_slot", side_effect=passwords._one_slot) as asked:
                answer = browser.client.post(path, data=form)
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert asked.called, "it was judged, and did not wait for another's answer"
    with patch.object(threads, "_LAST_PAUSE", 0):
        return browser.client.post(path, data=form)


def test_a_password_there_was_no_time_for_is_free_at_once(world: World) -> None:
    """A1: the next press is judged, and nothing is held against anyone."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    path = f"/signin/{interaction}/password"
    answer = press_under_load(browser, path, fill(browser, path, password=PASSWORD))
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    assert world.events(interaction) == ["session.started"]


def test_a_read_refusal_that_is_judged_again_is_free_at_once(world: World) -> None:
    """A1: a form that was answered before, and is taken again."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    path = f"/signin/{interaction}/password"
    form = fill(browser, path, password=WRONG)
    assert browser.client.post(path, data=form).headers["location"] == path
    with clock.shifted(timedelta(seconds=1)):
        press_under_load(browser, path, form)
    assert world.events(interaction) == ["signin.attempt_failed"] * 2


def test_a_registration_there_was_no_time_for_is_free_at_once(world: World) -> None:
    """A2: the next press is judged."""
    browser = world.browser()
    path = f"/signin/{browser.open()}/register"
    form = {"number": world.new_number(), "name": "Trần Thị Bình", "birthdate": "17/05/1990"}
    passwords_twice = {"password": PASSWORD, "again": PASSWORD, "sex": "female"}
    answer = press_under_load(browser, path, fill(browser, path, **form, **passwords_twice))
    assert answer.headers["location"].endswith("/confirm")


def test_a_step_that_fails_behind_its_first_transaction_is_free_at_once(world: World) -> None:
    """A1: whatever fails there; the code was not taken."""
    account = world.add_account()
    browser, interaction = at_password(world, account, authentication=2)
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    path = f"/signin/{interaction}/otp"
    form = fill(browser, path, otp=account.code())
    with patch("idp.signin.ending.settle_right", side_effect=Overloaded("busy")):
        assert browser.client.post(path, data=form).status_code == 503
    with clock.shifted(timedelta(seconds=2)), patch.object(threads, "_LAST_PAUSE", 0):
        answer = browser.client.post(path, data=form)
    assert answer.status_code == 303


def test_fifty_presses_at_an_overloaded_queue_are_never_judged_two_at_once(world: World) -> None:
    """A1: each that there was no time for frees the form to one other."""
    account = world.add_account(totp=False)
    browser, interaction = at_password(world, account)
    path = f"/signin/{interaction}/password"
    form = fill(browser, path, password=PASSWORD)
    one, judged, verify = Lock(), [], password_check.verify_password

    def overloaded_at_first(*values: Any) -> Any:
        assert one.acquire(blocking=False), "two are judged at once"
        try:
            judged.append(1)
            if len(judged) <= 5:
                raise Overloaded("Too many people are signing in right now.")
            return verify(*values)
        finally:
            one.release()

    async def press_fifty() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(world.app, client=(browser.address, 50000))
        cookies = {cookie.name: cookie.value or "" for cookie in browser.client.cookies.jar}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost:8000", cookies=cookies
        ) as client:
            return await asyncio.gather(*(client.post(path, data=form) for _ in range(50)))

    with patch.object(password_check, "verify_password", overloaded_at_first):
        answers = asyncio.run(press_fifty())
    assert len(judged) == 6
    assert {answer.status_code for answer in answers} == {303, 503}
    leads = {answer.headers["location"] for answer in answers if answer.status_code == 303}
    assert leads == {f"/authorize/resume/{interaction}"}
    assert world.events(interaction) == ["session.started"]
