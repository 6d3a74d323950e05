"""G1: whoever knows a password does not borrow the identity that was proven with it.

Each refusal has beside it the person who does reach the level.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from fastapi import FastAPI

from idp.accounts.changes import confirm_factor, remove_factor
from idp.factors.credentials import read_credentials
from idp.factors.kinds import TOTP
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.settings import Settings
from idp.settings.server import MailSettings
from idp.web.routes import room_router
from tests.authorization.test_openers import COUNTER, Counter
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.signin.test_confirm import ADDRESS, SEND, letters
from tests.signin.test_register import register
from tests.support.app import room_app
from tests.support.people import add_relying_party
from tests.support.postgres import Database

OWNER = "browser-of-the-owner-0123456789"
SECRET = re.compile(r"<code tabindex=\"0\">([A-Z2-7 ]+)</code>")


@pytest.fixture(scope="module")
def counter(module_database: Database, module_settings: Settings) -> Iterator[Counter]:
    """A service of LoA2 or more, the sign-in pages and the account's."""
    assert module_database
    rooms = (room_router("idp.signin"), room_router("idp.account"))
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    app: FastAPI = room_app(module_settings.model_copy(update={"mail": mail}), *rooms, COUNTER)
    world = World(app)
    with world.transaction() as db:
        party = add_relying_party(db, client_id="counter")
    yield Counter(world, party.id)
    app.state.runtime.engine.dispose()


def follow(browser: Browser, path: str) -> Any:
    """Open a page, and go where it leads."""
    answer = browser.get(path)
    while answer.status_code == 303:
        answer = browser.get(answer.headers["location"])
    return answer


def leads_to(answer: Any, page: str) -> bool:
    return str(answer.headers["location"]).endswith(page)


def secret_on(page: Any) -> str:
    found = SECRET.search(page.text)
    assert found, page.text
    return found.group(1).replace(" ", "")


def enrol(browser: Browser, path: str) -> str:
    """Set up the app of an enrolment page; its secret."""
    secret = secret_on(browser.get(path))
    answer = browser.post(path, otp=pyotp.TOTP(secret).at(clock.now()))
    assert answer.status_code == 303, answer.text
    return secret


def try_with_a_new_app(counter: Counter, browser: Browser, account: Account, acr: str) -> str:
    """Sign in with the password, set up an app on the way; what the service's level comes to."""
    call = counter.call(minimum_acr=acr)
    browser.get(f"/counter/{call}")
    assert leads_to(browser.sign_in(call, account), "/enrol")
    enrol(browser, f"/signin/{call}/enrol")
    return call


def outcome(browser: Browser, call: str) -> str:
    """The page the service's sign-in leads to after the factors."""
    return str(browser.get(f"/counter/{call}").headers["location"]).rsplit("/", 1)[-1]


def agree(browser: Browser, call: str) -> str:
    browser.post(f"/signin/{call}/consent", **{"consent-allow": "yes"})
    return str(browser.get(f"/counter/{call}").text)


@pytest.mark.parametrize(("proofing", "acr"), [(1, "LoA2"), (2, "LoA2"), (2, "LoA3")])
def test_a_phished_password_and_an_app_of_ones_own_reach_no_proven_level(
    counter: Counter, proofing: int, acr: str
) -> None:
    account = counter.world.add_account(proofing=proofing, totp=False)
    browser = counter.world.browser()
    call = try_with_a_new_app(counter, browser, account, acr)
    session = browser.session()
    assert session
    assert (session.authentication, session.confirmed_authentication) == (2, 1)
    assert session.amr == ("pwd", "otp", "mfa")
    assert outcome(browser, call) == "unmet"
    for language, words in (("en", "not confirmed yet"), ("vi", "chưa được xác nhận")):
        browser.client.cookies.set(browser.names.language, language, domain="localhost.local")
        assert words in browser.get(f"/signin/{call}/unmet").text
    browser.client.cookies.set(browser.names.language, "en", domain="localhost.local")
    assert browser.get(f"/counter/{call}").text == "nobody"
    again = counter.call(minimum_acr=acr)
    assert outcome(browser, again) == "unmet"
    free = counter.call(minimum_acr="LoA1")
    assert outcome(browser, free) == "consent"
    assert agree(browser, free) == "LoA1"


