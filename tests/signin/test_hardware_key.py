"""Hardware keys of listed models: what they reach, where they are asked for, and off the list."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idp.assurance.levels import reached_levels
from idp.kit import clock
from idp.settings import Settings
from idp.settings.people import PasskeySettings
from idp.web.routes import room_router
from tests.signin.conftest import Account, Browser, World
from tests.signin.test_passkey import answer, asked, is_in
from tests.support.app import room_app
from tests.support.attesting import NAME, Maker, listed
from tests.support.passkeys import SoftKey

PATH, WAYS = "/account/passkey", "/account/factor"
MAKER = Maker()


@pytest.fixture(scope="module")
def world(module_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A provider that lists the maker's model as level 4."""
    file = listed(tmp_path_factory.mktemp("models"), MAKER.entry(4))
    yield from _world(module_settings, file)


@pytest.fixture(scope="module")
def without(module_settings: Settings) -> Iterator[World]:
    """The same after the model was taken off the list, with the same database."""
    yield from _world(module_settings, None)


def _world(settings: Settings, file: Path | None) -> Iterator[World]:
    passkeys = PasskeySettings(models_file=file)
    app = room_app(settings.model_copy(update={"passkeys": passkeys}), room_router("idp.signin"))
    app.include_router(room_router("idp.account"))
    yield World(app)
    app.state.runtime.engine.dispose()


def enter(world: World, account: Account, name: str) -> Browser:
    """In with password and code."""
    browser = world.browser(f"{name}-0123456789-0123456789")
    browser.sign_in(browser.open(needed_authentication=2), account, code=True)
    return browser


def add(browser: Browser, key: SoftKey) -> str:
    """Add a key on the account's page; the page that lists the ways."""
    for purpose, sign in (("enrol", key.create), ("confirm", key.get)):
        found = re.search(r'data-options="([^"]*)"', browser.get(PATH).text)
        assert found
        sent = sign(html.unescape(found.group(1)))
        browser.post(PATH, purpose=purpose, answer=sent, called="My key")
    return str(browser.get(WAYS).text)


def by_key(world: World, key: SoftKey, name: str, **needs: Any) -> tuple[Browser, Any]:
    """A new browser, in which somebody signs in by the key alone."""
    browser = world.browser(f"{name}-0123456789-0123456789")
    interaction = browser.open(needed_acr="LoA1", needed_authentication=2, **needs)
    return browser, answer(browser, interaction, key)


def reached(world: World, browser: Browser) -> tuple[str, tuple[str, ...]]:
    """The highest level that the session reaches, and its `amr`."""
    session = browser.session()
    assert session is not None
    levels = reached_levels(
        world.app.state.runtime.settings.assurance,
        proofing=session.proofing,
        authentication=session.authentication,
        confirmed=session.confirmed_authentication,
    )
    return levels[-1].acr, session.amr


def test_a_listed_key_reaches_level_4_and_any_other_is_a_passkey(world: World) -> None:
    for name, key, best, first in (
        ("listed", MAKER.make(), "LoA4", "hwk"),
        ("other", Maker().make(), "LoA3", "swk"),
        ("silent", MAKER.make(vouch=None), "LoA3", "swk"),
        ("synced", SoftKey(), "LoA3", "swk"),
    ):
        owner = enter(world, world.add_account(), f"adds-{name}")
        page = add(owner, key)
        assert "My key" in page, name
        assert (NAME in page) is (first == "hwk"), name
        browser, came = by_key(world, key, f"uses-{name}")
        assert is_in(came)
        assert reached(world, browser) == (best, (first, "user", "mfa")), name


def test_the_page_says_what_is_asked_of_the_browser_only_where_it_is(
    world: World, without: World
) -> None:
    for one, is_said in ((world, True), (without, False)):
        account = world.add_account()
        page = enter(one, account, f"said-{is_said}").get(PATH).text
        assert ("asked for the maker and model" in page) is is_said
        assert ("&#34;direct&#34;" in page) is is_said


