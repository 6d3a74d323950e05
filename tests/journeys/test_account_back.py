"""A thief waits to get an account, and its owner stops it, or takes it back: two browsers.

In Chromium at 375 px, in both languages and without a script; over a real mail server and a real
gateway of text messages.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from sqlalchemy import Engine, select, update

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.recovery.models import Recovery, State
from idp.settings import Settings
from tests.mail.conftest import Mailbox
from tests.mail.conftest import mailbox as mailbox  # noqa: PLC0414 - a fixture
from tests.mail.senders import GATEWAY_KEY
from tests.mail.test_texts import Gateway
from tests.mail.test_texts import gateway as gateway  # noqa: PLC0414 - a fixture
from tests.support.browser import look, visit
from tests.support.country import PASSWORD, Citizen, Country, add_citizen
from tests.support.postgres import Database
from tests.support.served import Served, served

THIEFS, OWN = "mưa rào tháng bảy nắng", "bếp lửa sáng mùa đông"
MOST_PAGES = 4
"""T14: from the page of what one still has to the account that is one's own again."""


@pytest.fixture
def provider(
    module_database: Database, country: Country, mailbox: Mailbox, gateway: Gateway
) -> Iterator[Served]:
    """A provider that writes to people."""
    assert country
    reach = {
        "IDP_MAIL__HOST": "127.0.0.1",
        "IDP_MAIL__PORT": str(mailbox.port),
        "IDP_MAIL__SECURITY": "none",
        "IDP_MAIL__SENDER": "OneDoor <id@id.example>",
        "IDP_SMS__URL": gateway.settings.url,
        "IDP_SMS__KEY": GATEWAY_KEY,
    }
    with served(module_database, settings=reach) as provider:
        yield provider


@dataclass
class Owner:
    """Whose account it is, with an address, a telephone and an app of theirs."""

    citizen: Citizen
    address: str
    phone: str


@pytest.fixture
def owner(
    engine: Engine, country: Country, country_settings: Settings, country_keyring: Keyring
) -> Owner:
    assert country
    with transaction(engine) as db:
        citizen = add_citizen(db, settings=country_settings, keyring=country_keyring)
        address, phone = f"{citizen.number}@example.vn", f"+8491{citizen.number[-7:]}"
        at = clock.now() - timedelta(days=9)
        for kind, value in ((ContactKind.EMAIL, address), (ContactKind.PHONE, phone)):
            add_contact(
                db,
                keyring=country_keyring,
                person_id=citizen.person_id,
                kind=kind,
                value=value,
                at=at,
                verified_at=at,
            )
    return Owner(citizen, address, phone)


@pytest.fixture(params=["vi", "en", "no script"])
def way(request: pytest.FixtureRequest) -> str:
    """How the browsers are: their language, and whether scripts run."""
    return str(request.param)


@pytest.fixture
def pages(browser: Browser, way: str) -> Iterator[tuple[Page, Page]]:
    """The thief's browser, and the owner's."""
    language, has_script = ("vi", False) if way == "no script" else (way, True)
    with ExitStack() as both:
        yield tuple(  # type: ignore[misc]
            both.enter_context(visit(browser, language=language, has_script=has_script)).new_page()
            for _ in range(2)
        )


def see(page: Page, name: str, way: str) -> None:
    if way != "no script":
        look(page, f"back-{name}-{way}")


def press(page: Page, action: str) -> None:
    """Press the button of that form."""
    page.locator(f"main form[action='{action}'] button:not([type=button])").click()


def arrived(find: Callable[[], list[str]], *, many: int = 1) -> list[str]:
    """What has come, once so many have."""
    for _ in range(100):
        found = find()
        if len(found) >= many:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{find()} have come")


def codes(mailbox: Mailbox) -> list[str]:
    """Those that came by mail."""
    texts = [letter.get_content() for letter in mailbox.letters]
    return [code for text in texts for code in re.findall(r": (\d{6})\.", text)]


def links(mailbox: Mailbox) -> list[str]:
    """The same of links that stop it."""
    texts = [letter.get_content() for letter in mailbox.letters]
    return [link for text in texts for link in re.findall(r"/recovery/stop/(\w+)", text)]


def begin_to_wait(page: Page, provider: Served, owner: Owner, mailbox: Mailbox, way: str) -> None:
    """Who reads the owner's mail says that the second step is lost."""
    page.goto(f"{provider.url}/recovery")
    see(page, "have", way)
    page.click("main a[href='/recovery/address']")
    page.fill("[name=number]", owner.citizen.number)
    page.fill("[name=contact]", "none")
    press(page, "/recovery/address")
    expect(page.locator("#contact-error")).to_be_visible()
    see(page, "address-refused", way)
    page.fill("[name=contact]", owner.address)
    press(page, "/recovery/address")
    [code] = arrived(lambda: codes(mailbox))
    see(page, "code", way)
    page.fill("[name=code]", code)
    press(page, "/recovery/address/code")
    see(page, "second", way)
    press(page, "/recovery/address/wait")
    expect(page.locator("form[action='/recovery/address/stop']")).to_be_visible()
    see(page, "waits", way)


