"""How many SQL statements each flow may cost: warm, over HTTP, counted at the cursor, all on."""

import html
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
import pytest
import uvicorn
from sqlalchemy import Engine

from idp.app import create_app
from idp.kit.db import make_engine, transaction
from idp.kit.secrets import token_hash
from idp.settings.server import IssuerSettings, MailSettings
from tests.conftest import make_settings
from tests.support.codes import sent_codes
from tests.support.country import Country, add_citizen, found_country
from tests.support.passkeys import SoftKey
from tests.support.people import add_agency, add_relying_party, give_codes, give_passkey
from tests.support.postgres import Database
from tests.support.relying_party import TestParty
from tests.support.served import free_port
from tests.support.sign_in import agree, fresh_code, sign_in
from tests.support.statements import statements
from tests.support.visitor import Visitor

_SECRET = "secret-of-a-service-with-few-demands-0123456789"


@dataclass
class Counter:
    """The statements the serving engine ran."""

    url: str
    engine: Engine
    statements: list[str] = field(default_factory=list)

    @contextmanager
    def within(self, budget: int, flow: str, *, bounds: bool = False) -> Iterator[None]:
        """Fail, printing the statements, when the block costs more than the budget."""
        with statements(self.engine, bounds=bounds) as sent:
            yield
        self.statements[:] = sent
        print(f"\n{flow}: {len(self.statements)} of {budget}")
        spent = "\n\n".join(self.statements)
        assert len(self.statements) <= budget, f"{flow}: {len(self.statements)}\n\n{spent}"


@pytest.fixture(scope="module")
def country(module_database: Database) -> Country:
    """The country, founded through an engine that is not counted."""
    settings = make_settings(module_database)
    engine = make_engine(module_database.app_url)
    country = found_country(engine, settings=settings, keyring=settings.secrets.keyring())
    engine.dispose()
    return country


@pytest.fixture(scope="module")
def counter(module_database: Database, country: Country) -> Iterator[Counter]:
    """The provider served from this process, its statements counted."""
    assert country
    port = free_port()
    url = f"http://localhost:{port}"
    settings = make_settings(module_database)
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    served = settings.model_copy(update={"issuer": IssuerSettings(url=url), "mail": mail})
    app = create_app(served)
    counter = Counter(url, app.state.runtime.engine)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait_for(lambda: server.started)
    yield counter
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def party(counter: Counter, country: Country) -> TestParty:
    """The ministry's client."""
    return country.ministry(counter.url)


@pytest.fixture(scope="module")
def visitor(party: TestParty, country: Country) -> Iterator[Visitor]:
    """Someone signed in who has agreed, also to offline access."""
    visitor = Visitor(stop_at=("https://rp.example/",))
    page = visitor.open(
        party.authorize_url(scope="openid profile offline_access", prompt="consent")
    )
    page = agree(visitor, sign_in(visitor, page, country.citizen))
    party.redeem(party.answer(page.url)["code"])
    party.token(grant_type="client_credentials")
    yield visitor
    visitor.close()


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_client_credentials(counter: Counter, party: TestParty, visitor: Visitor) -> None:
    assert visitor
    with counter.within(1, "client_credentials"):
        assert party.token(grant_type="client_credentials").status_code == 200


def test_warm_code_flow(counter: Counter, party: TestParty, visitor: Visitor) -> None:
    with counter.within(9, "whole warm code flow"):
        with counter.within(3, "/authorize warm"):
            page = visitor.open(party.authorize_url(scope="openid profile"))
        code = party.answer(page.url)["code"]
        with counter.within(4, "/token code"):
            tokens = party.redeem(code).json()
        with counter.within(2, "/userinfo"):
            assert party.userinfo(tokens["access_token"]).status_code == 200


def test_pushed_request(counter: Counter, party: TestParty, visitor: Visitor) -> None:
    with counter.within(2, "/par"):
        handle = party.push(scope="openid profile").json()["request_uri"]
    with counter.within(4, "/authorize warm, by handle"):
        page = visitor.open(party.open_url(handle))
    assert "code" in party.answer(page.url)


def test_introspection(counter: Counter, party: TestParty, visitor: Visitor) -> None:
    page = visitor.open(party.authorize_url(scope="openid profile"))
    token = party.redeem(party.answer(page.url)["code"]).json()["access_token"]
    with counter.within(2, "introspection"):
        answer = httpx2.post(
            f"{counter.url}/introspect",
            data={"token": token},
            auth=(party.client_id, party.client_secret),
            timeout=20,
        )
    assert answer.json()["active"] is True


def test_refresh(counter: Counter, party: TestParty, visitor: Visitor, country: Country) -> None:
    page = agree(
        visitor,
        visitor.open(party.authorize_url(scope="openid offline_access", prompt="consent")),
    )
    tokens = party.redeem(party.answer(page.url)["code"]).json()
    with counter.within(4, "refresh"):
        answer = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert answer.status_code == 200
    assert country


