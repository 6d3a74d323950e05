"""“This was not me”: what it says it will do, what it does at once, and a new password after it."""

import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.account.activity import _LISTED
from idp.accounts.disowning import forget_void_hashes
from idp.accounts.models import DisownedEvent
from idp.accounts.reports import list_reports
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP
from idp.factors.models import Authenticator, KnownDevice
from idp.factors.totp import new_app, new_secret
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock
from idp.outbox.models import OutboxMessage
from idp.people.contacts import UNDONE_WITHIN
from tests.account.test_not_mine import held, set_up_app
from tests.account.test_password import NEW
from tests.account.test_told import status
from tests.signin.conftest import PASSWORD as OLD
from tests.signin.conftest import Account, Browser, World

ACTIVITY = "/account/activity"
NEW_PASSWORD = "/account/not-me/password"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)


def signed_in(world: World, account: Account, name: str, *, code: bool = False) -> Browser:
    browser = world.browser(name)
    browser.client.headers["user-agent"] = CHROME
    browser.sign_in(browser.open(needed_authentication=2 if code else 1), account, code=code)
    return browser


def ways(browser: Browser) -> list[str]:
    """Where the history leads, newest first."""
    return re.findall(rf'href="({ACTIVITY}/\d+/not-me)"', browser.get(ACTIVITY).text)


def say_so(browser: Browser, **others: str) -> str:
    """Disown the newest event, and say who has what else; the address it leads to."""
    [way, *_] = ways(browser)
    answer = browser.post(way, **others)
    assert answer.status_code == 303
    return str(answer.headers["location"])


@pytest.mark.asvs("7.4.3")
def test_one_act_ends_what_a_stranger_has(world: World) -> None:
    """T22: sessions, known browsers and the password, within a second; the person is told."""
    account = world.add_account()
    thief = signed_in(world, account, "thiefs-browser-0123456789-abcde")
    owner = signed_in(world, account, "owners-browser-0123456789-abcde", code=True)
    [way, *_] = ways(owner)
    page = owner.get(way).text
    for words in ("signed out in every browser", "No browser is known", "no longer works"):
        assert words in page
    assert thief.session() is not None, "the page only says what would happen"
    began = time.monotonic()
    answer = owner.post(way)
    assert thief.session() is None
    assert time.monotonic() - began < 1
    assert answer.headers["location"] == NEW_PASSWORD
    person_id = account.registered.person_id
    with world.transaction() as db:
        credentials = read_credentials(db, person_id=person_id)
        assert PASSWORD not in credentials.held
        known = db.scalars(
            select(KnownDevice.credentials_epoch).where(KnownDevice.person_id == person_id)
        )
        assert credentials.credentials_epoch not in set(known)
        number = str(account.registered.subject_number)
        events = select(JournalEntry.event).where(
            JournalEntry.subject_number == account.registered.subject_number
        )
        assert list(db.scalars(events)).count("session.disowned") == 1
        told = select(OutboxMessage.key).where(OutboxMessage.recipient == number)
        assert db.scalars(told).all()
    thief.sign_in(thief.open(), account)
    assert thief.session() is None, "the old password opens nothing"


def test_a_new_password_is_chosen_in_the_same_browser_alone(world: World) -> None:
    account = world.add_account()
    owner = signed_in(world, account, "owners-browser-0123456789-abcde", code=True)
    assert "no longer works" in status(owner.get(say_so(owner)).text)
    elsewhere = world.browser("another-browser-0123456789-abc")
    assert elsewhere.get(NEW_PASSWORD).headers["location"].startswith("/signin/")
    short = owner.refused(NEW_PASSWORD, password="short", again="short")
    assert "This was not me" not in short
    answer = owner.post(NEW_PASSWORD, password=NEW, again=NEW)
    assert answer.headers["location"] == "/account"
    assert "yours alone" in status(owner.get("/account").text)
    again = owner.client.get(NEW_PASSWORD)
    assert again.headers["location"] == "/account/password", "once"
    back = world.browser("another-browser-0123456789-abc")
    interaction = back.open()
    back.post(f"/signin/{interaction}/identifier", identifier=account.number)
    back.post(f"/signin/{interaction}/password", password=NEW)
    assert back.session() is not None


def test_the_void_password_is_not_chosen_again(world: World) -> None:
    """Whoever was signed in may know it. Its hash is kept for no longer than it is asked for."""
    account = world.add_account()
    owner = signed_in(world, account, "owners-browser-0123456789-abcde", code=True)
    say_so(owner)
    said = owner.refused(NEW_PASSWORD, password=OLD, again=OLD)
    assert "This is your old password. Choose another one." in said
    assert owner.get(NEW_PASSWORD).status_code == 200
    assert void_hashes(world, account) == [True]
    answer = owner.post(NEW_PASSWORD, password=NEW, again=NEW)
    assert answer.headers["location"] == "/account", "the control"
    assert void_hashes(world, account) == [False]


def test_the_void_password_is_forgotten_where_none_is_chosen(world: World) -> None:
    account = world.add_account()
    say_so(signed_in(world, account, "owners-browser-0123456789-abcde", code=True))
    at = clock.now()
    for minutes, is_kept in ((29, True), (31, False)):
        with world.transaction() as db:
            forget_void_hashes(db, at=at + timedelta(minutes=minutes), limit=100)
        assert void_hashes(world, account) == [is_kept]


def void_hashes(world: World, account: Account) -> list[bool]:
    """Of each report, whether the hash of what was void is there."""
    mine = DisownedEvent.person_id == account.registered.person_id
    with world.transaction() as db:
        found = db.scalars(select(DisownedEvent.void_password_encrypted).where(mine)).all()
    return [sealed is not None for sealed in found]


