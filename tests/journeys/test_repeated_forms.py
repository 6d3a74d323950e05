"""Fifty times the same form at two served processes: taken once, and everybody has its answer."""

from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import Engine, func, select

from idp.journal.models import JournalEntry
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from tests.support.country import Country
from tests.support.people import add_agency, add_relying_party
from tests.support.races import Racers, Use
from tests.support.relying_party import TestParty
from tests.support.served import Served
from tests.support.sign_in import agree, fresh_code
from tests.support.visitor import Page, Visitor

_SECRET = "secret-of-a-service-with-few-demands-0123456789"


@pytest.fixture(scope="module")
def party(patient: Served, country: Country) -> TestParty:
    return country.ministry(patient.url)


def count_events(engine: Engine, event: str) -> int:
    with transaction(engine) as db:
        found = select(func.count()).select_from(JournalEntry).where(JournalEntry.event == event)
        return db.scalar(found) or 0


def send_fifty(racers: Racers, visitor: Visitor, page: Page, **fields: str) -> Page:
    """Where all of them lead, as the browser sees it."""
    return visitor.open(told_fifty(racers, visitor, page, **fields))


def told_fifty(racers: Racers, visitor: Visitor, page: Page, **fields: str) -> str:
    """The address to which all of them lead; the browser has the cookies that went with it."""
    form = page.form(*fields)
    cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.client.cookies.jar)
    headers = {"Cookie": cookies, "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
    path = urlsplit(urljoin(page.url, form.action)).path
    answers = racers.run(Use(path, {**form.fields, **fields}, headers))
    told = {(answer.status, answer.location, answer.cookies) for answer in answers}
    assert len(told) == 1, told
    [(status, location, set_cookies)] = told
    assert status == 303
    for cookie in set_cookies:
        name, _, value = cookie.partition(";")[0].partition("=")
        for known in [c for c in visitor.client.cookies.jar if c.name == name]:
            visitor.client.cookies.jar.clear(known.domain, known.path, known.name)
        visitor.client.cookies.set(name, value, domain="localhost.local")
    return urljoin(page.url, location)


def test_fifty_times_the_same_form_is_taken_once(
    racers: Racers, visitor: Visitor, party: TestParty, country: Country, engine: Engine
) -> None:
    """A1: identifier, password, code and consent, to the code that the relying party redeems."""
    page = visitor.open(party.authorize_url(scope="openid profile", prompt="consent"))
    page = send_fifty(racers, visitor, page, identifier=country.citizen.number)
    page = send_fifty(racers, visitor, page, password=country.citizen.password)
    if page.path.endswith("/otp"):
        page = send_fifty(racers, visitor, page, otp=fresh_code(country.citizen))
    granted = count_events(engine, "consent.granted")
    page = send_fifty(racers, visitor, page, **{"consent-allow": "yes"})
    assert party.redeem(party.answer(page.url)["code"]).status_code == 200
    assert count_events(engine, "session.started") == 1
    assert count_events(engine, "consent.granted") == granted + 1
    assert count_events(engine, "signin.attempt_failed") == 0
    assert count_events(engine, "signin.throttled") == 0


def test_fifty_times_the_form_that_ends_a_sign_in_is_one_code(
    racers: Racers, visitor: Visitor, patient: Served, country: Country, engine: Engine
) -> None:
    """Agreed to before, the password brings the code: to all the same, and it is a good one."""
    with transaction(engine) as db:
        agency = add_agency(db, code="G79")
        add_relying_party(db, client_id="plain", agency=agency, secret_hash=token_hash(_SECRET))
    party = TestParty(patient.url, "plain", _SECRET)
    page = visitor.open(party.authorize_url(prompt="consent"))
    page = visitor.submit(page, {"identifier": country.citizen.number})
    agree(visitor, visitor.submit(page, {"password": country.citizen.password}))
    before = {event: count_events(engine, event) for event in ("signin.succeeded", "grant.revoked")}
    page = visitor.open(party.authorize_url(prompt="login"))
    if page.path.endswith("/identifier"):
        page = visitor.submit(page, {"identifier": country.citizen.number})
    end = told_fifty(racers, visitor, page, password=country.citizen.password)
    assert party.redeem(party.answer(end)["code"]).status_code == 200
    assert count_events(engine, "signin.succeeded") == before["signin.succeeded"] + 1
    assert count_events(engine, "grant.revoked") == before["grant.revoked"]


def test_fifty_times_the_same_wrong_password_is_one_miss(
    racers: Racers, visitor: Visitor, party: TestParty, country: Country, engine: Engine
) -> None:
    """A1: and whoever types the right one then is not told to wait."""
    page = visitor.open(party.authorize_url(scope="openid profile", prompt="login"))
    page = visitor.submit(page, {"identifier": country.citizen.number})
    before = count_events(engine, "signin.attempt_failed")
    page = send_fifty(racers, visitor, page, password="this is not the right one")
    assert page.path.endswith("/password")
    assert count_events(engine, "signin.attempt_failed") == before + 1
    page = visitor.submit(page, {"password": country.citizen.password})
    assert not page.path.endswith("/password")