def row_of(engine: Engine, owner: Owner) -> Recovery:
    mine = (Recovery.person_id == owner.citizen.person_id, Recovery.is_slow)
    with transaction(engine) as db:
        row = db.scalars(select(Recovery).where(*mine)).one()
        db.expunge(row)
        return row


def test_its_owner_stops_it_by_the_code_of_a_text_message(
    pages: tuple[Page, Page],
    provider: Served,
    owner: Owner,
    mailbox: Mailbox,
    gateway: Gateway,
    engine: Engine,
    way: str,
) -> None:
    thief, page = pages
    begin_to_wait(thief, provider, owner, mailbox, way)

    def told() -> list[str]:
        mine = [text for to, text in gateway.sent.values() if to == owner.phone]
        return [code for text in mine for code in re.findall(r"\b\d{8}\b", text)]

    [code] = arrived(told)
    arrived(lambda: links(mailbox))
    arrived(lambda: [str(at) for at in [row_of(engine, owner).noticed_at] if at])
    page.goto(f"{provider.url}/account")
    page.fill("[name=identifier]", owner.citizen.number)
    page.click("main form:not(#passkey) button.primary")
    page.locator("details:has(a[href^='/recovery']) summary").first.click()
    page.locator("details a[href^='/recovery']").first.click()
    page.click("a[href='/recovery/stop']")
    page.fill("[name=number]", owner.citizen.number)
    page.fill("[name=code]", "00000000")
    press(page, "/recovery/stop")
    see(page, "stop-refused", way)
    assert row_of(engine, owner).state is State.WAITING
    page.fill("[name=code]", code)
    press(page, "/recovery/stop")
    expect(page.locator("[role=status]")).to_be_visible()
    see(page, "stopped", way)
    assert (row_of(engine, owner).state, row_of(engine, owner).reason) == (
        State.CANCELLED,
        "code",
    )
    thief.reload()
    expect(thief.locator("form[action='/recovery/address/anew']")).to_be_visible()
    see(thief, "ended", way)


def test_its_owner_takes_it_back_in_four_pages(
    pages: tuple[Page, Page],
    provider: Served,
    owner: Owner,
    mailbox: Mailbox,
    engine: Engine,
    way: str,
) -> None:
    thief, page = pages
    begin_to_wait(thief, provider, owner, mailbox, "no script")
    arrived(lambda: links(mailbox))
    pass_the_wait(engine, owner)
    finish_as_thief(thief, owner, mailbox, way)
    seen: list[Response] = []

    def note(response: Response) -> None:
        if response.request.is_navigation_request() and response.status == 200:
            seen.append(response)

    page.on("response", note)
    page.goto(f"{provider.url}/recovery")
    page.click("a[href='/recovery/back']")
    see(page, "take-back", way)
    page.fill("[name=number]", owner.citizen.number)
    page.fill("[name=password]", PASSWORD)
    page.locator("[name=kind][value=totp]").check()
    page.fill("[name=second]", owner.citizen.code())
    press(page, "/recovery/back")
    expect(page.locator("[name=password]")).to_be_visible()
    see(page, "what-happened", way)
    choose(page, OWN)
    expect(page.locator("[role=status]")).to_be_visible()
    see(page, "taken-back", way)
    assert len(seen) <= MOST_PAGES
    thief.goto(f"{provider.url}/account")
    expect(thief.locator("[name=identifier]")).to_be_visible()


def pass_the_wait(engine: Engine, owner: Owner) -> None:
    """Have the wait have begun 72 hours earlier."""
    arrived(lambda: [str(at) for at in [row_of(engine, owner).ready_at] if at])
    times = ("begun_at", "proved_at", "code_taken_at", "code_until", "noticed_at", "ready_at")
    earlier = {name: getattr(Recovery, name) - timedelta(hours=73) for name in times}
    with transaction(engine) as db:
        mine = Recovery.person_id == owner.citizen.person_id
        db.execute(update(Recovery).where(mine).values(earlier))


def finish_as_thief(page: Page, owner: Owner, mailbox: Mailbox, way: str) -> None:
    """Show the address once more, set a password, and sign in."""
    page.reload()
    see(page, "again", way)
    page.fill("[name=contact]", owner.address)
    press(page, "/recovery/address")
    page.fill("[name=code]", arrived(lambda: codes(mailbox), many=2)[-1])
    press(page, "/recovery/address/code")
    expect(page.locator("[name=password]")).to_be_visible()
    see(page, "password", way)
    choose(page, THIEFS)
    expect(page.locator("[role=status]")).to_be_visible()
    page.click("main a[href='/account']")
    page.fill("[name=identifier]", owner.citizen.number)
    page.click("main form:not(#passkey) button.primary")
    page.fill("[name=password]", THIEFS)
    page.click("main form:not(#passkey) button.primary")
    expect(page.locator("a[href='/account/activity']").first).to_be_attached()


def choose(page: Page, password: str) -> None:
    page.fill("[name=password]", password)
    if page.locator("[name=again]").is_visible():
        page.fill("[name=again]", password)
    press(page, "/recovery/address/password")
