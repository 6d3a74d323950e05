"""Whoever opens an authorization: a kind that the provider does not know goes the same way.

The opener here has no redirect URI, begins without a browser, and answers with words. It drives
the real loop and the real sign-in pages, and neither `decide` nor a page knows of it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

import idp.authorization
from idp.authorization.advance import Page, Rules, advance, begin
from idp.authorization.decide import Policy
from idp.authorization.finish import refuse
from idp.authorization.opener import Approval
from idp.authorization.refusal import Refusal
from idp.interactions.end import AlreadyEnded
from idp.interactions.lookup import find_interaction
from idp.interactions.models import Interaction
from idp.interactions.opening import Credit, Opening, Requested, bind_interaction
from idp.journal.models import JournalEntry, Outcome
from idp.settings import Settings
from idp.web.browser import BrowserId, RequestBrowser
from idp.web.db import transaction
from idp.web.routes import room_router
from tests.signin.conftest import Account, Browser, World
from tests.support.app import room_app
from tests.support.people import add_relying_party
from tests.support.postgres import Database

COUNTER = APIRouter()
WORDS: dict[UUID, str] = {}
"""What each sign-in was answered: what a real opener would keep in a row."""


class CounterFull(Exception):
    """Too many wait at the counter."""


@dataclass(frozen=True, kw_only=True)
class CounterOpener:
    """A clerk's counter that asks whether somebody is who they say."""

    relying_party_id: UUID
    minimum_acr: str = "LoA2"
    is_taken: bool = False
    is_full: bool = False
    is_silent: bool = field(default=False, init=False)

    @property
    def credit(self) -> Credit:
        return Credit(relying_party_id=self.relying_party_id, counted=True)

    @property
    def policy(self) -> Policy:
        return Policy(minimum_acr=self.minimum_acr, consent_scopes=frozenset({"profile"}))

    @property
    def opening(self) -> Opening:
        return Opening(
            return_path="/counter/{id}",
            lifetime=timedelta(minutes=5),
            credit=self.credit,
            client_id="counter",
            requested=Requested(scopes=("profile",), claims=("name",)),
            parameters={"minimum_acr": self.minimum_acr, "is_taken": self.is_taken},
        )

    def subject_of(self, person_id: UUID) -> str:
        return f"person {person_id.hex[:4]}"

    def admit(self, _db: Session) -> int:
        if self.is_full:
            raise CounterFull()
        return 0

    def issue(self, _db: Session, approval: Approval) -> str | Refusal:
        if self.is_taken:
            return Refusal("expired_token", "The desk is closed.")
        WORDS[approval.sign_in_id] = f"{self.subject_of(approval.session.person_id)} is here"
        return approval.acr

    def refuse(self, _db: Session, sign_in_id: UUID, refusal: Refusal) -> str:
        WORDS[sign_in_id] = refusal.error
        return "nobody"


