"""A sign-in surface on its own: its pages over a real database, and a browser to walk them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from idp.accounts.registration import Registered, register_person
from idp.assurance.levels import find_level
from idp.factors.password import hash_password
from idp.interactions.models import Interaction, Needs
from idp.interactions.opening import Credit, Opening, Requested, open_interaction
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.people.declaration import declare
from idp.people.models import Sex
from idp.people.population import PopulationEntry, import_population, population_register
from idp.sessions.lookup import CurrentSession, find_session
from idp.settings import Settings
from idp.web.cookies import CookieNames
from idp.web.routes import room_router
from tests.support.app import part_of, room_app
from tests.support.people import give_app

PASSWORD = "sớm mai gà gáy bên sông"
BROWSER = "browser-of-the-tests-0123456789"
AGENT = "Mozilla/5.0 (test)"
DECLARED = {
    "name": "Trần Văn Bình",
    "birthdate": "17/05/1990",
    "sex": "male",
    "password": PASSWORD,
    "again": PASSWORD,
}
"""What somebody enters who registers, but for the number."""


@dataclass(frozen=True)
class Account:
    """A person who can sign in."""

    registered: Registered
    number: str
    totp_secret: str

    def code(self, at: datetime | None = None) -> str:
        """The one-time code of an instant."""
        return pyotp.TOTP(self.totp_secret).at(at or clock.now())


class Browser:
    """One browser: cookies, forms with their token, and what stands behind it in the database."""

    def __init__(self, app: FastAPI, *, browser_id: str, address: str) -> None:
        self.app, self.address = app, address
        self.client = TestClient(
            app,
            base_url="http://localhost:8000",
            follow_redirects=False,
            client=(address, 50000),
        )
        self.client.headers["user-agent"] = AGENT
        self.names = part_of(app, CookieNames)
        self.browser_id = browser_id
        self.client.cookies.set(self.names.browser, browser_id, domain="localhost.local")
        self.client.cookies.set(self.names.language, "en", domain="localhost.local")

    @property
    def session_token(self) -> str | None:
        """The session cookie the browser holds."""
        return self.client.cookies.get(self.names.session) or None

    def session(self) -> CurrentSession | None:
        """The live session of the browser."""
        with transaction(self.app.state.runtime.engine) as db:
            runtime = self.app.state.runtime
            rules, token = runtime.factor_rules, self.session_token
            return find_session(db, keyring=runtime.keyring, token=token, rules=rules)

    def open(
        self,
        *,
        needed_acr: str = "LoA1",
        needed_authentication: int = 1,
        authenticate_after: datetime | None = None,
        requested: Requested = Requested(),  # noqa: B008 - frozen
        credit: Credit = Credit(),  # noqa: B008 - frozen
        **values: Any,
    ) -> str:
        """Begin an interaction in this browser."""
        settings: Settings = self.app.state.runtime.settings
        level = find_level(settings.assurance, needed_acr)
        needs = Needs(
            acr=needed_acr,
            proofing=level.proofing if level else 0,
            authentication=needed_authentication,
            authenticate_after=authenticate_after,
        )
        usual = {
            "return_path": "/authorize/resume/{id}",
            "lifetime": settings.sessions.interaction,
            "requested": requested,
            "credit": credit,
        }
        opening = Opening(**{**usual, **values})
        with transaction(self.app.state.runtime.engine) as db:
            browser_hash = token_hash(self.browser_id)
            interaction = open_interaction(db, opening, browser_hash=browser_hash, needs=needs)
            return str(interaction.id)

    def get(self, path: str) -> Any:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, *, shown_at: str = "", **fields: str) -> Any:
        """Fill in the form of a page and send it."""
        page = self.client.get(shown_at or path)
        hidden = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page.text))
        assert "csrf_token" in hidden, page.text
        return self.client.post(path, data={**hidden, **fields})

    def refused(self, path: str, *, shown_at: str = "", **fields: str) -> str:
        """Fill in a form that is refused; the page it leads back to, which says why."""
        answer = self.post(path, shown_at=shown_at, **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        page = self.get(path)
        assert page.status_code == 200
        assert 'role="alert"' in page.text
        return str(page.text)

    def sign_in(self, interaction: str, account: Account, *, code: bool = False) -> Any:
        """Walk identifier, password and, if asked, the one-time code."""
        self.post(f"/signin/{interaction}/identifier", identifier=account.number)
        answer = self.post(f"/signin/{interaction}/password", password=PASSWORD)
        if code:
            answer = self.post(f"/signin/{interaction}/otp", otp=account.code())
        return answer


class World:
    """The application and its database."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.settings: Settings = app.state.runtime.settings
        self.keyring: Keyring = app.state.runtime.keyring
        self._next = 100000

    def transaction(self) -> Any:
        """A unit of work of the test's own."""
        return transaction(self.app.state.runtime.engine)

    def browser(self, browser_id: str = BROWSER, *, address: str = "192.0.2.1") -> Browser:
        """A new browser."""
        return Browser(self.app, browser_id=browser_id, address=address)

    def skip_numbers(self, many: int) -> None:
        """Leave so many numbers to another world on the same database."""
        self._next += many

    def new_number(self) -> str:
        """A citizen number nobody holds: a woman born in 1990."""
        self._next += 1
        return f"001190{self._next}"

    def add_account(self, *, proofing: int = 2, totp: bool = True, number: str = "") -> Account:
        """A person with a password and, if wanted, an authenticator app.

        As the population register has them, else a woman called Hoa.
        """
        number = number or self.new_number()
        who = {"name": "Nguyễn Thị Hoa", "birthdate": "1990-05-17", "sex": "female"}
        with self.transaction() as db:
            entry = population_register(db, keyring=self.keyring).find(number=number)
            registered = register_person(
                db,
                keyring=self.keyring,
                declaration=entry or declare(number=number, **who, at=clock.now()),
                password_hash=hash_password(self.settings.passwords, PASSWORD),
                proofing=proofing,
                at=clock.now(),
            )
            assert isinstance(registered, Registered)
            secret = (
                give_app(db, keyring=self.keyring, person_id=registered.person_id) if totp else ""
            )
        return Account(registered, number, secret)

    def add_to_register(
        self, number: str, name: str, *, email: str = "", home: tuple[str, ...] = ()
    ) -> None:
        """A man of the population register, born on 17 May 1990; `home` is where he lives."""
        with self.transaction() as db:
            entry = PopulationEntry(number, name, "1990-05-17", Sex.MALE, "01", email, *home)
            import_population(db, [entry], keyring=self.keyring, at=clock.now())

    def events(self, sign_in_id: str) -> list[str]:
        """The journal's events of one sign-in, in order."""
        with self.transaction() as db:
            rows = select(JournalEntry.event).where(JournalEntry.sign_in_id == sign_in_id)
            return list(db.scalars(rows.order_by(JournalEntry.id)))

    def interaction(self, interaction_id: str) -> Interaction:
        """The interaction's row."""
        with self.transaction() as db:
            row = db.scalars(select(Interaction).where(Interaction.id == interaction_id)).one()
            assert isinstance(row, Interaction)
            return row


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """The sign-in pages on the file's database."""
    app = room_app(module_settings, room_router("idp.signin"))
    yield World(app)
    app.state.runtime.engine.dispose()