def test_password_page(counter: Counter, party: TestParty, country: Country) -> None:
    visitor = Visitor(stop_at=("https://rp.example/",))
    page = visitor.open(party.authorize_url())
    page = visitor.submit(page, {"identifier": country.citizen.number})
    form = page.form("password")
    with counter.within(7, "password page POST"):
        answer = visitor.client.post(
            page.url,
            data={**form.fields, "password": country.citizen.password},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    assert answer.status_code == 303
    page = visitor.open(f"{counter.url}{answer.headers['location']}")
    page = visitor.submit(page, {"otp": fresh_code(country.citizen)})
    assert "code" in party.answer(page.url)
    visitor.close()


def test_password_sign_in(counter: Counter, country: Country, module_database: Database) -> None:
    """All of a sign-in by password, BEGIN and COMMIT too, where the service was agreed to before.

    In a browser that is not known: one more puts the letter about it into the outbox.

    No source is counted on loopback: /authorize sends a statement more to who comes from elsewhere.
    """
    engine = make_engine(module_database.app_url)
    with transaction(engine) as db:
        agency = add_agency(db, code="G78")
        add_relying_party(db, client_id="plain", agency=agency, secret_hash=token_hash(_SECRET))
    engine.dispose()
    party = TestParty(counter.url, "plain", _SECRET)
    for budget in (100, 16):
        visitor = Visitor(stop_at=(party.redirect_uri,))
        with counter.within(budget, "password sign-in", bounds=True):
            page = visitor.open(party.authorize_url(scope="openid"))
            page = visitor.submit(page, {"identifier": country.citizen.number})
            page = visitor.submit(page, {"password": country.citizen.password})
        page = agree(visitor, page) if budget > 16 else page
        assert party.redeem(party.answer(page.url)["code"]).status_code == 200
        visitor.close()


def test_passkey_sign_in(
    counter: Counter, country: Country, party: TestParty, module_database: Database
) -> None:
    """All of a sign-in by passkey to the service's code, BEGIN and COMMIT too; two pages."""
    keyring = make_settings(module_database).secrets.keyring()
    engine, key = make_engine(module_database.app_url), SoftKey(origin=counter.url)
    with transaction(engine) as db:
        citizen = add_citizen(db, settings=make_settings(module_database), keyring=keyring)
        give_passkey(db, key, keyring=keyring, person_id=citizen.person_id)
    engine.dispose()
    for budget in (100, 20):
        visitor = Visitor(stop_at=("https://rp.example/",))
        with counter.within(budget, "passkey sign-in", bounds=True):
            page = visitor.open(party.authorize_url(scope="openid"))
            form = page.form("answer")
            options = re.search(r'data-options="([^"]*)"', page.text)
            assert options
            answer = {**form.fields, "answer": key.get(html.unescape(options.group(1)))}
            page = visitor.post(page.url.replace("/identifier", "/passkey"), answer)
        page = agree(visitor, page) if page.path.endswith("/consent") else page
        assert "code" in party.answer(page.url)
        visitor.close()


def test_recovery_code_page(
    counter: Counter,
    party: TestParty,
    country: Country,
    module_database: Database,
) -> None:
    keyring = make_settings(module_database).secrets.keyring()
    engine = make_engine(module_database.app_url)
    with transaction(engine) as db:
        [code, *_] = give_codes(db, keyring=keyring, person_id=country.citizen.person_id)
    engine.dispose()
    visitor = Visitor(stop_at=("https://rp.example/",))
    page = visitor.open(party.authorize_url())
    page = visitor.submit(page, {"identifier": country.citizen.number})
    page = visitor.submit(page, {"password": country.citizen.password})
    with counter.within(4, "recovery code's page"):
        page = visitor.open(page.url.replace("/otp", "/recovery-code"))
    form = page.form("code")
    with counter.within(16, "recovery code's page POST, to the service's code"):
        answer = visitor.client.post(
            page.url,
            data={**form.fields, "code": code},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    assert "code" in party.answer(answer.headers["location"])
    visitor.close()


def test_needed_contact(counter: Counter, country: Country, module_database: Database) -> None:
    """A service that cannot do without an address costs who has one a statement more."""
    keyring = make_settings(module_database).secrets.keyring()
    engine = make_engine(module_database.app_url)
    with transaction(engine) as db:
        agency = add_agency(db, code="G79")
        needing = add_relying_party(
            db, client_id="needing", agency=agency, secret_hash=token_hash(_SECRET)
        )
        needing.scope, needing.needed_claims = "openid email", ["email"]
    party = TestParty(counter.url, "needing", _SECRET)
    visitor = Visitor(stop_at=(party.redirect_uri,))
    page = visitor.open(party.authorize_url(scope="openid email"))
    page = sign_in(visitor, page, country.citizen)
    with counter.within(5, "needed contact's page"):
        page = visitor.open(page.url)
    with counter.within(15, "an address, and its page again"):
        page = visitor.submit(page, {"email": "mai@example.vn"})
    with transaction(engine) as db:
        [sent] = sent_codes(db, keyring=keyring, person_id=country.citizen.person_id)
    engine.dispose()
    with counter.within(21, "its code, to the consent page"):
        page = visitor.submit(page, {"code": sent["code"]})
    party.redeem(party.answer(agree(visitor, page).url)["code"])
    with counter.within(4, "/authorize warm, where a contact is needed"):
        page = visitor.open(party.authorize_url(scope="openid email"))
    assert "code" in party.answer(page.url)
    visitor.close()
