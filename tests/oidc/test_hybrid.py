"""Hybrid and implicit response types: off by default, and what each holds when offered."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import select

from idp.kit.db import transaction
from idp.oidc.checks.context import Context
from idp.oidc.checks.rules import check_response_type
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.scopes import granted_scopes
from idp.relying_parties.client_keys import ClientKeys
from idp.relying_parties.declarations import declaration_of
from idp.relying_parties.grant_types import RESPONSE_TYPES, canonical, holds_tokens
from idp.relying_parties.metadata import find_faults
from idp.settings import Settings
from idp.settings.protocol import ProtocolSettings, RegistrationSettings
from idp.tokens.models import Grant
from tests.oidc import test_request_objects as request_objects
from tests.oidc.conftest import (
    ISSUER,
    REDIRECT,
    SECRET,
    Browser,
    World,
    basic,
    page_of,
    parameters,
    serving,
)
from tests.oidc.test_checks import party as registered
from tests.oidc.test_registration import bearer, initial_token
from tests.oidc.test_response_modes import STATE, posted
from tests.oidc.test_sealed_answers import opened
from tests.support.documents import serve_documents
from tests.support.postgres import Database
from tests.support.statements import statements

KEY = ECKey.generate_key("P-256", parameters={"kid": "ec", "use": "enc"})
JWKS = KeySet([KEY]).as_dict(private=False)
HOLDING = tuple(filter(holds_tokens, RESPONSE_TYPES))
MODES = ("", "fragment", "form_post", "jwt", "fragment.jwt", "form_post.jwt")
MEMBERS = {
    "code": {"code"},
    "token": {"access_token", "token_type", "expires_in", "scope"},
    "id_token": {"id_token"},
}
BESIDE = {"state", "iss", "session_state"}
REGISTERED: dict[str, Any] = {
    "grant_types": ["authorization_code", "refresh_token", "implicit"],
    "response_types": list(RESPONSE_TYPES),
}
Keys = dict[str, RSAKey | ECKey]


def offered(settings: Settings, **values: Any) -> Settings:
    protocol = ProtocolSettings(response_types=RESPONSE_TYPES)  # type: ignore[arg-type]
    return settings.model_copy(update={"protocol": protocol, **values})


@pytest.fixture(scope="module")
def offering(
    module_database: Database, module_settings: Settings, generated_keys: Keys
) -> Iterator[World]:
    """A server that offers every response type, and the client `rp` that registered them."""
    registration = RegistrationSettings(is_open=True)
    settings = offered(module_settings, registration=registration)
    with serving(settings, generated_keys) as world:
        world.party(**REGISTERED)
        yield world


@pytest.fixture(scope="module")
def someone(offering: World) -> Browser:
    """Signed in, agreed."""
    return offering.someone()


def client(world: World, name: str, **values: Any) -> Browser:
    """Someone signed in who agreed to everything with another client."""
    party, person = world.party(name, **{**REGISTERED, **values}), world.person()
    world.consent(person, party)
    browser = world.browser()
    browser.sign_in(person)
    return browser


def fragment_of(response: Response) -> dict[str, str]:
    """The parameters in the fragment; fails when anything stands in the query."""
    assert response.status_code == 303, response.text
    before, _, fragment = response.headers["location"].partition("#")
    assert before == REDIRECT
    return dict(parse_qsl(fragment, strict_parsing=True))


def answered(world: World, response: Response, mode: str) -> dict[str, Any]:
    """The parameters, from where the mode puts them; a signed answer opened."""
    if mode.startswith("form_post"):
        action, found = posted(response)
        assert action == REDIRECT
    else:
        found = fragment_of(response)
    if not mode.endswith("jwt"):
        return found
    claims = world.verify(found.pop("response")).claims
    assert found == {}
    assert claims.pop("aud") == "rp"
    assert claims.pop("exp")
    return dict(claims)


def half(value: str) -> str:
    """The left half of the SHA-256 of it (OIDC Core 3.3.2.11)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).decode()[:-2]


