"""The account's first page says what one can do, who knows one, and who signed in."""

import html
import re

import pytest

from idp.catalogue.models import PublicService
from idp.consents.changes import grant_consent
from idp.journal.record import record
from idp.journal.sources import Asker, asked_by
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_agency, add_relying_party
from tests.support.statements import statements

PATH = "/account"
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)


def enter(world: World, account: Account, browser: Browser | None = None) -> Browser:
    browser = browser or world.browser()
    has_app = bool(account.totp_secret)
    browser.sign_in(browser.open(needed_authentication=1 + has_app), account, code=has_app)
    return browser


def seen(browser: Browser, path: str = PATH) -> str:
    page = browser.get(path).text.partition("<main")[2].partition("</main")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize(
    ("proofing", "totp", "words", "advice"),
    [
        (0, False, "Level 1: basic, identity not checked", "Set up an authenticator app"),
        (1, False, "Level 1: basic, until you have a second step", "Set up an authenticator app"),
        (1, True, "Level 2: matched with the national population database", "on the spot"),
        (2, True, "Level 3: verified face to face", "nothing more to do"),
    ],
)
def test_the_level_is_said_in_words_with_the_way_to_the_next(
    world: World, proofing: int, totp: bool, words: str, advice: str
) -> None:
    """C12: and by no code."""
    page = seen(enter(world, world.add_account(proofing=proofing, totp=totp)))
    assert words in page
    assert advice in page
    assert "LoA" not in page


def test_services_of_a_level_one_reaches_are_counted_as_open(world: World) -> None:
    with world.transaction() as db:
        for level in ("LoA1", "LoA3"):
            agency = add_agency(db, code=f"OV{level}")
            party = add_relying_party(db, client_id=f"needs-{level}", agency=agency)
            db.get_one(PublicService, party.default_service_id).required_acr = level
    told = re.compile(r"Public services that it opens: ([\d,]+) of ([\d,]+)")
    basic = told.search(seen(enter(world, world.add_account(proofing=0, totp=False))))
    best = told.search(seen(enter(world, world.add_account(proofing=2))))
    assert basic
    assert best
    assert 0 < int(basic[1]) < int(best[1]) <= int(best[2]) == int(basic[2])


def test_services_one_agreed_with_are_counted_and_no_others(world: World) -> None:
    account = world.add_account(totp=False)
    browser = enter(world, account)
    assert "not shared anything" in seen(browser)
    for number in (1, 2):
        with world.transaction() as db:
            party = add_relying_party(
                db, client_id=f"knows-{number}", agency=add_agency(db, code=f"OK{number}")
            )
            grant_consent(
                db,
                person_id=account.registered.person_id,
                relying_party_id=party.id,
                scopes=["openid"],
                claims=[],
                evidence={},
            )
    assert "2 services know you." in seen(browser)
    assert "not shared anything" in seen(enter(world, world.add_account(totp=False)))


def test_the_last_sign_in_is_told_with_its_browser_and_whether_it_is_this_one(
    world: World,
) -> None:
    """D10: a sign-in elsewhere is seen at once, with what to do about it."""
    account = world.add_account(totp=False)
    here = enter(world, account)
    assert "the browser in front of you" in seen(here)
    there = world.browser("another-browser-0123456789-abc", address="203.0.113.9")
    there.client.headers["user-agent"] = PHONE
    enter(world, account, there)
    page = seen(here)
    assert "Chrome, Android, in another network than now" in page
    assert "1 other browser is signed in." in page
    assert "That was not me" in page


def test_the_overview_costs_few_statements(world: World) -> None:
    browser = enter(world, world.add_account())
    with statements(world.app.state.runtime.engine) as sent:
        browser.get(PATH)
    assert len(sent) <= 6, "\n\n".join(sent)


def test_what_happened_at_the_account_itself_is_said_so(world: World) -> None:
    """D10: the house is no service, and has no agency."""
    page = seen(enter(world, world.add_account(totp=False)), "/account/activity")
    assert "Account page" in page
    assert "OneDoor" not in page


def test_a_missing_address_says_what_it_is_for_and_how_it_is_added(world: World) -> None:
    """C11: and a telephone nobody can add is not shown as a dash."""
    page = seen(enter(world, world.add_account(totp=False)), "/account/details")
    assert "news about your account cannot reach you" in page
    assert "Add an e-mail address" in page
    assert "Phone" not in page
    assert "–" not in page.partition("E-mail")[2].partition("Something is wrong")[0]


def test_what_somebody_did_from_elsewhere_says_from_where(world: World) -> None:
    """D10: and what was done in this network says so."""
    account = world.add_account(totp=False)
    here = enter(world, account)
    assert "in the network you are in now" in seen(here, "/account/activity")
    there = world.browser("another-browser-0123456789-abc", address="203.0.113.9")
    enter(world, account, there)
    page = seen(here, "/account/activity")
    assert page.count("from the address 203.0.113.9") == 1
    assert "Change your password" in page


def test_where_a_services_server_stands_is_not_told_as_if_the_person_were_there(
    world: World,
) -> None:
    account = world.add_account(totp=False)
    browser = enter(world, account)
    for event in ("token.exchanged", "person.password_changed"):
        with world.transaction() as db:
            asked_by(db, Asker(lambda: "198.51.100.4 port 51234", world.keyring))
            record(db, event=event, subject_number=account.registered.subject_number)
    page = seen(browser, "/account/activity")
    assert "Acted for you at another service" in page
    assert "Password changed" in page
    assert page.count("from the address 198.51.100.4") == 1
