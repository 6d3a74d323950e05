"""A real browser on a slow line: pressed twice, gone back, left open, and without cookies."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine, func, select, update

from idp.catalogue.models import PublicService
from idp.interactions.models import Interaction
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.people.models import Person
from tests.support.browser import FLAGS, look, visit
from tests.support.chromium import find_chromium
from tests.support.country import Country
from tests.support.people import add_agency, add_relying_party
from tests.support.relying_party import TestParty
from tests.support.served import Served
from tests.support.sign_in import fresh_code

LATENCY = 300
SECRET = "secret-of-the-hurried-service-0123456789"
NEWCOMER = {"number": "001090123456", "name": "Trần Văn Bình", "birthdate": "17/05/1990"}
PASSWORD = "sớm mai gà gáy bên sông"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of a service on loopback: a page, whatever is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Service</title><h1>Service</h1>")

        def log_message(self, *_values: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def party(provider: Served, service: str, country: Country, engine: Engine) -> TestParty:
    """The service's client, which says where it is."""
    assert country
    with transaction(engine) as db:
        agency = add_agency(db, code="G77")
        row = add_relying_party(
            db, client_id="hurried", agency=agency, secret_hash=token_hash(SECRET)
        )
        row.redirect_uris, row.client_uri = [f"{service}/cb"], f"{service}/"
        db.get_one(PublicService, row.default_service_id).required_acr = "LoA2"
    return TestParty(provider.url, "hurried", SECRET, redirect_uri=f"{service}/cb")


@contextmanager
def slow_page(browser: Browser) -> Iterator[Page]:
    """A page each of whose requests takes a while."""
    with visit(browser) as context:
        yield slowed(context)


def slowed(context: BrowserContext) -> Page:
    page = context.new_page()
    line = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)
    return page


def double_click(page: Page, button: str) -> None:
    page.locator(button).dblclick(delay=40)


def press_enter_twice(page: Page, button: str) -> None:
    page.focus(button)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")


def press_again_on_the_way(page: Page, button: str) -> None:
    """The second time when the request of the first has left, and its answer has not come."""
    page.locator(button).scroll_into_view_if_needed()
    box = page.locator(button).bounding_box()
    assert box
    where = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with page.expect_request(lambda request: request.method == "POST"):
        page.mouse.click(*where)
    page.mouse.click(*where)


def arrive(page: Page, end: str) -> None:
    """Wait for the page, whatever navigation was broken off on the way."""
    expect(page).to_have_url(re.compile(end), timeout=20_000)
    page.wait_for_load_state()


WAYS = [double_click, press_enter_twice, press_again_on_the_way]


def party_home(party: TestParty) -> str:
    return party.redirect_uri.removesuffix("cb")


def count_events(engine: Engine, event: str) -> int:
    with transaction(engine) as db:
        found = select(func.count()).select_from(JournalEntry).where(JournalEntry.event == event)
        return db.scalar(found) or 0


def walk(
    page: Page,
    party: TestParty,
    country: Country,
    press: Callable[[Page, str], None] = Page.click,
    *,
    until: str = "consent",
) -> None:
    """From the service to its answer, or to an earlier page."""
    page.goto(party.authorize_url(scope="openid profile", prompt="consent"))
    values = {"identifier": country.citizen.number, "password": country.citizen.password}
    for name in ("identifier", "password", "otp", "consent"):
        arrive(page, f"/{name}$")
        if name == until:
            return
        page.fill(f"[name={name}]", values.get(name) or fresh_code(country.citizen))
        press(page, "main form:not(#passkey) button.primary")


@pytest.mark.parametrize("press", WAYS)
def test_pressed_twice_on_a_slow_line_every_page_leads_on(
    browser: Browser,
    party: TestParty,
    country: Country,
    engine: Engine,
    press: Callable[[Page, str], None],
) -> None:
    """A1: number, password, code and consent, each sent twice; the service gets a good code."""
    before = {event: count_events(engine, event) for event in ("session.started", "session.raised")}
    failed = count_events(engine, "signin.attempt_failed")
    with slow_page(browser) as page:
        walk(page, party, country, press)
        press(page, "[name=consent-allow]")
        arrive(page, r"/cb\?")
        answer = party.answer(page.url)
    assert party.redeem(answer["code"]).status_code == 200
    assert count_events(engine, "signin.attempt_failed") == failed
    for event, times in before.items():
        assert count_events(engine, event) == times + 1


