"""Libraries as their manuals say to use them: sign in, refresh, sign out here and elsewhere.

Each checks state, nonce, ID token, userinfo and logout token by itself, over its own PKCE request.
"""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.catalogue.models import PublicService
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.oidc.formats.logout_token import EVENT
from idp.relying_parties.metadata import find_faults, metadata_of
from idp.settings import Settings
from idp.settings.server import IssuerSettings
from tests.journeys.relying_parties.parties import KEY, SOFTWARE, Addresses, Party, Place
from tests.support.browser import visit
from tests.support.country import SECRET, Citizen, add_citizen
from tests.support.people import add_agency, add_relying_party
from tests.support.served import Served, free_port
from tests.support.sign_in import fresh_code


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser without history."""
    with visit(browser) as context:
        yield context.new_page()


@pytest.fixture(scope="module", params=SOFTWARE)
def party(request: pytest.FixtureRequest, provider: Served, engine: Engine) -> Iterator[Party]:
    """Each software in turn, with a client of its own."""
    software, client_id = SOFTWARE[request.param], request.param
    place = Place(provider.url, client_id, port=free_port(), profile=software.profile)
    with transaction(engine) as db:
        register(db, place, software.pages, agency=f"G{90 + list(SOFTWARE).index(client_id)}")
    with software.start(place) as process:
        yield Party(place, process, software.pages)


def register(db: Session, place: Place, pages: Addresses, *, agency: str) -> None:
    """The client, with a secret; in the profiles of FAPI 2.0 with a key."""
    client = add_relying_party(
        db,
        client_id=place.client_id,
        agency=add_agency(db, code=agency),
        secret_hash=token_hash(SECRET),
    )
    db.get_one(PublicService, client.default_service_id).required_acr = "LoA2"
    client.scope = "openid profile offline_access"
    client.grant_types = ["authorization_code", "refresh_token"]
    client.redirect_uris = [place.url + pages.callback]
    client.post_logout_redirect_uris = [place.url + pages.signed_out]
    client.backchannel_logout_uri = place.url + pages.backchannel_logout
    client.profile = place.profile
    if place.is_fapi:
        client.client_secret_hash = None
        client.token_endpoint_auth_method = "private_key_jwt"
        client.jwks = {"keys": [KEY.as_dict(private=False)]}
        client.id_token_signed_response_alg = "ES256"
    if place.profile == "fapi2-message-signing":
        client.authorization_signed_response_alg = "ES256"
    issuer = IssuerSettings(url=place.issuer)
    assert find_faults(metadata_of(client, service=()), issuer=issuer) == []


@pytest.fixture
def citizen(engine: Engine, country_settings: Settings, country_keyring: Keyring) -> Citizen:
    """Someone who has not signed in yet."""
    with transaction(engine) as db:
        return add_citizen(db, settings=country_settings, keyring=country_keyring)


def sign_in(page: Page, party: Party, citizen: Citizen) -> dict[str, Any]:
    """What the relying party knows after the person signed in and agreed."""
    page.goto(party.url(party.pages.sign_in))
    assert page.url.startswith(party.place.issuer), party.process.log
    for name, value in (("identifier", citizen.number), ("password", citizen.password)):
        page.fill(f"[name={name}]", value)
        page.click("main form:not(#passkey) button")
    page.fill("[name=otp]", fresh_code(citizen))
    page.click("main form:not(#passkey) button")
    page.click("[name=consent-allow]")
    page.wait_for_url(f"{party.place.url}/**")
    told = party.told(page)
    assert told is not None, party.process.log
    return told


def test_a_person_signs_in_stays_signed_in_and_signs_out(
    party: Party, page: Page, citizen: Citizen
) -> None:
    told = sign_in(page, party, citizen)
    claims, userinfo = told["id_token"], told["userinfo"]
    assert (claims["iss"], claims["acr"]) == (party.place.issuer, "LoA3")
    assert claims["nonce"]
    assert (userinfo["sub"], userinfo["name"]) == (claims["sub"], "Trần Thị Mai")
    stolen = {"Authorization": f"Bearer {told['access_token']}"}
    answer = httpx2.get(f"{party.place.issuer}/userinfo", headers=stolen)
    assert answer.status_code == (401 if party.place.is_fapi else 200)

    page.goto(party.url(party.pages.refresh + told["access_token"]))
    refreshed = party.told(page)
    assert refreshed is not None
    assert refreshed["access_token"] != told["access_token"]
    assert refreshed["userinfo"] == userinfo

    page.goto(party.url(party.pages.sign_out))
    page.wait_for_url(f"{party.url(party.pages.signed_out)}**")
    assert party.told(page) is None
    page.goto(party.url(party.pages.sign_in))
    assert page.url.startswith(party.place.issuer)
    assert page.locator("[name=identifier]").count() == 1


def test_a_sign_out_at_the_provider_arrives_and_a_forged_one_is_refused(
    party: Party, page: Page, citizen: Citizen
) -> None:
    told = sign_in(page, party, citizen)
    forged = forged_logout_token(party, told["id_token"])
    address = party.url(party.pages.backchannel_logout)
    assert httpx2.post(address, data={"logout_token": forged}).status_code == 400
    assert party.told(page)

    page.goto(f"{party.place.issuer}/end_session")
    page.click("[name=logout-confirm]")
    page.wait_for_load_state()
    deadline = time.monotonic() + 20
    while party.told(page):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def forged_logout_token(party: Party, id_token: dict[str, Any]) -> str:
    """Right in every word, but signed by somebody else under the provider's key id."""
    key: RSAKey | ECKey = RSAKey.generate_key(2048)
    if party.place.is_fapi:
        key = ECKey.generate_key("P-256")
    alg = "RS256" if key.key_type == "RSA" else "ES256"
    keys = httpx2.get(f"{party.place.issuer}/jwks").json()["keys"]
    kid = next(told["kid"] for told in keys if told["alg"] == alg)
    at = int(time.time())
    claims = {name: id_token[name] for name in ("iss", "sub", "sid")} | {
        "aud": party.place.client_id,
        "iat": at,
        "exp": at + 120,
        "jti": "forged",
        "events": {EVENT: {}},
    }
    return jwt.encode({"kid": kid, "alg": alg, "typ": "logout+jwt"}, claims, key)
