"""A person signs in at a kiosk with their phone: two browsers, the sample, and the provider."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import Engine, select

from idp.catalogue.models import PublicService
from idp.journal.models import JournalEntry, Outcome
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.relying_parties.grant_types import DEVICE_CODE
from tests.support.browser import look, visit
from tests.support.country import SECRET, Country
from tests.support.people import add_agency, add_relying_party
from tests.support.served import Served, free_port, serving
from tests.support.sign_in import fresh_code

KIOSK = Path(__file__).parents[2] / "clients" / "kiosk" / "app.py"


@pytest.fixture(scope="module")
def service(engine: Engine, country: Country) -> str:
    """The procedure that the kiosk is registered for."""
    with transaction(engine) as db:
        agency = add_agency(db, code="H17")
        party = add_relying_party(
            db, client_id="kiosk", agency=agency, secret_hash=token_hash(SECRET)
        )
        party.client_name, party.client_name_en = "Ki-ốt sảnh tầng 1", "Kiosk on the 1st floor"
        party.grant_types, party.scope = [DEVICE_CODE], "openid profile"
        return db.get_one(PublicService, party.default_service_id).procedure_code


@pytest.fixture(scope="module")
def kiosk(
    provider: Served, service: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The sample, where its screen is."""
    credentials = tmp_path_factory.mktemp("kiosk") / "credentials.json"
    credentials.write_text(json.dumps({"client_id": "kiosk", "client_secret": SECRET}))
    port = free_port()
    environment = os.environ | {
        "PYTHONPATH": str(KIOSK.parents[1]),
        "ISSUER": provider.url,
        "PORT": str(port),
        "CREDENTIALS_FILE": str(credentials),
        "SERVICE": service,
        "VISIT_SECONDS": "30",
    }
    url = f"http://localhost:{port}"
    with serving([sys.executable, str(KIOSK)], environment, url=url, ready_path="/healthz"):
        yield url


@pytest.fixture
def screen(browser: Browser, kiosk: str) -> Iterator[Page]:
    """The kiosk's own browser, with nobody there."""
    with visit(browser, width=1280, language="vi") as context:
        page = context.new_page()
        page.goto(kiosk)
        yield page


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """The phone of someone who prefers Vietnamese."""
    with visit(browser, language="vi") as context:
        yield context


@pytest.fixture
def english_phone(browser: Browser) -> Iterator[BrowserContext]:
    """The phone of someone who prefers English."""
    with visit(browser, language="en") as context:
        yield context


def look_still(screen: Page, name: str) -> None:
    """Look at what the screen shows, without its looking again by itself meanwhile."""

    def serve_once(route: Route) -> None:
        answer = route.fetch()
        kept = {name: value for name, value in answer.headers.items() if name != "refresh"}
        route.fulfill(response=answer, headers=kept)

    still = screen.context.new_page()
    still.route(screen.url, serve_once)
    still.goto(screen.url)
    look(still, name)
    still.close()


def test_a_person_signs_in_at_a_kiosk_by_phone_and_leaves_nothing_there(
    screen: Page, phone: BrowserContext, provider: Served, country: Country, engine: Engine
) -> None:
    citizen, page = country.citizen, phone.new_page()
    screen.click("#begin")
    code = screen.inner_text("#user-code")
    look_still(screen, "kiosk-code")
    screen.focus("[name=finish]")
    for _ in range(2):
        screen.wait_for_event("requestfinished", lambda request: request.url.endswith("/state"))
    expect(screen.locator("[name=finish]")).to_be_focused()

    page.goto(f"{provider.url}/device")
    look(page, "device")
    page.fill("[name=user_code]", "AAAA-BBBB")
    page.click("main form:not(#passkey) button")
    expect(page.locator("#user_code-error")).to_contain_text("A, D, E, I, O, U, W, Y")
    look(page, "device-letters")
    page.fill("[name=user_code]", "bbbb bbbb")
    page.click("main form:not(#passkey) button")
    expect(page.locator("#user_code-error")).to_be_visible()
    look(page, "device-wrong")
    page.fill("[name=user_code]", code.replace("-", "").lower())
    page.click("main form:not(#passkey) button")
    page.fill("[name=identifier]", citizen.number)
    page.click("main form:not(#passkey) button")
    page.fill("[name=password]", citizen.password)
    page.click("main form:not(#passkey) button")
    if page.locator("[name=otp]").count():
        page.fill("[name=otp]", fresh_code(citizen))
        page.click("main form:not(#passkey) button")

    look(page, "device-allow")
    shown = page.inner_text("main")
    for told in (
        code,
        "Ki-ốt sảnh tầng 1",
        "Hệ thống thử",
        "Trần Thị Mai",
        "đang đứng trước thiết bị",
    ):
        assert told in shown
    page.click("[name=consent-allow]")
    look(page, "device-allowed")

    expect(screen.locator("#name")).to_have_text("Trần Thị Mai", timeout=20_000)
    expect(screen.locator("#acr")).to_have_text("LoA1")
    look_still(screen, "kiosk-welcome")
    screen.click("[name=more]")
    expect(screen.locator("[name=more]")).to_be_focused()
    screen.click("[name=finish]")
    expect(screen.locator("#begin")).to_be_visible()
    expect(screen.get_by_role("status")).to_be_focused()
    expect(screen.get_by_role("status")).to_contain_text("Đã đăng xuất khỏi ki-ốt")
    assert "Trần Thị Mai" not in screen.content()
    with transaction(engine) as db:
        rows = db.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [row.outcome for row in rows if row.outcome] == [Outcome.SUCCESS]
    assert "token.revoked" in [row.event for row in rows]

    screen.click("#begin")
    page.goto(screen.get_attribute("#verification-uri", "href") or "")
    look(page, "device-link")
    assert screen.inner_text("#user-code") in page.input_value("[name=user_code]")
    page.click("main form:not(#passkey) button")
    page.click("[name=consent-allow]")
    expect(screen.locator("#name")).to_be_visible(timeout=20_000)
    expect(screen.locator("#begin")).to_be_visible(timeout=50_000)


def test_whoever_is_not_at_the_kiosk_says_no(
    screen: Page, english_phone: BrowserContext, country: Country
) -> None:
    page = english_phone.new_page()
    screen.click("#begin")
    page.goto(screen.get_attribute("#verification-uri", "href") or "")
    page.click("main form:not(#passkey) button")
    page.fill("[name=identifier]", country.citizen.number)
    page.click("main form:not(#passkey) button")
    page.fill("[name=password]", country.citizen.password)
    page.click("main form:not(#passkey) button")
    look(page, "device-allow-en")
    page.click("[name=consent-deny]")
    look(page, "device-denied")
    expect(screen.get_by_text("từ chối trên điện thoại")).to_be_visible(timeout=20_000)
    assert "access_denied" not in screen.inner_text("main"), "the code is for programs"
    look_still(screen, "kiosk-denied")
