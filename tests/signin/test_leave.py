"""Back to the service, from every page of a sign-in that leads to one."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from idp.interactions.lookup import find_interaction
from idp.interactions.opening import Requested
from idp.kit.secrets import token_hash
from idp.relying_parties.changes import announce_change
from idp.relying_parties.models import RelyingParty
from idp.settings import Settings
from idp.settings.people import AssuranceSettings, PostSettings
from idp.settings.server import SmsSettings
from idp.signin.part import SignInPart
from idp.web.routes import room_router
from tests.signin.conftest import BROWSER, DECLARED, PASSWORD, Browser, World
from tests.signin.test_codes import set_up_app
from tests.signin.test_text_message import texting, with_number
from tests.support.app import part_of, room_app
from tests.support.passkeys import SoftKey
from tests.support.people import add_agency, add_relying_party, give_codes, give_passkey

TEMPLATES = Path(__file__).parents[2] / "idp/templates/signin"
WITH_A_WAY_OF_THEIR_OWN = {"unmet", "closed", "without", "sign_out", "signed_out"}
NEEDED = Requested(claims=("email",), needed_claims=("email",))


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """A provider with every page of a sign-in: letters and codes by text message are offered."""
    offered = {
        "post": PostSettings(is_offered=True),
        "assurance": AssuranceSettings(text_messages=True),
        "sms": SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests")),
    }
    app = room_app(module_settings.model_copy(update=offered), room_router("idp.signin"))
    yield World(app)
    app.state.runtime.engine.dispose()


@pytest.fixture
def party(world: World) -> str:
    client_id = f"leaves-{uuid4().hex}"
    with world.transaction() as db:
        agency = add_agency(db, code=f"G{client_id[-6:]}")
        add_relying_party(db, client_id=client_id, agency=agency)
    return client_id


def walk(world: World, browser: Browser, interaction: str, page: str) -> None:
    """What a person does until they stand at that page."""
    without_app = ("enrol", "enrol-passkey", "codes", "contact/email", "offer")
    of_texts = {"text-message": texting, "enrol-text": with_number}
    made = of_texts.get(page)
    account = made(world) if made else world.add_account(totp=page not in without_app)
    if page == "offer":
        browser.client.cookies.set(browser.names.makes_passkeys, "yes", domain="localhost.local")
    at = f"/signin/{interaction}"
    if page in ("register", "compare", "confirm", "letter"):
        number = world.new_number()  # a woman's: what a man declares of it is compared first
        if page != "register":
            browser.post(f"{at}/register", number=number, **DECLARED)
        if page in ("confirm", "letter"):
            browser.post(f"{at}/compare", register="yes")
    elif page != "identifier":
        browser.post(f"{at}/identifier", identifier=account.number)
        if page == "recovery-code":
            with world.transaction() as db:
                give_codes(db, keyring=world.keyring, person_id=account.registered.person_id)
        if page == "passkey":
            person_id = account.registered.person_id
            with world.transaction() as db:
                give_passkey(db, SoftKey(), keyring=world.keyring, person_id=person_id)
        if page != "password":
            browser.post(f"{at}/password", password=PASSWORD)
        if page == "codes":
            set_up_app(browser, f"{at}/enrol", codes="yes")


PAGES = {
    "identifier": 1,
    "password": 1,
    "register": 1,
    "compare": 1,
    "confirm": 1,
    "letter": 1,
    "otp": 2,
    "recovery-code": 2,
    "passkey": 2,
    "text-message": 2,
    "enrol": 2,
    "enrol-passkey": 2,
    "enrol-text": 2,
    "codes": 2,
    "offer": 1,
    "representing": 1,
    "contact/email": 1,
    "consent": 1,
}
"""Each with the authentication that is needed to come there."""


@pytest.mark.parametrize("page", ["identifier", "password", "register"])
def test_a_sign_in_to_our_own_pages_leads_back_to_the_start(world: World, page: str) -> None:
    """C9."""
    browser = world.browser()
    interaction = browser.open()
    walk(world, browser, interaction, page)
    shown = browser.get(f"/signin/{interaction}/{page}").text
    assert re.search(r'<a href="/">\s*Go to the start page', shown)


def test_no_page_of_a_sign_in_is_left_out() -> None:
    """C24: whoever adds a page adds it here."""
    pages = {
        path.stem
        for path in TEMPLATES.glob("*.html")
        if 'extends "signin/page.html"' in path.read_text()
    }
    assert pages - WITH_A_WAY_OF_THEIR_OWN == {
        page.partition("/")[0].replace("-", "_") for page in PAGES
    }


@pytest.mark.parametrize("page", PAGES)
def test_back_to_the_service_is_on_every_page(world: World, party: str, page: str) -> None:
    """C24: it leads to the opener, who hears that the person did not agree."""
    browser = world.browser()
    interaction = browser.open(
        client_id=party,
        form_action_origin="https://rp.example/cb",
        needed_authentication=PAGES[page],
        requested=NEEDED,
    )
    walk(world, browser, interaction, page)
    shown = browser.get(f"/signin/{interaction}/{page}")
    assert shown.status_code == 200, shown.headers.get("location")
    action = f"/signin/{interaction}/leave"
    assert re.search(rf'action="{action}"[^>]*>.*?name="leave".*?>Back to ', shown.text, re.DOTALL)
    answer = browser.post(action, shown_at=f"/signin/{interaction}/{page}")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/authorize/resume/{interaction}",
    )
    with world.transaction() as db:
        found = find_interaction(
            db, interaction_id=UUID(interaction), browser_hash=token_hash(BROWSER)
        )
    assert found is not None
    assert found.consent_decision == "deny"


@pytest.mark.parametrize("page", PAGES)
def test_policy_and_terms_are_on_every_page_once(world: World, party: str, page: str) -> None:
    """C20: where somebody looks who has just been sent here; a service without them shows none."""
    links = {"policy_uri": "https://rp.example/policy", "tos_uri": "https://rp.example/terms"}
    links["help_uri"] = "https://rp.example/questions"
    with world.transaction() as db:
        stored = db.scalars(select(RelyingParty).where(RelyingParty.client_id == party)).one()
        for name, uri in links.items():
            setattr(stored, name, uri)
        announce_change(db, client_id=party)
    part_of(world.app, SignInPart).relying_parties.forget(party)
    browser = world.browser()
    interaction = browser.open(
        client_id=party,
        form_action_origin="https://rp.example/cb",
        needed_authentication=PAGES[page],
        requested=NEEDED,
    )
    walk(world, browser, interaction, page)
    text = " ".join(browser.get(f"/signin/{interaction}/{page}").text.split())
    for uri in links.values():
        assert text.count(f'href="{uri}" rel="noopener"') == 1
    plain = browser.open(form_action_origin="https://rp.example/cb")
    assert "noopener" not in browser.get(f"/signin/{plain}/identifier?other=1").text


def test_only_the_browser_that_began_it_leaves_it(world: World, party: str) -> None:
    """C24, control; and a form that is not ours ends nothing."""
    browser, other = world.browser(), world.browser("another-browser-of-tests-012345")
    interaction = browser.open(client_id=party, form_action_origin="https://rp.example/cb")
    action = f"/signin/{interaction}/leave"
    assert browser.client.post(action, data={"leave": "yes"}).status_code == 403
    elsewhere = other.open(client_id=party, form_action_origin="https://rp.example/cb")
    answer = other.post(action, shown_at=f"/signin/{elsewhere}/identifier")
    assert answer.status_code == 400
    assert browser.get(f"/signin/{interaction}/identifier").status_code == 200


def test_nowhere_to_go_back_to_from_our_own_pages(world: World, party: str) -> None:
    """C24, control; at a device the words are others."""
    browser = world.browser()
    interaction = browser.open(return_path="/account")
    assert "/leave" not in browser.get(f"/signin/{interaction}/identifier").text
    at_device = browser.open(client_id=party)
    page = browser.get(f"/signin/{at_device}/identifier").text
    assert "Do not sign in at the device" in page
