"""A form of somebody signed in that is sent again gets the same answer, and is taken once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pyotp
import pytest
from sqlalchemy import func, select

from idp.interactions.models import SentForm
from idp.interactions.sent import drop_sent
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.errors import Overloaded
from idp.web import password_check, threads
from tests.account.test_password import NEW
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.signin.test_repeats import fill, is_same, losing, press_under_load, send_twice


def entered(world: World, account: Account) -> Browser:
    browser = world.browser()
    browser.sign_in(browser.open(), account)
    return browser


def count_events(world: World, account: Account, event: str) -> int:
    number = account.registered.subject_number
    with world.transaction() as db:
        mine = (JournalEntry.event == event, JournalEntry.subject_number == number)
        return db.scalar(select(func.count()).select_from(JournalEntry).where(*mine)) or 0


def change_password(_browser: Browser) -> tuple[str, dict[str, str]]:
    return "/account/password", {"present": PASSWORD, "password": NEW, "again": NEW}


def set_up_app(browser: Browser) -> tuple[str, dict[str, str]]:
    page = browser.get("/account/factor/new").text
    [secret] = re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", page)
    return "/account/factor/new", {"otp": pyotp.TOTP(secret.replace(" ", "")).at(clock.now())}


@pytest.mark.parametrize("form", [change_password, set_up_app])
def test_what_ends_every_other_session_sent_twice_leads_on(
    world: World, form: Callable[[Browser], tuple[str, dict[str, str]]]
) -> None:
    """A1: a new password, a new app; the first answer's session never arrived."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path, fields = form(browser)
    first, second = send_twice(browser, path, **fields)
    assert is_same(first, second)
    assert second.headers["location"].startswith("/account")
    assert browser.session()
    assert browser.get("/account").status_code in (200, 303)


def test_a_form_that_changes_nothing_of_the_session_is_taken_once(world: World) -> None:
    """A1: ending the other sessions; in between another form, and it is judged anew."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path = "/account/sessions"
    form = fill(browser, path)
    token = {"csrf_token": form["csrf_token"]}

    def end_others() -> Any:
        other = world.browser("another-browser-0123456789-abc")
        other.sign_in(other.open(), account)
        return browser.client.post(f"{path}/end-others", data=token)

    for n in (1, 1):
        assert end_others().headers["location"] == path
        assert count_events(world, account, "session.ended") == n
    browser.client.post(f"{path}/end", data={**token, "sid": "nobody's"})
    end_others()
    assert count_events(world, account, "session.ended") == 3, "both that were begun meanwhile"


def test_a_page_and_the_way_to_sign_in_are_made_anew(world: World) -> None:
    """A1: what was wrong stays on the page; whoever signed in meanwhile is not sent there again."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path, fields = change_password(browser)
    form = fill(browser, path, **{**fields, "present": "not the present one"})
    assert [browser.client.post(path, data=form).status_code for _ in range(2)] == [303, 303]
    assert "The current password is not right." in browser.get(path).text
    assert count_events(world, account, "signin.attempt_failed") == 2
    form = fill(browser, path, **fields)
    with clock.shifted(timedelta(minutes=6)):
        away = browser.client.post(path, data=form)
        assert away.headers["location"].startswith("/signin/")
        interaction = away.headers["location"].split("/")[2]
        browser.get(away.headers["location"])
        browser.post(f"/signin/{interaction}/password", password=PASSWORD)
        answer = browser.client.post(path, data=form)
    assert answer.headers["location"] == "/account"


def test_another_browser_gets_nothing_of_it(world: World) -> None:
    """A1: nor does one that has this browser's id, but neither session nor the same values."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path, fields = change_password(browser)
    form = fill(browser, path, **fields)
    with losing(browser):
        assert browser.client.post(path, data=form).status_code == 303
    other = world.browser("another-browser-0123456789-abc")
    other.client.cookies.set(
        other.names.session, browser.session_token or "", domain="localhost.local"
    )
    assert other.client.post(path, data=form).status_code == 403
    answer = browser.client.post(path, data={**form, "present": "not the present one"})
    assert answer.headers["location"].startswith("/signin/")
    assert browser.session() is None


def test_somebody_else_in_the_same_browser_is_heard(world: World) -> None:
    """A1: who signed in there meanwhile sends the same form for themselves."""
    first, second = world.add_account(totp=False), world.add_account(totp=False)
    for account in (first, second):
        browser = entered(world, account)
        path, fields = change_password(browser)
        assert browser.post(path, **fields).headers["location"] == "/account"
        assert count_events(world, account, "person.password_changed") == 1


def test_what_nobody_sends_again_leaves(world: World) -> None:
    """A1: a minute later."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path, fields = change_password(browser)
    browser.post(path, **fields)
    with world.transaction() as db:
        assert drop_sent(db, limit=100) == 0
        assert db.scalar(select(func.count()).select_from(SentForm))
    with clock.shifted(timedelta(minutes=2)), world.transaction() as db:
        assert drop_sent(db, limit=100) > 0
        assert not db.scalar(select(func.count()).select_from(SentForm))


def test_a_password_there_was_no_time_for_is_free_at_once(world: World) -> None:
    """A1: neither to check the present one; the next press is judged, nothing was held against."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path, fields = change_password(browser)
    answer = press_under_load(browser, path, fill(browser, path, **fields))
    assert answer.headers["location"] == "/account"
    assert count_events(world, account, "person.password_changed") == 1


def test_a_new_password_there_was_no_time_for_is_free_at_once(world: World) -> None:
    """A1: the present one was right, and does not count as a guess."""
    account = world.add_account(totp=False)
    browser = entered(world, account)
    path, fields = change_password(browser)
    form = fill(browser, path, **fields)
    busy = Overloaded("Too many people are signing in right now.")
    with (
        patch.object(password_check, "hash_password", side_effect=busy) as asked,
        patch.object(threads, "_LAST_PAUSE", 0),
    ):
        answers = [browser.client.post(path, data=form).status_code for _ in range(3)]
    assert (answers, asked.call_count) == ([503] * 3, 3)
    assert browser.client.post(path, data=form).headers["location"] == "/account"
