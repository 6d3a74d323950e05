"""A new password: asked of the owner, who has just signed in and knows the present one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account import password
from idp.accounts.changes import set_password
from idp.factors.credentials import read_credentials
from idp.factors.models import FailureCounter
from idp.journal.models import JournalEntry
from idp.kit import clock
from tests.signin.conftest import PASSWORD, Account, Browser, World

PATH = "/account/password"
NEW = "chiều tím bên cầu sông Hương"
ELSEWHERE = "another-browser-0123456789-abc"


def enter(world: World, account: Account, browser_id: str = "") -> Browser:
    browser = world.browser(browser_id) if browser_id else world.browser()
    browser.sign_in(browser.open(), account)
    return browser


def change(browser: Browser, **fields: str) -> Any:
    return browser.post(PATH, **{"present": PASSWORD, "password": NEW, "again": NEW, **fields})


def events(world: World, account: Account) -> list[tuple[str, str | None]]:
    number = account.registered.subject_number
    with world.transaction() as db:
        rows = db.execute(
            select(JournalEntry.event, JournalEntry.reason)
            .where(JournalEntry.subject_number == number)
            .order_by(JournalEntry.id)
        )
        return [(event, reason) for event, reason in rows]


def find_hash(db: Session, world: World, account: Account) -> str | None:
    own = read_credentials(db, person_id=account.registered.person_id)
    return own.password_hash(world.keyring)


@pytest.mark.asvs("6.2.2", "7.4.3")
def test_the_new_password_counts_and_ends_every_other_session(world: World) -> None:
    account = world.add_account(totp=False)
    here, there = enter(world, account), enter(world, account, ELSEWHERE)
    before = here.session_token
    answer = change(here)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert here.session() is not None
    assert here.session_token != before
    assert there.session() is None
    assert ("person.password_changed", None) in events(world, account)

    interaction = there.open()
    there.post(f"/signin/{interaction}/identifier", identifier=account.number)
    there.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert there.session() is None
    there.post(f"/signin/{interaction}/password", password=NEW)
    assert there.session() is not None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"present": "không phải mật khẩu này"}, "present"),
        ({"password": "mười bốn chữ!", "again": "mười bốn chữ!"}, "password"),
        ({"password": "Nguyễn Thị Hoa 1990", "again": "Nguyễn Thị Hoa 1990"}, "password"),
        ({"again": "chiều tím bên cầu sông Hàn"}, "again"),
        ({"password": "", "again": ""}, "password"),
        ({"password": PASSWORD, "again": PASSWORD}, "password"),
    ],
)
@pytest.mark.asvs("6.2.3")
def test_what_is_wrong_is_said_beside_its_field_and_nothing_changes(
    world: World, fields: dict[str, str], field: str
) -> None:
    account = world.add_account(totp=False)
    here, there = enter(world, account), enter(world, account, ELSEWHERE)
    answer = change(here, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    page = here.get(PATH).text
    assert f'id="{field}-error"' in page
    again = re.sub(r'nonce="[^"]+"', re.search(r'nonce="[^"]+"', page)[0], here.get(PATH).text)  # type: ignore[index]
    assert page == again, "reloading sends nothing"
    assert not any(value in page for value in fields.values() if value)
    assert there.session() is not None
    assert "person.password_changed" not in [event for event, _ in events(world, account)]


@pytest.mark.asvs("16.3.3")
def test_guesses_are_counted_journaled_and_have_to_wait(world: World) -> None:
    account = world.add_account(totp=False)
    browser = enter(world, account)
    answers = [change(browser, present="đoán mò đoán mẫm đoán mãi") for _ in range(4)]
    assert [answer.headers["location"] for answer in answers] == [PATH] * 4
    told = "Too many wrong attempts. Please wait 1 second, then try again."
    assert told in browser.get(PATH).text
    assert change(browser).headers["location"] == PATH
    assert told in browser.get(PATH).text, "the control: the right one is not read while it waits"
    known = events(world, account)
    assert known.count(("signin.attempt_failed", "password")) == 3
    assert ("signin.throttled", "password") in known


def test_a_right_password_is_not_held_against_its_owner(world: World) -> None:
    counted = select(FailureCounter.key)
    with world.transaction() as db:
        before = set(db.scalars(counted))
    assert change(enter(world, world.add_account(totp=False))).status_code == 303
    with world.transaction() as db:
        assert set(db.scalars(counted)) == before


@pytest.mark.asvs("7.5.1")
def test_a_sign_in_that_is_not_fresh_has_to_be_made_again(world: World) -> None:
    account = world.add_account(totp=False)
    browser = enter(world, account)
    assert browser.get(PATH).status_code == 200
    with clock.shifted(world.settings.assurance.enrolment_fresh + timedelta(seconds=1)):
        assert browser.get(PATH).headers["location"].startswith("/signin/")


def test_a_password_that_support_set_meanwhile_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.add_account(totp=False)
    browser = enter(world, account)
    ask = password.require_fresh_owner

    def ask_and_be_overtaken(*given: Any, **named: Any) -> Any:
        session = ask(*given, **named)
        if len(asked) == 1:  # the form, and once more after hashing
            with world.transaction() as db:
                set_password(
                    db,
                    keyring=world.keyring,
                    person_id=account.registered.person_id,
                    password_hash="support's",
                    kept=(),
                    at=clock.now(),
                )
        asked.append(session)
        return session

    asked: list[Any] = []
    monkeypatch.setattr(password, "require_fresh_owner", ask_and_be_overtaken)
    assert change(browser).headers["location"] == PATH
    assert len(asked) == 2
    assert browser.session() is None
    with world.transaction() as db:
        assert find_hash(db, world, account) == "support's"


def test_a_form_from_elsewhere_and_a_stranger_change_nothing(world: World) -> None:
    account = world.add_account(totp=False)
    browser = enter(world, account)
    fields = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert browser.client.post(PATH, data=fields).status_code == 403
    stranger = world.browser(ELSEWHERE)
    assert stranger.get(PATH).headers["location"].startswith("/signin/")
    assert browser.session() is not None
    assert change(browser).status_code == 303


def test_who_has_an_app_stays_signed_in_with_both_factors(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    browser.sign_in(browser.open(needed_authentication=2), account, code=True)
    assert change(browser).status_code == 303
    session = browser.session()
    assert session is not None
    assert session.authentication == 2
    assert browser.get("/account").status_code == 200


def test_a_password_manager_finds_whose_password_is_changed(world: World) -> None:
    """A6: the number of the account, beside the present and the new password."""
    account = world.add_account(totp=False)
    page = enter(world, account).get(PATH).text
    assert re.findall(r'value="(\d+)"\s+autocomplete="username"', page) == [account.number]