def error_of(browser: Browser, **changes: str | None) -> str:
    """The error in the fragment; nothing is handed out beside it."""
    found = fragment_of(browser.authorize(**changes))
    assert found.keys() == {"error", "error_description", "state", "iss"}
    assert (found["state"], found["iss"]) == ("st4te", ISSUER)
    return found["error"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", HOLDING)
def test_a_response_holds_what_its_type_names_and_nothing_else(
    offering: World, someone: Browser, kind: str, mode: str
) -> None:
    sent = someone.authorize(response_type=kind, response_mode=mode or None, state=STATE)
    found, kinds = answered(offering, sent, mode), kind.split()
    assert sent.headers["cache-control"] == "no-store"
    assert found.keys() == BESIDE.union(*(MEMBERS[one] for one in kinds))
    assert (found["state"], found["iss"]) == (STATE, ISSUER)
    if "token" in kinds:
        assert (found["token_type"], found["expires_in"]) == ("Bearer", "600")
        assert someone.userinfo(found["access_token"]).json()["name"] == "Trần Thị Bình"
    if "id_token" in kinds:
        claims = offering.verify(found["id_token"]).claims
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, "rp", "n0nce")
        hashed = {"at_hash": found.get("access_token"), "c_hash": found.get("code")}
        for name, value in hashed.items():
            assert claims.get(name) == (half(value) if value else None)
        assert ("name" in claims) is (kinds == ["id_token"]), "else userinfo tells (Core 5.4)"
    if "code" in kinds:
        tokens = someone.redeem(found["code"]).json()
        later = offering.verify(tokens["id_token"]).claims
        assert later["nonce"] == "n0nce"
        assert later["at_hash"] == half(tokens["access_token"])


@pytest.mark.parametrize(
    "kind", ["id_token code", "token code", "token id_token code", "token id_token"]
)
def test_the_order_of_the_words_means_nothing(someone: Browser, kind: str) -> None:
    found = fragment_of(someone.authorize(response_type=kind))
    assert found.keys() == BESIDE.union(*(MEMBERS[one] for one in kind.split()))


@pytest.mark.parametrize("kind", ["token", "code code", "code  id_token", "none", "id_token magic"])
def test_what_is_no_response_type_does_not_become_one(someone: Browser, kind: str) -> None:
    sent = someone.authorize(response_type=kind).headers["location"]
    assert "error=unsupported_response_type" in sent


def test_the_code_flow_is_as_ever_beside_them(someone: Browser) -> None:
    found = dict(parse_qsl(urlsplit(someone.authorize().headers["location"]).query))
    assert found.keys() == BESIDE | {"code"}


@pytest.mark.parametrize("kind", HOLDING)
@pytest.mark.asvs("10.4.4", "10.6.1")
def test_off_by_default(world: World, kind: str) -> None:
    world.party(**REGISTERED)
    browser = world.someone()
    assert error_of(browser, response_type=kind) == "unsupported_response_type"
    assert browser.redeem(browser.code()).status_code == 200


def test_off_in_a_request_object_and_in_what_is_pushed_too(world: World) -> None:
    world.party(**REGISTERED, jwks=request_objects.JWKS)
    browser = world.someone()
    for kind in HOLDING:
        asked = parameters(response_type=kind)
        told = request_objects.strict(iss="rp", **asked)
        assert error_of(browser, response_type=None, request=told) == "unsupported_response_type"
        pushed = browser.client.post("/par", data=asked, headers=basic("rp", SECRET))
        assert pushed.json()["error"] == "unsupported_response_type"


@pytest.mark.parametrize("kind", HOLDING)
def test_a_nonce_is_needed_where_an_id_token_travels(someone: Browser, kind: str) -> None:
    sent = fragment_of(someone.authorize(response_type=kind, nonce=None))
    is_needed = "id_token" in kind.split()
    assert (sent.get("error") == "invalid_request") is is_needed
    assert ("access_token" in sent) is not is_needed


@pytest.mark.parametrize("mode", ["query", "query.jwt"])
@pytest.mark.parametrize("kind", HOLDING)
@pytest.mark.asvs("10.1.1", "14.2.1")
def test_tokens_never_travel_in_a_query(
    offering: World, someone: Browser, kind: str, mode: str
) -> None:
    sent = someone.authorize(response_type=kind, response_mode=mode)
    assert answered(offering, sent, mode)["error"] == "invalid_request"
    control = urlsplit(someone.authorize(response_mode=mode).headers["location"])
    assert control.query
    assert not control.fragment


