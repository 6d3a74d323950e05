"""T14: passkey and password before take an account back from who got it by waiting. In Chromium.

A virtual authenticator, 375 px, both languages, over a real mail server.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from sqlalchemy import Engine, delete

from idp.kit.db import transaction
from idp.sessions.models import SignInSession
from tests.journeys.test_account_back import (
    MOST_PAGES,
    OWN,
    THIEFS,
    Owner,
    arrived,
    begin_to_wait,
    choose,
    finish_as_thief,
    links,
    pass_the_wait,
)
from tests.journeys.test_account_back import owner as owner  # noqa: PLC0414 - a fixture
from tests.journeys.test_account_back import provider as provider  # noqa: PLC0414 - a fixture
from tests.journeys.test_passkeys import PASSKEY, add_passkey, enter
from tests.mail.conftest import Mailbox
from tests.mail.conftest import mailbox as mailbox  # noqa: PLC0414 - a fixture
from tests.mail.test_texts import gateway as gateway  # noqa: PLC0414 - a fixture
from tests.support.browser import look, visit
from tests.support.country import PASSWORD
from tests.support.served import Served
from tests.support.virtual_authenticator import plug_in


@pytest.fixture(params=["vi", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """What both browsers ask for."""
    return str(request.param)


@pytest.fixture
def pages(browser: Browser, language: str) -> Iterator[tuple[Page, Page]]:
    """The thief's browser, and the owner's."""
    with ExitStack() as both:
        yield tuple(  # type: ignore[misc]
            both.enter_context(visit(browser, language=language)).new_page() for _ in range(2)
        )


def test_its_owner_takes_it_back_by_passkey_and_password_in_four_pages(
    pages: tuple[Page, Page],
    provider: Served,
    owner: Owner,
    mailbox: Mailbox,
    engine: Engine,
    language: str,
) -> None:
    thief, page = pages
    phone = plug_in(page, is_synced=True)
    enter(page, provider, owner.citizen)
    add_passkey(page)
    leave_long_ago(page, engine, owner)
    begin_to_wait(thief, provider, owner, mailbox, "no script")
    arrived(lambda: links(mailbox))
    pass_the_wait(engine, owner)
    finish_as_thief(thief, owner, mailbox, "no script")
    refuse_at_sign_in(page, provider)
    seen: list[Response] = []

    def note(response: Response) -> None:
        if response.request.is_navigation_request() and response.status == 200:
            seen.append(response)

    page.on("response", note)
    page.goto(f"{provider.url}/recovery")
    page.click("a[href='/recovery/back']")
    page.wait_for_selector(PASSKEY)
    look(page, f"back-by-passkey-{language}")
    phone.be_there()
    page.fill("#passkey [name=before]", THIEFS)
    page.click(PASSKEY)
    expect(page.locator(".error-summary")).to_be_visible()
    look(page, f"back-by-passkey-refused-{language}")
    seen.clear()
    page.goto(f"{provider.url}/recovery/back")
    page.fill("#passkey [name=before]", PASSWORD)
    page.click(PASSKEY)
    page.wait_for_url("**/recovery/address")
    expect(page.locator("[name=password]")).to_be_visible()
    look(page, f"back-by-passkey-taken-{language}")
    choose(page, OWN)
    expect(page.locator("[role=status]")).to_be_visible()
    assert len(seen) <= MOST_PAGES
    thief.goto(f"{provider.url}/account")
    expect(thief.locator("[name=identifier]")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{provider.url}/account")
    page.wait_for_url("**/account")


def leave_long_ago(page: Page, engine: Engine, owner: Owner) -> None:
    """Who was signed in when it began, and not since, stops nothing."""
    page.context.clear_cookies()
    with transaction(engine) as db:
        mine = SignInSession.person_id == owner.citizen.person_id
        db.execute(delete(SignInSession).where(mine))


def refuse_at_sign_in(page: Page, provider: Served) -> None:
    """What rests signs nobody in: the browser offers it by itself, and is refused."""
    page.goto(f"{provider.url}/account")
    page.wait_for_selector(".error-summary")
