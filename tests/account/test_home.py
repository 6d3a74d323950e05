"""D8: the start page leads in, to registration and to services, or to one's own account."""

import html
import re
from collections.abc import Iterator
from itertools import count

import pytest

from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from tests.signin.conftest import Browser, World
from tests.support.people import add_agency, add_relying_party
from tests.support.statements import statements

NUMBERS = count()


@pytest.fixture
def party(world: World) -> Iterator[RelyingParty]:
    """One whose site says where a sign-in begins; taken out of service afterwards."""
    with world.transaction() as db:
        found = add_relying_party(
            db,
            client_id=f"home-{next(NUMBERS)}",
            agency=add_agency(db, code=f"HOME{next(NUMBERS)}"),
        )
        found.client_name, found.client_name_en = "An toàn thực phẩm", "Food safety"
        found.initiate_login_uri = "https://food.example/sign-in"
    yield found
    with world.transaction() as db:
        db.get_one(RelyingParty, found.id).client_uri = ""
        db.get_one(RelyingParty, found.id).state = RelyingPartyState.RETIRED


def seen(browser: Browser) -> str:
    return browser.get("/").text.partition("<main")[2].partition("</main")[0]


def links(browser: Browser) -> dict[str, str]:
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)</a>', seen(browser))
    return {text.strip(): html.unescape(address) for address, text in found}


def test_whoever_is_not_signed_in_is_led_in_or_to_registration(world: World) -> None:
    browser = world.browser("somebody-at-home-0123456789abc")
    shown = links(browser)
    assert (shown["Sign in"], shown["Register an account"]) == ("/account", "/account/register")
    assert "My account" not in shown
    location = browser.get("/account/register").headers["location"]
    assert re.fullmatch(r"/signin/[0-9a-f-]{36}/register", location)
    assert "Register" in browser.get(location).text


def test_whoever_is_signed_in_is_led_to_the_account(world: World) -> None:
    browser = world.browser()
    browser.sign_in(browser.open(), world.add_account(totp=False))
    shown = links(browser)
    assert shown["My account"] == "/account"
    assert not {"Sign in", "Register an account"} & set(shown)
    assert browser.get("/account/register").headers["location"] == "/account"


def test_a_service_is_listed_with_its_agency_where_its_sign_in_begins(
    world: World, party: RelyingParty
) -> None:
    browser = world.browser()
    assert links(browser)[party.client_name_en].startswith("https://food.example/sign-in?iss=")
    assert "Test Ministry" in seen(browser)
    with world.transaction() as db:
        changed = db.get_one(RelyingParty, party.id)
        changed.initiate_login_uri, changed.client_uri = "", "https://food.example/"
    assert links(browser)[party.client_name_en] == "https://food.example/"


@pytest.mark.parametrize(
    "change",
    [
        {"environment": Environment.SANDBOX},
        {"state": RelyingPartyState.SUSPENDED},
        {"redirect_uris": []},
        {"initiate_login_uri": ""},
    ],
    ids=str,
)
def test_no_service_is_listed_where_nobody_can_begin(
    world: World, party: RelyingParty, change: dict[str, object]
) -> None:
    browser = world.browser()
    assert party.client_name_en in links(browser), "the control"
    with world.transaction() as db:
        for name, value in change.items():
            setattr(db.get_one(RelyingParty, party.id), name, value)
    assert party.client_name_en not in links(browser)


@pytest.mark.usefixtures("party")
def test_it_costs_a_statement_and_one_more_with_a_session(world: World) -> None:
    """Six services at most, whoever looks."""
    with world.transaction() as db:
        agency = add_agency(db, code="MANY")
        for number in range(8):
            add_relying_party(
                db, client_id=f"many-{number}", agency=agency
            ).client_uri = "https://many.example/"
    stranger, owner = world.browser("somebody-at-home-0123456789abd"), world.browser()
    owner.sign_in(owner.open(), world.add_account(totp=False))
    for browser, most in ((stranger, 1), (owner, 2)):
        with statements(world.app.state.runtime.engine) as told:
            assert seen(browser).count("<li>") == 6
        assert len(told) <= most, told