def test_a_mode_nobody_offers_is_refused_in_the_fragment(someone: Browser) -> None:
    asked = {"response_type": "id_token", "response_mode": "web_message"}
    assert error_of(someone, **asked) == "invalid_request"


@pytest.mark.parametrize("kind", HOLDING)
def test_errors_travel_in_the_fragment_too(offering: World, kind: str) -> None:
    stranger, asked = offering.browser(), {"response_type": kind, "prompt": "none"}
    assert error_of(stranger, **asked) == "login_required"
    signed_in = offering.browser()
    signed_in.sign_in(offering.person())
    assert error_of(signed_in, **asked) == "consent_required"
    _, found = posted(stranger.authorize(**asked, response_mode="form_post"))
    assert found["error"] == "login_required"


def test_a_registration_narrows_what_is_offered(offering: World) -> None:
    narrow = {"response_types": ["code", "id_token"]}
    browser = client(offering, "narrow", **narrow)
    asked = {"client_id": "narrow", "response_type": "id_token"}
    assert "id_token" in fragment_of(browser.authorize(**asked))
    other = {**asked, "response_type": "id_token token"}
    assert error_of(browser, **other) == "unauthorized_client"
    for number, grant in enumerate(("implicit", "authorization_code")):
        name = f"lacking{number}"
        lacking = client(offering, name, grant_types=[grant])
        asked = {"client_id": name, "response_type": "code id_token"}
        assert error_of(lacking, **asked) == "unauthorized_client"


def test_pkce_is_required_for_the_code_alone(someone: Browser) -> None:
    without: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
    for kind in HOLDING:
        found = fragment_of(someone.authorize(response_type=kind, **without))
        assert (found.get("error") == "invalid_request") is ("code" in kind.split())
    code = fragment_of(someone.authorize(response_type="code id_token"))["code"]
    assert someone.redeem(code, code_verifier="w" * 50).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("dpop", {"dpop_bound_access_tokens": True}),
        ("mtls", {"tls_client_certificate_bound_access_tokens": True}),
    ],
)
def test_a_token_bound_to_a_key_is_never_handed_out_here(
    offering: World, name: str, bound: dict[str, Any]
) -> None:
    browser = client(offering, name, **bound)
    for kind in HOLDING:
        found = fragment_of(browser.authorize(client_id=name, response_type=kind))
        assert found.get("error", "") == ("unauthorized_client" if "token" in kind.split() else "")


@pytest.mark.parametrize("profile", ["fapi2-security", "fapi2-message-signing"])
def test_fapi_has_codes_alone(profile: str) -> None:
    """Whatever was registered, before anything else its profile asks for is looked at."""
    for kind in RESPONSE_TYPES:
        asked = AuthorizationRequest.read(parameters(response_type=kind))
        safe = registered(profile=profile, **REGISTERED)
        found = check_response_type(Context(asked, safe, {}.get, ISSUER, RESPONSE_TYPES))
        assert (found.error if found else "") == ("unauthorized_client" if kind != "code" else "")


def test_a_code_bound_to_a_key_does_not_come_with_a_token(someone: Browser) -> None:
    asked = {"dpop_jkt": "k" * 43}
    assert error_of(someone, response_type="code token", **asked) == "unauthorized_client"
    assert "code" in fragment_of(someone.authorize(response_type="code id_token", **asked))


def test_access_that_outlives_the_session_comes_with_codes_alone() -> None:
    scope = "openid offline_access"
    for kind in RESPONSE_TYPES:
        asked = parameters(response_type=kind, scope=scope, prompt="consent")
        granted = granted_scopes(AuthorizationRequest.read(asked), registered(**REGISTERED))
        assert ("offline_access" in granted) is ("code" in kind.split())


def test_what_was_handed_out_is_one_grants(offering: World, someone: Browser) -> None:
    found = fragment_of(someone.authorize(response_type="code token"))
    assert someone.userinfo(found["access_token"]).status_code == 200
    tokens = someone.redeem(found["code"]).json()
    assert someone.redeem(found["code"]).status_code == 400
    for token in (found["access_token"], tokens["access_token"]):
        assert someone.userinfo(token).status_code == 401, "a replayed code kills them"