def test_it_speaks_for_no_more_than_its_owner_was_proven(world: World) -> None:
    key, account = MAKER.make(), world.add_account(proofing=1)
    owner = enter(world, account, "one")
    add(owner, key)
    browser, _ = by_key(world, key, "one-uses")
    assert reached(world, browser)[0] in ("LoA1", "LoA2")
    session = browser.session()
    assert session is not None
    assert session.authentication == 4


def test_taken_off_the_list_it_counts_as_a_passkey_at_the_next_use_of_a_session(
    world: World, without: World
) -> None:
    key, account = MAKER.make(), world.add_account()
    add(enter(world, account, "off"), key)
    browser, _ = by_key(world, key, "off-uses")
    assert reached(world, browser)[0] == "LoA4"
    later = without.browser("off-uses-0123456789-0123456789")
    later.client.cookies.update(browser.client.cookies)
    assert reached(without, later) == ("LoA3", ("swk", "user", "mfa"))
    assert NAME not in later.get(WAYS).text
    assert reached(world, browser)[0] == "LoA4", "listed again, it counts again"
    anew, came = by_key(without, key, "off-anew")
    assert is_in(came), "it still signs in"
    assert reached(without, anew) == ("LoA3", ("swk", "user", "mfa"))


def test_who_showed_all_else_is_asked_for_the_key_alone_that_reaches_the_level(
    world: World,
) -> None:
    key, plain, account = MAKER.make(), SoftKey(), world.add_account()
    owner = enter(world, account, "asked-first")
    add(owner, plain)
    add(owner, key)
    browser = world.browser("asked-for-0123456789-0123456789")
    interaction = browser.open(needed_acr="LoA4", needed_authentication=4)
    browser.sign_in(interaction, account)
    next_code = account.code(clock.now() + timedelta(seconds=30))
    browser.post(f"/signin/{interaction}/otp", otp=next_code)
    page = browser.get(f"/signin/{interaction}/passkey")
    assert NAME in page.text
    assert asked(page).count('"type":"public-key"') == 1, "of two keys, the one that helps"
    assert is_in(answer(browser, interaction, key, shown_at="passkey"))
    assert reached(world, browser)[0] == "LoA4"


def test_who_has_none_is_told_which_and_led_in_no_circle(world: World, without: World) -> None:
    account = world.add_account()
    for one, words in ((world, NAME), (without, "not offered here yet")):
        browser = one.browser(f"has-none-{one is world}-0123456789-0123456789")
        interaction = browser.open(needed_acr="LoA4", needed_authentication=2)
        browser.sign_in(interaction, account, code=True)
        page = browser.get(f"/signin/{interaction}/unmet")
        assert page.status_code == 200
        assert words in page.text


def test_who_got_one_meanwhile_goes_on_from_what_was_missing(world: World) -> None:
    key, account = MAKER.make(), world.add_account()
    browser = world.browser("meanwhile-0123456789-0123456789")
    interaction = browser.open(needed_acr="LoA4", needed_authentication=4)
    browser.sign_in(interaction, account, code=True)
    assert NAME in browser.get(f"/signin/{interaction}/unmet").text
    add(browser, key)
    on = browser.get(f"/signin/{interaction}/unmet")
    assert (on.status_code, on.headers["location"].rpartition("/")[2]) == (303, "passkey")


def test_it_counts_higher_for_fifteen_minutes_and_is_asked_for_again_then(world: World) -> None:
    key, account = MAKER.make(), world.add_account()
    add(enter(world, account, "fresh"), key)
    browser, _ = by_key(world, key, "fresh-uses")
    assert reached(world, browser)[0] == "LoA4"
    session = browser.session()
    assert session is not None
    earlier = [
        {**one, "at": (clock.now() - timedelta(minutes=minutes)).isoformat()}
        for minutes in (14, 16)
        for one in session.evidence
    ]
    counts = [replace(session, evidence=[one]).authentication for one in earlier]
    assert counts == [4, 2]
