"""Codes by text message, set up on the way where policy takes them. In Chromium, by a real gateway.

Every state of the page, as a person comes to it: asked for, wrong, empty, worn out, over, again.
"""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, update

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.contacts import add_contact
from idp.people.models import ContactKind, PersonCode
from idp.settings import Settings
from tests.journeys.test_enrol_passkey import just_proven, one_without, to_choice
from tests.mail.senders import GATEWAY_KEY
from tests.mail.test_texts import Gateway
from tests.mail.test_texts import gateway as gateway  # noqa: PLC0414 - a fixture
from tests.support.browser import look, visit
from tests.support.country import Citizen, Country
from tests.support.postgres import Database
from tests.support.served import Served, served

CODE, WRONG = "main form:not(.below) [name=code]", "000000"


@pytest.fixture
def texting(module_database: Database, country: Country, gateway: Gateway) -> Iterator[Served]:
    """A provider whose policy takes codes by text message, and that sends them."""
    assert country
    settings = {
        "IDP_ASSURANCE__TEXT_MESSAGES": "true",
        "IDP_SMS__URL": gateway.settings.url,
        "IDP_SMS__KEY": GATEWAY_KEY,
    }
    with served(module_database, settings=settings) as provider:
        yield provider


@pytest.fixture
def citizen(
    engine: Engine, country: Country, country_settings: Settings, country_keyring: Keyring
) -> Citizen:
    """Somebody who has had a number for nine days, and a password."""
    assert country
    citizen, since = one_without(engine, country_settings, country_keyring), clock.now()
    given = {"person_id": citizen.person_id, "kind": ContactKind.PHONE}
    since -= timedelta(days=9)
    value = f"+8491{citizen.number[-7:]}"
    with transaction(engine) as db:
        add_contact(db, keyring=country_keyring, **given, value=value, at=since, verified_at=since)
    return citizen


def codes(gateway: Gateway, *, many: int) -> list[str]:
    """Those that came to the telephone, once so many have."""
    for _ in range(100):
        texts = [text for _, text in gateway.sent.values()]
        found = [code for text in texts for code in re.findall(r"\b(\d{6})\b", text)]
        if len(found) >= many:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{len(found)} of {many} came")


def change_code(engine: Engine, citizen: Citizen, **values: Any) -> None:
    with transaction(engine) as db:
        mine = PersonCode.person_id == citizen.person_id
        db.execute(update(PersonCode).where(mine).values(**values))


def press(page: Page, name: str = "") -> None:
    """Send the form of the code, or press the button of that name."""
    form = page.locator("main form").filter(has=page.locator("[name=code]"))
    (page.locator(f"main button[name={name}]") if name else form.locator("button")).click()


@pytest.mark.parametrize("way", ["vi", "en", "no script"])
def test_it_is_set_up_on_the_way(
    browser: Browser,
    texting: Served,
    country: Country,
    engine: Engine,
    citizen: Citizen,
    gateway: Gateway,
    way: str,
) -> None:
    language, has_script = ("vi", False) if way == "no script" else (way, True)

    def see(name: str) -> None:
        if has_script:
            look(page, f"enrol-text-{name}-{language}")

    with visit(browser, language=language, has_script=has_script) as context:
        page = context.new_page()
        to_choice(page, texting, country, citizen)
        see("choice")
        page.click("a[href='enrol-text']")
        see("waits")
        just_proven(engine, citizen)
        page.reload()
        see("asked")
        press(page, "send")
        expect(page.locator(CODE)).to_be_visible()
        see("sent")
        expect(page.locator("main button[name=send]")).to_have_count(0)
        change_code(engine, citizen, resend_at=clock.now())
        page.click("main a[href='enrol-text']")
        press(page, "send")
        expect(page.locator(CODE)).to_be_visible()
        codes(gateway, many=2)
        for typed in (" ", WRONG):
            page.fill(CODE, typed)
            press(page)
            expect(page.locator("#code-error")).to_be_visible()
            see("empty" if typed == " " else "wrong")
        change_code(engine, citizen, tries_left=1)
        page.fill(CODE, WRONG)
        press(page)
        expect(page.locator(CODE)).to_have_count(0)
        assert page.locator(".error-summary a").count() == 0, "it leads to no field"
        see("worn-out")
        change_code(engine, citizen, resend_at=clock.now())
        page.reload()
        see("again")
        press(page, "send")
        expect(page.locator(CODE)).to_be_visible()
        change_code(engine, citizen, resend_at=clock.now(), expires_at=clock.now())
        page.fill(CODE, codes(gateway, many=3)[-1])
        press(page)
        expect(page.locator(CODE)).to_have_count(0)
        see("over")
        press(page, "send")
        page.fill(CODE, codes(gateway, many=4)[-1])
        see("last")
        press(page)
        page.wait_for_url("**/consent")