@COUNTER.get("/counter/{interaction_id}")
def resume(http: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    seen, settings = RequestBrowser(http), http.app.state.runtime.settings
    rules = Rules(
        assurance=settings.assurance,
        sessions=settings.sessions,
        country=settings.country,
        keyring=settings.secrets.keyring(),
    )
    with transaction(http) as db:
        bind_interaction(db, interaction_id=interaction_id, browser_hash=seen.binding)
        found = find_interaction(db, interaction_id=interaction_id, browser_hash=seen.binding)
        if found is None or found.relying_party_id is None:
            return PlainTextResponse("over", status_code=400)
        opener = CounterOpener(relying_party_id=found.relying_party_id, **found.parameters)
        answer = advance(db, opener, found, browser=seen, rules=rules)
        if isinstance(answer, Page):
            return RedirectResponse(answer.path, status_code=303)
        return PlainTextResponse(answer)


@dataclass
class Counter:
    """The counter, its people, and the application that serves both."""

    world: World
    relying_party_id: UUID

    def call(self, **values: Any) -> str:
        """Ask for somebody; nobody's browser is at hand."""
        with self.world.transaction() as db:
            opener = CounterOpener(relying_party_id=self.relying_party_id, **values)
            return str(begin(db, opener).id)

    def rows(self) -> int:
        """How many interactions and outcomes there are."""
        with self.world.transaction() as db:
            return db.query(Interaction).count() + db.query(JournalEntry).count()

    def outcomes(self, sign_in_id: str) -> list[tuple[Outcome | None, str | None]]:
        """The outcome rows of one sign-in."""
        with self.world.transaction() as db:
            rows = db.query(JournalEntry).where(
                JournalEntry.sign_in_id == UUID(sign_in_id), JournalEntry.outcome.is_not(None)
            )
            return [(row.outcome, row.reason) for row in rows]


@pytest.fixture(scope="module")
def counter(module_database: Database, module_settings: Settings) -> Iterator[Counter]:
    assert module_database
    app: FastAPI = room_app(module_settings, room_router("idp.signin"), COUNTER)
    world = World(app)
    with world.transaction() as db:
        party = add_relying_party(db, client_id="counter")
    yield Counter(world, party.id)
    app.state.runtime.engine.dispose()


def test_a_new_authorization_is_admitted_before_it_leaves_a_row(counter: Counter) -> None:
    before = counter.rows()
    with pytest.raises(CounterFull):
        counter.call(is_full=True)
    full = CounterOpener(relying_party_id=counter.relying_party_id, is_full=True)
    with counter.world.transaction() as db, pytest.raises(CounterFull):
        refuse(db, full, None, Refusal("access_denied", ""))
    assert counter.rows() == before
    counter.call()
    assert counter.rows() == before + 1


def walk(browser: Browser, sign_in_id: str, account: Account) -> str:
    """From the call to the consent page; its address."""
    first = browser.get(f"/counter/{sign_in_id}")
    assert first.headers["location"] == f"/signin/{sign_in_id}/identifier"
    assert browser.sign_in(sign_in_id, account, code=True).headers["location"] == (
        f"/counter/{sign_in_id}"
    )
    consent: str = browser.get(f"/counter/{sign_in_id}").headers["location"]
    assert consent == f"/signin/{sign_in_id}/consent"
    return consent


def test_it_begins_without_a_browser_and_ends_with_one_outcome(counter: Counter) -> None:
    account, browser = counter.world.add_account(), counter.world.browser()
    call = counter.call()
    consent = walk(browser, call, account)
    browser.post(consent, **{"consent-allow": "yes"})
    answer = browser.get(f"/counter/{call}")
    assert (answer.status_code, answer.text) == (200, "LoA3")
    assert WORDS[UUID(call)] == f"person {account.registered.person_id.hex[:4]} is here"
    assert counter.outcomes(call) == [(Outcome.SUCCESS, None)]
    assert browser.get(f"/counter/{call}").status_code == 400
    assert len(counter.outcomes(call)) == 1


def test_it_belongs_to_the_first_browser_that_comes(counter: Counter) -> None:
    first, second = counter.world.browser(), counter.world.browser("another-browser-0123456789012")
    call = counter.call()
    assert first.get(f"/counter/{call}").status_code == 303
    assert second.get(f"/counter/{call}").status_code == 400
    assert first.get(f"/counter/{call}").status_code == 303


def test_a_person_who_does_not_agree_is_a_refusal(counter: Counter) -> None:
    account, browser = counter.world.add_account(), counter.world.browser()
    call = counter.call()
    consent = walk(browser, call, account)
    browser.post(consent, **{"consent-deny": "yes"})
    assert browser.get(f"/counter/{call}").text == "nobody"
    assert WORDS[UUID(call)] == "access_denied"
    assert counter.outcomes(call) == [(Outcome.REFUSED, "access_denied")]


def test_what_cannot_be_reached_is_explained_and_then_refused(counter: Counter) -> None:
    account, browser = counter.world.add_account(proofing=1), counter.world.browser()
    call = counter.call(minimum_acr="LoA3")
    browser.get(f"/counter/{call}")
    browser.sign_in(call, account)
    unmet = browser.get(f"/counter/{call}").headers["location"]
    assert unmet == f"/signin/{call}/unmet"
    assert "Level 3: verified face to face" in browser.get(unmet).text
    assert browser.get(f"/counter/{call}").text == "nobody"
    assert counter.outcomes(call) == [(Outcome.REFUSED, "unmet_authentication_requirements")]


def test_what_is_gone_when_it_is_to_be_issued_is_a_refusal(counter: Counter) -> None:
    account, browser = counter.world.add_account(), counter.world.browser()
    call = counter.call(is_taken=True)
    browser.post(walk(browser, call, account), **{"consent-allow": "yes"})
    assert browser.get(f"/counter/{call}").text == "nobody"
    assert counter.outcomes(call) == [(Outcome.REFUSED, "expired_token")]


def test_a_sign_in_ends_once(counter: Counter) -> None:
    call = counter.call()
    opener = CounterOpener(relying_party_id=counter.relying_party_id)
    interaction = counter.world.interaction(call)
    with counter.world.transaction() as db:
        assert refuse(db, opener, interaction, Refusal("access_denied", "")) == "nobody"
    with pytest.raises(AlreadyEnded), counter.world.transaction() as db:
        refuse(db, opener, interaction, Refusal("access_denied", ""))
    assert len(counter.outcomes(call)) == 1


def test_no_page_reads_the_parameters_of_an_opener() -> None:
    """They are of whatever kind the opener is; pages have columns of their own."""
    rooms = Path(idp.authorization.__file__).parent.parent
    for room in ("signin", "authorization", "web", "account"):
        for path in (rooms / room).rglob("*.py"):
            read = {
                node.attr
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Attribute)
                and not ast.unparse(node.value).startswith("signature(")  # a Python function's
            }
            assert "parameters" not in read, path
