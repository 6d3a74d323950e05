"""/register (RFC 7591, RFC 7592): guarded, sandbox only, by the registry's rules."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import select

from idp.journal.errors import find_error
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.http import GuardedClient
from idp.relying_parties.dynamic import issue_initial_token, spend_initial_token
from idp.relying_parties.grant_types import TOKEN_EXCHANGE
from idp.relying_parties.models import RelyingParty
from idp.settings import Settings
from idp.settings.protocol import RegistrationSettings
from tests.oidc.conftest import VERIFIER, Browser, World, page_of, serving
from tests.support.postgres import Database

URI = "https://new.example/cb"
WHOLE: dict[str, Any] = {
    "redirect_uris": [URI],
    "client_name": "Phần mềm mới",
    "contacts": ["dev@new.example.vn"],
    "unknown_field": {"is": "ignored"},
}


@pytest.fixture
def world(
    database: Database, settings: Settings, generated_keys: dict[str, RSAKey | ECKey]
) -> Iterator[World]:
    """A provider whose registration is open."""
    opened = settings.model_copy(update={"registration": RegistrationSettings(is_open=True)})
    with serving(opened, generated_keys) as world:
        yield world


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser()


def initial_token(world: World, uses: int = 100, *, ago: timedelta = timedelta(0)) -> str:
    with transaction(world.engine) as db:
        return issue_initial_token(
            db,
            system_code="SYS",
            uses=uses,
            lifetime=timedelta(hours=1),
            at=clock.now() - ago,
        )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def register(browser: Browser, token: str | None = None, **metadata: Any) -> Response:
    token = initial_token(browser.world) if token is None else token
    document = {n: v for n, v in {**WHOLE, **metadata}.items() if v is not None}
    return browser.client.post("/register", json=document, headers=bearer(token))


def test_a_client_registers_and_is_told_everything(browser: Browser) -> None:
    answer = register(browser)
    found = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert found["redirect_uris"] == [URI]
    assert found["client_name"] == "Phần mềm mới"
    assert found["token_endpoint_auth_method"] == "client_secret_basic"
    assert found["grant_types"] == ["authorization_code"]
    assert (found["response_types"], found["client_secret_expires_at"]) == (["code"], 0)
    assert found["registration_client_uri"].endswith(f"/register/{found['client_id']}")
    assert found["registration_access_token"]
    assert "unknown_field" not in found
    with transaction(browser.world.engine) as db:
        party = db.scalars(
            select(RelyingParty).where(RelyingParty.client_id == found["client_id"])
        ).one()
    assert party.environment.value == "sandbox"
    assert party.client_secret_hash != found["client_secret"].encode()


def test_what_a_client_says_of_itself_is_kept_and_told_again(browser: Browser) -> None:
    said: dict[str, Any] = {
        "client_uri": "https://new.example/",
        "logo_uri": "https://new.example/logo.png",
        "policy_uri": "https://new.example/policy",
        "tos_uri": "https://new.example/terms",
        "initiate_login_uri": "https://new.example/login",
        "default_max_age": 0,
        "require_auth_time": True,
        "default_acr_values": ["LoA2", "LoA1"],
    }
    found = register(browser, **said).json()
    assert {name: found[name] for name in said} == said
    headers = bearer(found["registration_access_token"])
    again = browser.get(f"/register/{found['client_id']}", headers=headers).json()
    assert {name: again[name] for name in said} == said
    silent = register(browser).json()
    assert silent.keys() & said.keys() == {"require_auth_time"}
    for name, wrong in (("default_max_age", "60"), ("default_max_age", True), ("tos_uri", "tos")):
        answer = register(browser, **{name: wrong})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_refused_registration_is_found_by_its_error_id(browser: Browser) -> None:
    answer = register(browser, tos_uri="tos")
    told, _, error_id = answer.json()["error_description"].rstrip("]").partition(" [")
    with transaction(browser.world.engine) as db:
        found = find_error(db, error_id=error_id)
    assert found is not None
    assert (found.kind, found.detail["route"]) == ("registration.refused", "/register")
    assert found.detail["detail"] == f"invalid_client_metadata: {told}"


@pytest.mark.asvs("10.4.7")
def test_a_registered_client_signs_people_in_and_is_never_counted(browser: Browser) -> None:
    client = register(browser).json()
    world = browser.world
    person = world.person(is_test=True)
    browser.sign_in(person)
    with transaction(world.engine) as db:
        party = db.scalars(
            select(RelyingParty).where(RelyingParty.client_id == client["client_id"])
        ).one()
    own = {"client_id": client["client_id"], "redirect_uri": URI}
    interaction_id, page = page_of(browser.authorize(**own, scope="openid email"))
    assert page == "consent"
    world.consent(person, party)
    location = browser.get(f"/authorize/resume/{interaction_id}").headers["location"]
    assert location.startswith(f"{URI}?code=")
    code = location.partition("code=")[2].partition("&")[0]
    tokens = browser.redeem(
        code, client_id=client["client_id"], secret=client["client_secret"], redirect_uri=URI
    )
    assert tokens.status_code == 200, tokens.text
    assert [row.counted for row in world.outcomes()] == [False]


def test_an_application_in_the_browser_has_no_secret_and_needs_pkce(browser: Browser) -> None:
    """C11: a single-page application registers as what it is; it need not call itself native."""
    client = register(browser, token_endpoint_auth_method="none").json()
    assert client["application_type"] == "web"
    assert "client_secret" not in client
    world, person = browser.world, browser.world.person(is_test=True)
    browser.sign_in(person)
    with transaction(world.engine) as db:
        party = db.scalars(
            select(RelyingParty).where(RelyingParty.client_id == client["client_id"])
        ).one()
    world.consent(person, party)
    own = {"client_id": party.client_id, "redirect_uri": URI}
    without = browser.authorize(**own, code_challenge=None, code_challenge_method=None)
    assert "error=invalid_request" in without.headers["location"]
    location = browser.authorize(**own).headers["location"]
    code = location.partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, **own, "code_verifier": VERIFIER}
    tokens = browser.client.post("/token", data=form, headers={"Origin": "https://new.example"})
    assert tokens.status_code == 200, tokens.text
    assert tokens.headers["access-control-allow-origin"] == "*"


@pytest.mark.asvs("10.4.7")
def test_only_a_living_initial_token_lets_software_register(browser: Browser) -> None:
    once = initial_token(browser.world, uses=1)
    late = initial_token(browser.world, ago=timedelta(hours=2))
    assert register(browser, once).status_code == 201
    registration_token = register(browser).json()["registration_access_token"]
    for token in (once, late, "", "x" * 43, registration_token):
        answer = register(browser, token)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    bare = browser.client.post("/register", json=WHOLE)
    assert bare.status_code == 401


def test_a_refused_document_spends_nothing_and_a_race_spends_once(browser: Browser) -> None:
    token = initial_token(browser.world, uses=1)
    assert register(browser, token, redirect_uris=["ftp://x"]).status_code == 400
    assert register(browser, token).status_code == 201
    raced, spent = initial_token(browser.world, uses=2), []

    def spend() -> None:
        with transaction(browser.world.engine) as db:
            spent.append(spend_initial_token(db, token=raced, at=clock.now()))

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(initial is not None for initial in spent) == 2


def test_every_redirect_uri_that_is_wrong_is_told_by_its_place(browser: Browser) -> None:
    wrong = [f"{URI}#part", URI, "javascript:alert(1)", "https://new.example/*"]
    told = register(browser, redirect_uris=wrong).json()["error_description"]
    assert [place for place in range(1, 5) if f"(number {place})" in told] == [1, 3, 4]
    assert "javascript" not in told
    alone = register(browser, redirect_uris=wrong[:1]).json()["error_description"]
    assert alone.startswith("redirect_uris: Remove the part from # on: this address has no")
    assert "number" not in alone


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": [f"{URI}#part"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://new.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": URI}, "invalid_client_metadata"),
        ({"redirect_uris": [7]}, "invalid_client_metadata"),
        ({"initiate_login_uri": "http://new.example/login"}, "invalid_client_metadata"),
        ({"jwks_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}, "invalid_client_metadata"),
        ({"jwks": "keys"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        (
            {
                "token_endpoint_auth_method": "none",
                "grant_types": ["authorization_code", TOKEN_EXCHANGE],
            },
            "invalid_client_metadata",
        ),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"grant_types": ["authorization_code", "client_credentials"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"client_name": 7}, "invalid_client_metadata"),
        ({"client_name": "a\nb"}, "invalid_client_metadata"),
        ({"contacts": [f"{n}@new.example.vn" for n in range(21)]}, "invalid_client_metadata"),
        ({"default_acr_values": ["LoA2", "LoA9"]}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    ],
)
def test_metadata_keeps_the_registrys_rules(
    browser: Browser, metadata: dict[str, Any], error: str
) -> None:
    answer = register(browser, **metadata)
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text


@pytest.mark.asvs("8.2.3", "15.3.3")
def test_what_only_operators_give_is_out_of_reach(browser: Browser) -> None:
    found = register(
        browser,
        audiences=["https://land.example/api"],
        resources=["https://land.example/api"],
        service=["1.000002"],
        require_pkce=False,
        environment="production",
        system="OTHER",
        initiate_login_uri="https://new.example/login",
    )
    assert found.status_code == 201
    assert found.json()["initiate_login_uri"] == "https://new.example/login"
    with transaction(browser.world.engine) as db:
        party = db.scalars(
            select(RelyingParty).where(RelyingParty.client_id == found.json()["client_id"])
        ).one()
    assert (party.audiences, party.resources, party.default_service_id) == ([], [], None)
    assert (party.require_pkce, party.environment.value) == (True, "sandbox")
    assert party.system_id == browser.world.system_id


def test_a_sector_lists_every_redirect_uri(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sector = {"subject_type": "pairwise", "sector_identifier_uri": "https://new.example/sector"}
    for document, status in ((f'["{URI}"]', 201), ('["https://new.example/x"]', 400)):
        monkeypatch.setattr(GuardedClient, "get", lambda _self, _uri, d=document: d.encode())
        answer = register(browser, **sector)
        assert answer.status_code == status, answer.text
    assert answer.json()["error"] == "invalid_client_metadata"


def test_a_client_reads_changes_and_removes_itself(browser: Browser) -> None:
    made = register(browser).json()
    client_id, own = made["client_id"], bearer(made["registration_access_token"])
    path, client = f"/register/{client_id}", browser.client
    read = client.get(path, headers=own)
    secret = {"client_secret", "client_secret_expires_at"}
    assert read.status_code == 200
    assert read.json() == {name: value for name, value in made.items() if name not in secret}
    other = "https://new.example/other"
    document = {"client_id": client_id, "redirect_uris": [other]}
    changed = client.put(path, json=document, headers=own)
    assert (changed.status_code, changed.json()["redirect_uris"]) == (200, [other])
    assert "contacts" not in changed.json()
    answered = browser.authorize(client_id=client_id, redirect_uri=other)
    assert answered.status_code == 303
    assert browser.authorize(client_id=client_id, redirect_uri=URI).status_code == 400
    assert client.delete(path, headers=own).status_code == 204
    assert client.get(path, headers=own).status_code == 401
    assert browser.authorize(client_id=client_id, redirect_uri=other).status_code == 400


def test_a_change_that_is_not_allowed_changes_nothing(browser: Browser) -> None:
    made = register(browser).json()
    path, client = f"/register/{made['client_id']}", browser.client
    own = bearer(made["registration_access_token"])
    right = {"client_id": made["client_id"], "redirect_uris": [URI]}
    for wrong, error in (
        ({**right, "client_id": "rp"}, "invalid_request"),
        ({"redirect_uris": [URI]}, "invalid_request"),
        ({**right, "client_secret": "other"}, "invalid_request"),
        ({**right, "client_secret": 7}, "invalid_request"),
        ({**right, "registration_access_token": "x"}, "invalid_request"),
        ({**right, "redirect_uris": [f"{URI}#"]}, "invalid_redirect_uri"),
        ({**right, "application_type": "phone"}, "invalid_client_metadata"),
    ):
        answer = client.put(path, json=wrong, headers=own)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    kept = {**right, "client_secret": made["client_secret"]}
    assert client.put(path, json=kept, headers=own).status_code == 200


def test_a_registration_token_is_good_for_its_own_client_alone(browser: Browser) -> None:
    world = browser.world
    one, two = register(browser).json(), register(browser).json()
    party = world.party()
    right = bearer(one["registration_access_token"])
    wrong = bearer(two["registration_access_token"])
    client = browser.client
    for path, headers in (
        (f"/register/{one['client_id']}", wrong),
        (f"/register/{one['client_id']}", {}),
        (f"/register/{one['client_id']}", bearer(initial_token(world))),
        (f"/register/{party.client_id}", right),
        ("/register/nobody", right),
    ):
        document = {"client_id": path.rpartition("/")[2], "redirect_uris": [URI]}
        assert client.get(path, headers=headers).status_code == 401
        assert client.put(path, json=document, headers=headers).status_code == 401
        assert client.delete(path, headers=headers).status_code == 401
    assert client.get(f"/register/{one['client_id']}", headers=right).status_code == 200
    assert browser.userinfo(one["registration_access_token"]).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"client_name": NaN}',
        b'{"jwks": {"keys": [{"n": 1e999}]}}',
        b'{"a": 1, "a": 2}',
        b'{"client_name": "\\u0000"}',
        b'{"contacts": ["\\ud800@new.example.vn"]}',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"a": ' + b"1" * 6_000 + b"}",
    ],
)
def test_a_body_that_is_no_object_is_an_invalid_request(browser: Browser, body: bytes) -> None:
    headers = {**bearer(initial_token(browser.world)), "Content-Type": "application/json"}
    answer = browser.client.post("/register", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    form = browser.client.post(
        "/register",
        data={"client_name": "A"},
        headers=headers | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert form.status_code == 415


def test_registration_is_advertised_and_answers_only_when_open(
    browser: Browser, shared_world: World
) -> None:
    path = "/.well-known/openid-configuration"
    assert browser.get(path).json()["registration_endpoint"].endswith("/register")
    closed = shared_world.browser()
    assert "registration_endpoint" not in closed.get(path).json()
    client = closed.client
    assert client.post("/register", json=WHOLE).status_code == 404
    for call in (client.get, client.put, client.delete):
        assert call("/register/rp").status_code == 404