def test_a_new_password_waits_half_an_hour_at_most(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    say_so(owner)
    with clock.shifted(timedelta(minutes=29)):
        assert owner.get(NEW_PASSWORD).status_code == 200
    with clock.shifted(timedelta(minutes=31)):
        assert owner.get(NEW_PASSWORD).headers["location"] == "/account/password"


def test_nobody_disowns_what_is_anothers_and_nobody_twice(world: World) -> None:
    """A refusal is said, and nothing ends; the control is each one's own event."""
    mine = signed_in(world, world.add_account(totp=False), "owners-browser-0123456789-abcde")
    other = signed_in(world, world.add_account(totp=False), "others-browser-0123456789-abcde")
    [theirs, *_] = ways(other)
    [own, *_] = ways(mine)
    for way in (theirs, f"{ACTIVITY}/9223372036854775807/not-me"):
        assert mine.get(way).headers["location"] == ACTIVITY
        answer = mine.post(way, shown_at=own)
        assert answer.headers["location"] == ACTIVITY
    assert other.session() is not None
    assert mine.get(f"{ACTIVITY}/9223372036854775808/not-me").status_code == 400
    mine.post(own)
    assert own not in ways(mine), "said once"
    session = mine.session()
    assert session is not None
    assert mine.get(own).headers["location"] == ACTIVITY


def test_a_browser_found_open_disowns_nothing(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    [way, *_] = ways(owner)
    with clock.shifted(2 * world.settings.assurance.enrolment_fresh):
        answer = owner.get(way)
        assert answer.headers["location"].startswith("/signin/")
    with world.transaction() as db:
        credentials = read_credentials(db, person_id=account.registered.person_id)
        assert PASSWORD in credentials.held


def test_an_app_that_somebody_else_set_up_goes_with_it(world: World) -> None:
    account = world.add_account(totp=False)
    set_up_app(signed_in(world, account, "thiefs-browser-0123456789-abcde"))
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    [way, *_] = ways(owner)
    page = owner.get(way).text
    assert "second step that you have not shown" in page
    assert "For 24 hours you can have them back" in page
    owner.post(way)
    assert held(world, account) == set()


def test_an_app_added_of_late_that_was_not_shown_rests(world: World) -> None:
    """Also one that carries the proofing: a stranger in a full session can add such a one."""
    account = world.add_account()
    owner = signed_in(world, account, "owners-browser-0123456789-abcde", code=True)
    [way, *_] = ways(owner)
    person_id = account.registered.person_id
    with world.transaction() as db:
        shown = select(Authenticator.id).where(Authenticator.person_id == person_id)
        [mine] = db.scalars(shown).all()
        theirs = {}
        for name, added_by, days in (
            *(("new", "self", 6), ("old", "self", 8)),
            *(("desk", "desk", 1), ("seen", "self", 2)),
        ):
            at = clock.now() - timedelta(days=days)
            app = new_app(world.keyring, person_id=person_id, secret=new_secret(), at=at)
            app.carries_proofing, app.carries_from, app.added_by = 2, at, added_by
            app.seen_at = clock.now() - timedelta(days=1) if name == "seen" else None
            db.add(app)
            db.flush()
            theirs[name] = app.id
    owner.post(way, **{"others.none": "yes"})
    with world.transaction() as db:
        rests = select(Authenticator.id).where(Authenticator.suspended_until.is_not(None))
        assert set(db.scalars(rests.where(Authenticator.person_id == person_id))) == {theirs["new"]}
        assert mine not in theirs.values()
        assert TOTP in read_credentials(db, person_id=person_id).held
        until = db.scalar(
            select(Authenticator.suspended_until).where(Authenticator.id == theirs["new"])
        )
    assert until is not None
    assert timedelta(hours=23) < until - clock.now() <= UNDONE_WITHIN, "as the page says"
    owner.post(NEW_PASSWORD, password=NEW, again=NEW)
    assert "Have it back" in owner.get(f"/account/way?way={theirs['new']}").text


def test_operators_read_who_reported_what(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    say_so(owner)
    with world.transaction() as db:
        reports = {one.subject_number: one for one in list_reports(db, limit=1000)}
    report = reports[account.registered.subject_number]
    assert (report.event, report.has_password, report.answered_at) == (
        "session.started",
        False,
        None,
    )


def test_the_history_names_browser_and_system(world: World) -> None:
    account = world.add_account(totp=False)
    assert (
        "Chrome, Windows"
        in signed_in(world, account, "owner-0123456789-abcdefghijk").get(ACTIVITY).text
    )


def test_failed_tries_of_a_day_stand_in_one_line(world: World) -> None:
    """Each reason has its own."""
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    number = account.registered.subject_number
    with world.transaction() as db:
        for reason in ("password", "password", "otp"):
            record(db, event="signin.attempt_failed", subject_number=number, reason=reason)
    page = owner.get(ACTIVITY).text
    assert page.count("times that day") == 1
    assert "2 times that day" in page
    assert len(ways(owner)) == 3


def test_a_page_has_so_many_lines_and_leads_to_the_next(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    number = account.registered.subject_number
    with world.transaction() as db:
        for _ in range(2 * _LISTED - 3):
            record(db, event="signin.succeeded", subject_number=number)
    assert len(ways(owner)) == _LISTED
    second = owner.get(f"{ACTIVITY}?page=2").text
    assert len(re.findall(r"/not-me\"", second)) == _LISTED - 2
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second
    assert owner.get(f"{ACTIVITY}?page=x").status_code == 200