def test_revoked_and_signed_out(offering: World) -> None:
    browser = offering.someone()
    first, second = (
        fragment_of(browser.authorize(response_type="id_token token")) for _ in range(2)
    )
    told = {"token": first["access_token"]}
    browser.client.post("/revoke", data=told, headers=basic("rp", SECRET))
    assert browser.userinfo(first["access_token"]).status_code == 401
    assert browser.userinfo(second["access_token"]).status_code == 200
    browser.get("/end_session", params={"id_token_hint": second["id_token"]})
    assert browser.userinfo(second["access_token"]).status_code == 401
    asked = {"response_type": "id_token token", "prompt": "none"}
    assert error_of(browser, **asked) == "login_required"


def test_an_id_token_alone_leaves_a_grant_by_which_its_client_is_told_of_the_end(
    offering: World,
) -> None:
    browser = client(offering, "told")
    found = fragment_of(browser.authorize(client_id="told", response_type="id_token"))
    sid = offering.session_of(found["id_token"])
    with transaction(offering.engine) as db:
        [grant] = [g for g in db.scalars(select(Grant)) if g.sid == sid]
    assert (grant.scope, grant.is_offline) == ("openid profile", False)


def test_claims_and_levels_are_as_in_the_code_flow(someone: Browser, offering: World) -> None:
    asked = {"claims": '{"id_token": {"birthdate": null}}', "acr_values": "LoA1", "max_age": "600"}
    for kind in ("id_token", "code id_token", "id_token token"):
        found = fragment_of(someone.authorize(response_type=kind, scope="openid", **asked))
        claims = offering.verify(found["id_token"]).claims
        assert (claims["birthdate"], claims["acr"]) == ("1990-02-03", "LoA1")
        assert "auth_time" in claims
        assert "name" not in claims, "nobody asked for it"


def test_the_organization_acted_for_stands_in_an_id_token_that_comes_alone(world: World) -> None:
    world.change(protocol=offered(world.settings).protocol)
    party, person, browser = world.party(**REGISTERED), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    organization = world.organization(person)
    sent = browser.authorize(response_type="id_token", scope="openid organization")
    interaction_id, page = page_of(sent)
    assert page == "representing"
    world.choose(interaction_id, organization)
    world.agree(interaction_id)
    found = fragment_of(browser.get(f"/authorize/resume/{interaction_id}"))
    claims = world.verify(found["id_token"]).claims
    assert claims["organization"]["tax_code"] == "0100109106"


def test_a_token_is_meant_for_the_resource_that_was_named(offering: World) -> None:
    uri, tax = "https://land.example/api", "https://tax.example/api"
    browser = client(offering, "land", resources=[uri, tax])
    asked = {"client_id": "land", "response_type": "id_token token", "resource": uri}
    token = fragment_of(browser.authorize(**asked))["access_token"]
    assert offering.verify(token).claims["aud"] == uri
    for other in (f"{uri}/other", f"{uri} {tax}"):
        assert error_of(browser, **{**asked, "resource": other}) == "invalid_target"
    with_code = {**asked, "response_type": "code id_token", "resource": f"{uri} {tax}"}
    assert "code" in fragment_of(browser.authorize(**with_code)), "each token is asked for later"


def test_an_id_token_is_encrypted_as_registered(offering: World) -> None:
    sealing = {"id_token_encrypted_response_alg": "ECDH-ES"}
    browser = client(offering, "sealed", **sealing, jwks=JWKS)
    asked = {"client_id": "sealed", "response_type": "id_token"}
    _, signed = opened(fragment_of(browser.authorize(**asked))["id_token"], KEY)
    assert offering.verify(signed).claims["nonce"] == "n0nce"
    keyless = client(offering, "keyless", **sealing)
    assert error_of(keyless, **{**asked, "client_id": "keyless"}) == "invalid_request"