@pytest.mark.parametrize("press", WAYS)
def test_the_last_form_pressed_twice_brings_one_good_code(
    browser: Browser,
    party: TestParty,
    country: Country,
    engine: Engine,
    press: Callable[[Page, str], None],
) -> None:
    """Agreed to before, the code ends the sign-in; Back leads to the service from there."""
    with slow_page(browser) as page:
        walk(page, party, country)
        page.click("[name=consent-allow]")
        arrive(page, r"/cb\?")
    succeeded = count_events(engine, "signin.succeeded")
    with slow_page(browser) as page:
        page.goto(party.authorize_url(scope="openid profile"))
        for name, value in (
            ("identifier", country.citizen.number),
            ("password", country.citizen.password),
            ("otp", ""),
        ):
            arrive(page, f"/{name}$")
            page.fill(f"[name={name}]", value or fresh_code(country.citizen))
            press(page, "main form:not(#passkey) button.primary")
        arrive(page, r"/cb\?")
        assert party.redeem(party.answer(page.url)["code"]).status_code == 200
        answer = page.go_back()
        assert answer
        assert answer.status == 400
        assert page.locator(".going").inner_text().count("\n") >= 2
    assert count_events(engine, "signin.succeeded") == succeeded + 1


@pytest.mark.parametrize("press", WAYS)
def test_a_registration_pressed_twice_makes_one_account(
    browser: Browser, party: TestParty, engine: Engine, press: Callable[[Page, str], None]
) -> None:
    """A2: and goes on to its next step."""
    with transaction(engine) as db:
        before = db.scalar(select(func.count()).select_from(Person)) or 0
    with slow_page(browser) as page:
        page.goto(party.authorize_url())
        page.goto(page.url.replace("/identifier", "/register"))
        for name, value in NEWCOMER.items():
            page.fill(f"[name={name}]", value)
        page.check("[name=sex][value=other]")
        page.fill("[name=password]", PASSWORD)
        press(page, "main form:not(#passkey) button.primary")
        arrive(page, "/compare$")
        press(page, "[name=register]")
        arrive(page, "/confirm$")
        assert page.locator("h1").count() == 1
    with transaction(engine) as db:
        assert db.scalar(select(func.count()).select_from(Person)) == before + 1


def test_back_after_finishing_leads_to_the_service(
    browser: Browser, party: TestParty, country: Country
) -> None:
    """A4: the page names it, and everybody can use it."""
    with slow_page(browser) as page:
        walk(page, party, country)
        page.click("[name=consent-allow]")
        arrive(page, r"/cb\?")
        answer = page.go_back()
        assert answer
        assert answer.status == 400
        look(page, "over")
        assert page.locator(".going").inner_text().count("\n") >= 2
        page.click("main .actions .button >> nth=0")
        arrive(page, f"^{party_home(party)}$")


def test_a_page_left_open_leads_to_the_service(
    browser: Browser, party: TestParty, country: Country, engine: Engine
) -> None:
    """A4: its form is sent after its time."""
    with slow_page(browser) as page:
        walk(page, party, country, until="password")
        with transaction(engine) as db:
            mine = Interaction.id == page.url.split("/")[-2]
            db.execute(update(Interaction).where(mine).values(expires_at=clock.now()))
        page.fill("[name=password]", country.citizen.password)
        page.click("main form:not(#passkey) button")
        page.wait_for_selector("text=open for too long")
        page.click("main .actions .button >> nth=0")
        arrive(page, f"^{party_home(party)}$")


def test_cookies_cleared_half_way_are_asked_for(
    browser: Browser, party: TestParty, country: Country
) -> None:
    """A5: whether the person sends the form or reloads the page."""
    with visit(browser) as context:
        page = slowed(context)
        walk(page, party, country, until="password")
        address = page.url
        context.clear_cookies()
        page.fill("[name=password]", country.citizen.password)
        page.click("main form:not(#passkey) button")
        page.wait_for_selector("text=needs cookies")
        context.clear_cookies()
        page.goto(address)
        look(page, "no-cookies")
        assert page.locator("h1").inner_text() == "This address needs cookies"


def test_a_browser_that_blocks_cookies_is_told_so(
    browser: Browser, party: TestParty, tmp_path: Path
) -> None:
    """A5: at once, and not that it is another browser."""
    settings = tmp_path / "Default" / "Preferences"
    settings.parent.mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    settings.write_text(json.dumps(blocked))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=find_chromium(), args=FLAGS, locale="en-GB"
    )
    page = context.new_page()
    page.goto(party.authorize_url())
    assert context.cookies() == []
    assert page.locator("h1").inner_text() == "This address needs cookies"
    context.close()
