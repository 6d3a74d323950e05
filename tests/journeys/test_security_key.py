"""Where models of keys are listed: a device of no known maker is added as ever. In Chromium."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from tests.journeys.test_passkeys import PASSKEY, add_passkey, enter
from tests.support.attesting import MODEL, Maker, listed
from tests.support.browser import look, visit
from tests.support.country import Citizen, Country
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey
from tests.support.postgres import Database
from tests.support.served import Served, served
from tests.support.virtual_authenticator import plug_in

CHROMIUMS = "01020304-0506-0708-0102-030405060708"
"""What Chromium's own authenticator says that it is; nobody vouches for it."""
MODELS = "Test Key 7 Bio, Second Edition"
LOA4 = json.dumps({"id_token": {"acr": {"essential": True, "value": "LoA4"}}})


@pytest.fixture(scope="module")
def provider(
    module_database: Database, country: Country, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """One that lists that model, by the roots of another maker."""
    assert country
    folder = tmp_path_factory.mktemp("models")
    file = listed(folder, Maker().entry(4, aaguid=CHROMIUMS), Maker().entry(4, description=MODELS))
    with served(module_database, settings={"IDP_PASSKEYS__MODELS_FILE": str(file)}) as provider:
        yield provider


@pytest.fixture(params=["vi", "en"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A telephone."""
    with visit(browser, language=str(request.param)) as context:
        yield context.new_page()


def test_the_page_says_what_the_browser_is_asked_and_a_device_is_added_as_ever(
    page: Page, provider: Served, citizen: Citizen
) -> None:
    plug_in(page)
    enter(page, provider, citizen)
    page.goto(f"{provider.url}/account/passkey")
    asked = json.loads(page.locator("#passkey").get_attribute("data-options") or "")
    assert asked["attestation"] == "direct"
    look(page, f"security-key-{page.locator('html').get_attribute('lang')}")
    page.goto(f"{provider.url}/account/factor")
    add_passkey(page)
    expect(page.get_by_text("Test Key 5 NFC")).to_have_count(0)
    page.context.clear_cookies()
    page.goto(f"{provider.url}/account")
    page.wait_for_url(re.compile(r"/account$"))


def plug_in_key(page: Page, key: SoftKey) -> None:
    """Put a key that somebody has into the browser."""
    secret = key.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    parts = {"credentialId": key.id, "privateKey": secret, "userHandle": key.handle}
    plug_in(page).copy(
        {
            **{name: b64encode(value).decode() for name, value in parts.items()},
            "isResidentCredential": True,
            "rpId": key.rp_id,
            "signCount": key.count,
        }
    )


def test_a_service_of_level_4_says_which_keys_do_and_takes_one_beside_password_and_code(
    page: Page,
    provider: Served,
    country: Country,
    citizen: Citizen,
    engine: Engine,
    country_keyring: Keyring,
) -> None:
    party = country.ministry(provider.url)
    enter(page, provider, citizen)
    page.goto(party.authorize_url(claims=LOA4))
    page.wait_for_url("**/unmet")
    language = page.locator("html").get_attribute("lang") or ""
    expect(page.get_by_text(MODELS)).to_be_visible()
    look(page, f"security-key-unmet-{language}")
    key = SoftKey(origin=provider.url, is_synced=False, aaguid=MODEL.bytes)
    with transaction(engine) as db:
        of = {"keyring": country_keyring, "person_id": citizen.person_id}
        give_passkey(db, key, is_attested=True, **of)
    plug_in_key(page, key)
    page.goto(f"{provider.url}/account/factor")
    expect(page.get_by_text(MODELS)).to_be_visible()
    look(page, f"security-key-held-{language}")
    page.goto(party.authorize_url(claims=LOA4))
    page.wait_for_url("**/passkey")
    expect(page.get_by_text(MODELS)).to_be_visible()
    look(page, f"security-key-asked-{language}")
    page.click(PASSKEY)
    page.wait_for_url("**/consent")
