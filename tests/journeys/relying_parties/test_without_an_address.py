"""Software that signs nobody in without an e-mail address, and a citizen who has none at first.

One proxy is registered as unable to do without, one service says so in its requests. The citizen is
asked once, with the reason; the control is the same software before it said anything.
"""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.people.contacts import replace_contact
from idp.people.models import ContactKind
from idp.settings import Settings
from tests.journeys.relying_parties.parties import NEED_AN_ADDRESS, Addresses, Party, Place
from tests.mail.conftest import Mailbox, mail_server
from tests.support.browser import visit
from tests.support.country import SECRET, Citizen, Country, add_citizen
from tests.support.people import add_agency, add_relying_party
from tests.support.postgres import Database
from tests.support.served import Served, free_port, served


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """Where the provider's mail arrives."""
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
def provider(module_database: Database, country: Country, mailbox: Mailbox) -> Iterator[Served]:
    """A provider that sends mail."""
    assert country
    settings = {
        "IDP_MAIL__HOST": "127.0.0.1",
        "IDP_MAIL__PORT": str(mailbox.port),
        "IDP_MAIL__SECURITY": "none",
        "IDP_MAIL__SENDER": "OneDoor <id@id.example>",
    }
    with served(module_database, settings=settings) as provider:
        yield provider


@pytest.fixture(scope="module", params=NEED_AN_ADDRESS)
def software(request: pytest.FixtureRequest) -> str:
    """Each in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def party(software: str, provider: Served, engine: Engine) -> Iterator[Party]:
    """The software, having said what it cannot do without."""
    with started(software, provider, engine, is_marked=True) as party:
        yield party


@contextmanager
def started(software: str, provider: Served, engine: Engine, *, is_marked: bool) -> Iterator[Party]:
    known = NEED_AN_ADDRESS[software]
    client_id = software if is_marked else f"{software}-unmarked"
    place = Place(provider.url, client_id, port=free_port(), is_marked=is_marked)
    with transaction(engine) as db:
        register(db, place, known.pages, is_registered_so=is_marked and software != "django")
    running: AbstractContextManager[Served] = known.start(place)
    with running as process:
        yield Party(place, process, known.pages)


def register(db: Session, place: Place, pages: Addresses, *, is_registered_so: bool) -> None:
    code = f"G{70 + len(place.client_id)}"
    client = add_relying_party(
        db,
        client_id=place.client_id,
        agency=add_agency(db, code=code),
        secret_hash=token_hash(SECRET),
    )
    client.scope = "openid profile email"
    client.purpose_vi, client.purpose_en = "gửi kết quả", "sending you the result"
    client.redirect_uris = [place.url + pages.callback]
    client.post_logout_redirect_uris = [place.url + pages.signed_out]
    client.needed_claims = ["email"] if is_registered_so else []


@pytest.fixture
def citizen(engine: Engine, country_settings: Settings, country_keyring: Keyring) -> Citizen:
    """Someone whose account has no address."""
    with transaction(engine) as db:
        return add_citizen(db, settings=country_settings, keyring=country_keyring, has_totp=False)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser without history."""
    with visit(browser) as context:
        yield context.new_page()


def sign_in(page: Page, party: Party, citizen: Citizen) -> None:
    """As far as the factors go."""
    page.goto(party.url(party.pages.sign_in))
    assert page.url.startswith(party.place.issuer), party.process.log
    for name, value in (("identifier", citizen.number), ("password", citizen.password)):
        page.fill(f"[name={name}]", value)
        page.click("main form:not(#passkey) button")


def arrived(mailbox: Mailbox, address: str) -> str:
    """The code of the letter to that address."""
    deadline = time.monotonic() + 30
    while True:
        for letter in reversed(mailbox.letters):
            body = letter.get_body(("plain",))
            found = re.search(r"\b\d{6}\b", body.get_content()) if body else None
            if address in str(letter["To"]) and found:
                return found[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_is_given_once_in_the_sign_in_and_not_asked_again(
    party: Party, browser: Browser, page: Page, citizen: Citizen, mailbox: Mailbox
) -> None:
    address = f"{citizen.number}@example.vn"
    sign_in(page, party, citizen)
    page.wait_for_url("**/contact/email")
    assert "sending you the result" in page.inner_text("main")
    page.fill("[name=email]", address)
    page.click("main form:not(#passkey) button")
    page.fill("[name=code]", arrived(mailbox, address))
    page.click("main form:has([name=code]) button")
    page.click("[name=consent-allow]")
    page.wait_for_url(f"{party.place.url}/**")
    told = party.told(page)
    assert told is not None, party.process.log
    assert told["email"] == address
    with visit(browser) as elsewhere:
        again = elsewhere.new_page()
        sign_in(again, party, citizen)
        again.wait_for_url(f"{party.place.url}/**")
        assert party.told(again) == told


def test_who_has_one_is_not_asked_and_signs_out(
    party: Party,
    page: Page,
    citizen: Citizen,
    engine: Engine,
    country_keyring: Keyring,
) -> None:
    with transaction(engine) as db:
        replace_contact(
            db,
            keyring=country_keyring,
            kind=ContactKind.EMAIL,
            person_id=citizen.person_id,
            value="mai@example.vn",
            at=clock.now(),
        )
    sign_in(page, party, citizen)
    page.click("[name=consent-allow]")
    page.wait_for_url(f"{party.place.url}/**")
    told = party.told(page)
    assert told is not None, party.process.log
    assert told["email"] == "mai@example.vn"
    page.goto(sign_out_url(party))
    if page.url.startswith(party.place.issuer):  # the proxy sends no id_token_hint: they are asked
        page.click("[name=logout-confirm]")
    page.wait_for_url(f"{party.url(party.pages.signed_out)}**")
    assert party.told(page) is None
    page.goto(party.url(party.pages.sign_in))
    assert page.locator("[name=identifier]").count() == 1


def sign_out_url(party: Party) -> str:
    """Of the proxy, with where it goes on: to the provider, and from there back."""
    place, pages = party.place, party.pages
    back = urlencode(
        {"client_id": place.client_id, "post_logout_redirect_uri": party.url(pages.signed_out)}
    )
    onward = quote(f"{place.issuer}/end_session?{back}", safe="") if "rd=" in pages.sign_out else ""
    return party.url(pages.sign_out) + onward


def test_who_does_not_give_it_comes_back_without_being_signed_in(
    party: Party, page: Page, citizen: Citizen
) -> None:
    sign_in(page, party, citizen)
    page.wait_for_url("**/contact/email")
    page.click("main a[href$='without']")
    page.click("main form:not(#passkey) button")
    page.wait_for_url(f"{party.place.url}/**")
    assert party.told(page) is None
    page.goto(party.url(party.pages.sign_in))
    assert page.url.endswith("/contact/email"), "whoever thinks better of it is asked again"


def test_before_it_said_so_it_signs_nobody_in_who_has_no_address(
    software: str, provider: Served, engine: Engine, page: Page, citizen: Citizen
) -> None:
    """What the mark is for."""
    with started(software, provider, engine, is_marked=False) as party:
        sign_in(page, party, citizen)
        page.click("[name=consent-allow]")
        page.wait_for_url(f"{party.place.url}/**")
        assert party.told(page) is None, party.process.log