def test_keys_behind_an_address_are_at_hand_when_the_person_comes_back(offering: World) -> None:
    with serve_documents() as documents:
        uri = documents.put("/jwks", json.dumps(JWKS))
        sealing = {"id_token_encrypted_response_alg": "ECDH-ES", "jwks_uri": uri}
        browser = client(offering, "fetched", **sealing)
        asked = parameters(client_id="fetched", response_type="id_token", prompt="none")
        begun = browser.client.post("/authorize", data=asked)
        offering.change(client_keys=ClientKeys(offering.part.outbound))
        found = fragment_of(browser.get(begun.headers["location"]))
    assert opened(found["id_token"], KEY)


def test_a_pushed_request_is_answered_once(someone: Browser) -> None:
    for kind in HOLDING:
        asked = parameters(response_type=kind, client_id=None)
        pushed = someone.client.post("/par", data=asked, headers=basic("rp", SECRET)).json()
        query = {"client_id": "rp", "request_uri": pushed["request_uri"]}
        assert fragment_of(someone.get("/authorize", params=query)).keys() > BESIDE
        assert someone.get("/authorize", params=query).status_code == 400


def test_each_costs_no_more_statements_than_a_code(offering: World, someone: Browser) -> None:
    spent = {}
    for kind in RESPONSE_TYPES:
        with statements(offering.engine) as sent:
            someone.authorize(response_type=kind, scope="openid")
        spent[kind] = len(sent)
    assert all(count <= spent["code"] for kind, count in spent.items() if kind != "id_token"), spent
    assert spent["id_token"] <= spent["code"] + 2, "the claims it tells instead of userinfo"


def test_discovery_tells_of_them(offering: World, world: World) -> None:
    path = "/.well-known/openid-configuration"
    on, off = (one.browser().get(path).json() for one in (offering, world))
    assert on["response_types_supported"] == list(RESPONSE_TYPES)
    assert off["response_types_supported"] == ["code"]
    added = set(on["grant_types_supported"]) - set(off["grant_types_supported"])
    assert added == {"implicit"}
    assert set(on["claims_supported"]) - set(off["claims_supported"]) == {"c_hash"}


def test_implicit_is_no_grant_of_the_token_endpoint(someone: Browser) -> None:
    assert someone.token(grant_type="implicit").json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("kind", HOLDING)
@pytest.mark.asvs("2.2.3")
def test_a_client_registers_what_goes_together(offering: World, kind: str) -> None:
    def register(**metadata: Any) -> Response:
        document = {"redirect_uris": ["https://new.example/cb"], **metadata}
        headers = bearer(initial_token(offering))
        return offering.browser().client.post("/register", json=document, headers=headers)

    grants = ["implicit", *(["authorization_code"] if "code" in kind.split() else [])]
    turned = " ".join(reversed(kind.split()))
    made = register(response_types=[turned], grant_types=grants)
    assert made.status_code == 201, made.text
    assert made.json()["response_types"] == [canonical(turned)]
    for wrong in (grants[:-1] or ["client_credentials"], ["authorization_code"]):
        refused = register(response_types=[kind], grant_types=wrong)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


def test_nobody_registers_what_is_not_offered(world: World) -> None:
    world.change(registration=RegistrationSettings(is_open=True))
    document: dict[str, Any] = {"redirect_uris": ["https://new.example/cb"]}
    kinds = {"response_types": ["id_token"], "grant_types": ["implicit"]}
    for metadata, status in ((kinds, 400), ({}, 201)):
        headers = bearer(initial_token(world))
        sent = world.browser().client.post(
            "/register", json={**document, **metadata}, headers=headers
        )
        assert sent.status_code == status


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"grant_types": ["authorization_code"]}, ["grant_types"]),
        ({"response_types": ["code"]}, ["response_types"]),
        ({"response_types": ["code", "token"]}, ["response_types", "response_types"]),
        ({"dpop_bound_access_tokens": True}, ["response_types"]),
        ({"redirect_uris": []}, ["redirect_uris"]),
        ({"grant_types": ["client_credentials"], "response_types": ["code"]}, []),
    ],
)
def test_a_declaration_keeps_the_same_rules(
    settings: Settings, changes: dict[str, Any], fields: list[str]
) -> None:
    declared = {
        "system": "SYS",
        "client_name": "A",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["token code"],
        **changes,
    }
    metadata = declaration_of(declared, where="here").metadata
    assert [fault.field for fault in find_faults(metadata, issuer=settings.issuer)] == fields