def test_who_was_given_the_app_reaches_the_level(counter: Counter) -> None:
    account, browser = counter.world.add_account(), counter.world.browser()
    call = counter.call(minimum_acr="LoA3")
    browser.get(f"/counter/{call}")
    browser.sign_in(call, account, code=True)
    assert outcome(browser, call) == "consent"
    assert agree(browser, call) == "LoA3"


def test_an_app_that_nobody_objected_to_counts_after_the_delay(counter: Counter) -> None:
    account, browser = counter.world.add_account(totp=False), counter.world.browser()
    delay = counter.world.settings.assurance.confirmation_delay
    before, after = delay - timedelta(minutes=1), delay + timedelta(minutes=1)
    call = try_with_a_new_app(counter, browser, account, "LoA3")
    assert outcome(browser, call) == "unmet"
    with counter.world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    at = clock.now()
    assert TOTP not in own.confirmed(at=at + before)
    assert TOTP in own.confirmed(at=at + after)


def test_a_confirmed_app_counts_for_who_shows_it_after_that(counter: Counter) -> None:
    """Whoever had shown it before does not rise: their sessions end."""
    account, browser = counter.world.add_account(totp=False), counter.world.browser()
    secret = enrol_alone(counter, browser, account)
    with counter.world.transaction() as db:
        person_id: UUID = account.registered.person_id
        assert confirm_factor(db, person_id=person_id, kind=TOTP, by="desk", at=clock.now())
    assert browser.session() is None
    call, owner = counter.call(minimum_acr="LoA3"), counter.world.browser(OWNER)
    owner.get(f"/counter/{call}")
    owner.sign_in(call, account)
    later = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30))
    owner.post(f"/signin/{call}/otp", otp=later)
    assert outcome(owner, call) == "consent"
    assert agree(owner, call) == "LoA3"


def enrol_alone(counter: Counter, browser: Browser, account: Account) -> str:
    """Set up an app on the account page, with the password just given."""
    call = counter.call(minimum_acr="LoA1")
    browser.get(f"/counter/{call}")
    browser.sign_in(call, account)
    return enrol(browser, "/account/factor/new")


def test_who_just_proved_who_they_are_goes_on_with_a_new_app(counter: Counter) -> None:
    """A new citizen types the code sent to the register's contact, sets up an app, completes."""
    world, browser = counter.world, counter.world.browser()
    number = f"0010{world.new_number()[4:]}"
    world.add_to_register(number, "Trần Văn Mới", email=ADDRESS)
    call = counter.call(minimum_acr="LoA2")
    browser.get(f"/counter/{call}")
    entered = {"number": number, "name": "Trần Văn Mới", "birthdate": "17/05/1990"}
    assert register(browser, str(call), **entered) == "confirm"
    browser.post(f"/signin/{call}/confirm", **SEND)
    [code] = letters(world, browser)
    answer = browser.post(f"/signin/{call}/confirm", code=code)
    assert leads_to(answer, "/enrol"), answer.text
    enrol(browser, f"/signin/{call}/enrol")
    assert outcome(browser, call) == "consent"
    assert agree(browser, call) == "LoA2"


def test_an_account_that_proved_nothing_has_nothing_to_wait_for(counter: Counter) -> None:
    account, browser = counter.world.add_account(proofing=0, totp=False), counter.world.browser()
    enrol_alone(counter, browser, account)
    session = browser.session()
    assert session
    assert session.confirmed_authentication == 2
    assert "not confirmed" not in browser.get("/account/factor").text


