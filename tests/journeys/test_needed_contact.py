"""An address that a service needs: fifty times at two processes, declined, and at a device."""

from collections.abc import Iterator

import httpx2
import pytest
from sqlalchemy import Engine, func, select

from idp.journal.models import JournalEntry
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.people.models import PersonContact
from idp.settings import Settings
from tests.journeys.test_repeated_forms import count_events, send_fifty, told_fifty
from tests.support.codes import sent_codes
from tests.support.country import SECRET, Citizen, Country, add_citizen
from tests.support.people import add_agency, add_relying_party
from tests.support.postgres import Database
from tests.support.races import Racers, racing
from tests.support.relying_party import TestParty
from tests.support.served import Served, served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

ADDRESS = "mai@example.vn"
_PATIENT = {
    "IDP_SERVER__QUEUE_WAIT": "PT20S",
    "IDP_MAIL__HOST": "127.0.0.1",
    "IDP_MAIL__SENDER": "id@id.example",
}


@pytest.fixture(scope="module")
def patient(module_database: Database, country: Country) -> Iterator[Served]:
    """A provider that could send mail, and leaves it in its outbox."""
    assert country
    with served(module_database, settings=_PATIENT, options=("--no-work",)) as provider:
        yield provider


@pytest.fixture(scope="module")
def racers(module_database: Database, patient: Served) -> Iterator[Racers]:
    """Fifty threads at that provider's two processes."""
    settings = {"issuer": patient.url, "settings": _PATIENT, "options": ("--no-work",)}
    with (
        served(module_database, **settings) as second,
        racing(patient.url, second.url) as racers,
    ):
        yield racers


@pytest.fixture(scope="module")
def party(patient: Served, engine: Engine) -> TestParty:
    """One that cannot do without an address."""
    with transaction(engine) as db:
        agency = add_agency(db, code="G77")
        party = add_relying_party(
            db, client_id="needing", agency=agency, secret_hash=token_hash(SECRET)
        )
        party.scope, party.needed_claims = "openid email", ["email"]
        party.grant_types = ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]
    return TestParty(patient.url, "needing", SECRET)


@pytest.fixture
def citizen(engine: Engine, country_settings: Settings, country_keyring: Keyring) -> Citizen:
    """Someone whose account has no address."""
    with transaction(engine) as db:
        return add_citizen(db, settings=country_settings, keyring=country_keyring, has_totp=False)


def code_for(citizen: Citizen, engine: Engine, keyring: Keyring) -> str:
    """The code of the one message."""
    with transaction(engine) as db:
        [sent] = sent_codes(db, keyring=keyring, person_id=citizen.person_id)
    assert sent["address"] == ADDRESS
    return sent["code"]


def test_fifty_times_the_same_form_sends_one_code_and_keeps_one_address(
    racers: Racers,
    visitor: Visitor,
    party: TestParty,
    citizen: Citizen,
    engine: Engine,
    country_keyring: Keyring,
) -> None:
    page = sign_in(visitor, visitor.open(party.authorize_url(scope="openid email")), citizen)
    assert page.path.endswith("/contact/email")
    page = send_fifty(racers, visitor, page, email=ADDRESS)
    changed = count_events(engine, "contact.changed")
    page = send_fifty(racers, visitor, page, code=code_for(citizen, engine, country_keyring))
    assert count_events(engine, "contact.changed") == changed + 1
    with transaction(engine) as db:
        theirs = PersonContact.person_id == citizen.person_id
        assert db.scalar(select(func.count()).where(theirs)) == 1
    tokens = party.redeem(party.answer(agree(visitor, page).url)["code"]).json()
    assert party.userinfo(tokens["access_token"]).json()["email"] == ADDRESS


def test_fifty_times_no_is_one_refusal(
    racers: Racers, visitor: Visitor, party: TestParty, citizen: Citizen, engine: Engine
) -> None:
    page = sign_in(visitor, visitor.open(party.authorize_url(scope="openid email")), citizen)
    page = visitor.open(f"{page.url}/without")
    before = count_events(engine, "signin.refused")
    back = told_fifty(racers, visitor, page)
    answer = party.answer(visitor.open(back).url)
    assert (answer["error"], answer["state"]) == ("access_denied", "st4te")
    assert count_events(engine, "signin.refused") == before + 1
    with transaction(engine) as db:
        newest = select(JournalEntry.reason).where(JournalEntry.event == "signin.refused")
        assert db.scalar(newest.order_by(JournalEntry.id.desc()).limit(1)) == "access_denied"


def test_a_device_is_asked_for_it_on_the_phone(
    visitor: Visitor,
    party: TestParty,
    citizen: Citizen,
    engine: Engine,
    country_keyring: Keyring,
) -> None:
    """The device grant takes the same way; its answer waits for the address."""
    begun = httpx2.post(
        f"{party.issuer}/device_authorization",
        data={"scope": "openid email"},
        auth=(party.client_id, party.client_secret),
    ).json()
    page = visitor.submit(visitor.open(f"{party.issuer}/device"), {"user_code": begun["user_code"]})
    page = sign_in(visitor, page, citizen)
    assert page.path.endswith("/contact/email")
    page = visitor.submit(page, {"email": ADDRESS})
    page = visitor.submit(page, {"code": code_for(citizen, engine, country_keyring)})
    page = visitor.submit(page, {}, button="consent-allow")
    assert page.path == "/device/allowed"