class TestAStalePassword:
    """Set up on the way to a service, with a password given six minutes ago."""

    @pytest.fixture(autouse=True)
    def _signed_in(self, counter: Counter) -> Iterator[None]:
        self.counter = counter
        self.account, self.browser = counter.world.add_account(totp=False), counter.world.browser()
        first = counter.call(minimum_acr="LoA1")
        self.browser.get(f"/counter/{first}")
        self.browser.sign_in(first, self.account)
        with clock.shifted(timedelta(minutes=3)):
            self.call = counter.call()
            self.enrol = f"/signin/{self.call}/enrol"
            self.secret = secret_on(follow(self.browser, f"/counter/{self.call}"))
        with clock.shifted(timedelta(minutes=6)):
            yield

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(clock.now())

    def test_is_asked_again_and_the_person_comes_back_to_what_they_began(self) -> None:
        page = follow(self.browser, self.enrol)
        assert 'name="password"' in page.text
        assert "confirm that it is you" in page.text
        answer = self.browser.post(f"/signin/{self.call}/password", password=PASSWORD)
        assert leads_to(answer, "/enrol")
        assert secret_on(self.browser.get(self.enrol)) == self.secret
        answer = self.browser.post(self.enrol, otp=self.code())
        assert answer.headers["location"] == f"/counter/{self.call}"

    def test_sets_up_nothing_though_the_page_was_open(self) -> None:
        answer = self.browser.post(
            self.enrol, shown_at=f"/signin/{self.call}/password", otp=self.code()
        )
        assert leads_to(answer, "/password")
        session = self.browser.session()
        assert session
        assert session.authentication == 1

    def test_opens_no_enrolment_of_the_account_page_either(self) -> None:
        assert leads_to(self.browser.get("/account/factor/new"), "/identifier")


class TestTheOwner:
    """Somebody who knew the password set up an app of theirs; the owner comes."""

    @pytest.fixture(autouse=True)
    def _robbed(self, counter: Counter) -> None:
        self.counter, self.account = counter, counter.world.add_account(totp=False)
        self.thief = counter.world.browser("browser-of-the-thief-0123456789")
        enrol_alone(counter, self.thief, self.account)
        self.owner = counter.world.browser(OWNER)
        call = counter.call(minimum_acr="LoA1")
        self.owner.get(f"/counter/{call}")
        self.owner.sign_in(call, self.account)

    def test_is_told(self) -> None:
        with self.counter.world.transaction() as db:
            row = db.query(JournalEntry).where(JournalEntry.event == "factor.enrolled")
            of_them = JournalEntry.subject_number == self.account.registered.subject_number
            told = row.where(of_them).one().data
        assert (told["kind"], told["by"], told["carries_proofing"]) == ("totp", "self", 2)
        assert told["carries_from"]
        assert "Second step set up" in follow(self.owner, "/account/activity").text

    def test_is_not_locked_out_of_the_account_and_puts_an_app_of_their_own_in_its_place(
        self,
    ) -> None:
        page = follow(self.owner, "/account/factor")
        assert "It is not confirmed yet" in page.text
        assert "Have your second step confirmed" in self.owner.get("/account/details").text
        enrol(self.owner, "/account/factor/new")
        assert self.thief.session() is None
        session = self.owner.session()
        assert session
        assert session.confirmed_authentication == 1, "theirs waits as long"

    def test_a_confirmed_app_is_not_replaced_with_the_password_alone(self) -> None:
        """The control: what carries the proofing keeps everybody else out."""
        with self.counter.world.transaction() as db:
            person_id: UUID = self.account.registered.person_id
            confirm_factor(db, person_id=person_id, kind=TOTP, by="desk", at=clock.now())
        call = self.counter.call(minimum_acr="LoA1")
        self.owner.get(f"/counter/{call}")
        self.owner.sign_in(call, self.account)
        assert leads_to(self.owner.get("/account/factor/new"), "/identifier")
        with self.counter.world.transaction() as db:
            assert remove_factor(db, person_id=person_id, kind=TOTP, at=clock.now())
