"""What the FAPI 2.0 profiles demand of a request, each refusal beside what passes."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pydantic import ValidationError

from idp.kit import clock
from idp.oidc.profiles import profile_of
from idp.settings.protocol import TokenSettings
from tests.oidc.conftest import (
    ISSUER,
    REDIRECT,
    Browser,
    World,
    answer_of,
    page_of,
    parameters,
)
from tests.oidc.test_jarm import sent_back
from tests.oidc.test_private_key_jwt import assertion, fields_of
from tests.oidc.test_pushed_authorization import error_of, open_it

RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
KEYS: dict[str, Any] = {"RS256": RSA, "PS256": RSA, "ES256": EC, "EdDSA": ED}
FAPI: dict[str, Any] = {
    "token_endpoint_auth_method": "private_key_jwt",
    "client_secret_hash": None,
    "id_token_signed_response_alg": "PS256",
    "jwks": {"keys": [key.as_dict(private=False) for key in (RSA, EC, ED)]},
}


@pytest.fixture(scope="module")
def browser(shared_world: World) -> Browser:
    """A browser in which someone agreed to everything with each client of FAPI."""
    person, browser = shared_world.person(), shared_world.browser()
    for client_id, values in (
        ("fapi", {"profile": "fapi2-security"}),
        ("signing", {"profile": "fapi2-message-signing"}),
        (
            "jarm",
            {
                "profile": "fapi2-message-signing",
                "authorization_signed_response_alg": "ES256",
            },
        ),
    ):
        shared_world.consent(person, shared_world.party(client_id, **FAPI, **values))
    shared_world.party("openid", **FAPI)
    shared_world.party("legacy", **FAPI, profile="openid-legacy")
    browser.sign_in(person)
    return browser


def proof(client_id: str, alg: str = "ES256", **changes: Any) -> dict[str, str]:
    """The fields by which a client authenticates."""
    claims = {"iss": client_id, "sub": client_id, **changes}
    return fields_of(assertion(KEYS[alg], alg=alg, **claims))


def push(browser: Browser, client_id: str = "fapi", **changes: Any) -> Response:
    fields = parameters(**{"client_id": client_id, **changes})
    return browser.client.post("/par", data={**fields, **proof(client_id)})


def in_seconds(seconds: int) -> int:
    return int(clock.now().timestamp()) + seconds


def request_object(alg: str = "PS256", client_id: str = "signing", **changes: Any) -> str:
    """A request object as FAPI 2.0 Message Signing 5.3.1 wants it; `None` leaves a claim out."""
    usual = {
        **parameters(client_id=client_id),
        "iss": client_id,
        "sub": None,
        "jti": None,
        "aud": ISSUER,
        "iat": None,
        "nbf": in_seconds(0),
        "exp": in_seconds(300),
    }
    header = {"typ": "oauth-authz-req+jwt"}
    return assertion(KEYS[alg], alg=alg, header=header, **{**usual, **changes})


def push_object(browser: Browser, signed: str, client_id: str = "signing") -> Response:
    return browser.client.post("/par", data={"request": signed, **proof(client_id)})


def code_of(browser: Browser, pushed: Response, client_id: str = "fapi") -> str:
    assert pushed.status_code == 201, pushed.text
    return answer_of(open_it(browser, pushed.json()["request_uri"], client_id))["code"]


def test_a_request_is_pushed(browser: Browser) -> None:
    assert code_of(browser, push(browser))
    for client_id in ("fapi", "signing"):
        refused = answer_of(browser.authorize(client_id=client_id))
        assert (refused["error"], refused["iss"]) == ("invalid_request", ISSUER)
    by_value = browser.authorize(client_id="signing", request=request_object())
    assert answer_of(by_value)["error"] == "invalid_request"


def test_it_is_not_answered_where_nobody_is_signed_in(shared_world: World) -> None:
    stranger = shared_world.browser("c" * 30)
    handle = push(stranger).json()["request_uri"]
    assert page_of(open_it(stranger, handle, "fapi"))[1] == "identifier"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
    ],
)
def test_pkce_is_s256(browser: Browser, changes: dict[str, Any]) -> None:
    assert error_of(push(browser, **changes)) == "invalid_request"
    assert push(browser).status_code == 201


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
def test_assertions_are_signed_as_fapi_allows(browser: Browser, alg: str) -> None:
    fields = {**parameters(client_id="fapi"), **proof("fapi", alg)}
    assert browser.client.post("/par", data=fields).status_code == 201


REFUSED: dict[str, Callable[[], dict[str, str]]] = {
    "RS256": lambda: proof("fapi", "RS256"),
    "RS512": lambda: fields_of(assertion(RSA, alg="RS512", iss="fapi", sub="fapi")),
    "a list with the issuer": lambda: proof("fapi", aud=[ISSUER]),
    "the token endpoint": lambda: proof("fapi", aud=f"{ISSUER}/token"),
    "the endpoint itself": lambda: proof("fapi", aud=f"{ISSUER}/par"),
    "the issuer with a slash": lambda: proof("fapi", aud=f"{ISSUER}/"),
    "issuer and token endpoint": lambda: proof("fapi", aud=[ISSUER, f"{ISSUER}/token"]),
    "no audience": lambda: proof("fapi", aud=None),
    "good for an hour": lambda: proof("fapi", exp=in_seconds(3600)),
    "expired": lambda: proof("fapi", exp=in_seconds(-60)),
    "no jti": lambda: proof("fapi", jti=None),
    "another client's name": lambda: proof("fapi", iss="signing"),
}


@pytest.mark.parametrize("path", ["/par", "/token"])
@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_an_assertion_that_is_refused(
    browser: Browser, make: Callable[[], dict[str, str]], path: str
) -> None:
    asked = {**parameters(client_id="fapi"), "grant_type": "client_credentials"}
    refused = browser.client.post(path, data={**asked, **make()})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_an_assertion_is_accepted_once(browser: Browser) -> None:
    fields = {**parameters(client_id="fapi"), **proof("fapi")}
    assert browser.client.post("/par", data=fields).status_code == 201
    assert browser.client.post("/par", data=fields).status_code == 401


def test_older_clients_of_openid_go_on_as_they_did(browser: Browser) -> None:
    """F6: audiences and algorithms belong to the profile, not to the server; new ones are strict.

    OpenID Connect's own certification plans sign assertions for the token endpoint.
    """
    for alg, audience in (
        ("RS256", ISSUER),
        ("ES256", [ISSUER]),
        ("PS256", f"{ISSUER}/token"),
        ("EdDSA", f"{ISSUER}/par"),
        ("ES256", [ISSUER, f"{ISSUER}/token"]),
    ):
        for client_id in ("legacy", "openid"):
            fields = {**parameters(client_id=client_id), **proof(client_id, alg, aud=audience)}
            is_taken = client_id == "legacy" or audience == ISSUER
            assert browser.client.post("/par", data=fields).status_code == (
                201 if is_taken else 401
            )


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
def test_signed_requests_are_pushed(browser: Browser, alg: str) -> None:
    assert code_of(browser, push_object(browser, request_object(alg)), "signing")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": in_seconds(3590), "nbf": in_seconds(-5)},
        {"aud": [ISSUER, "https://other.example"]},
        {"claims": {"id_token": {"name": None}}},
    ],
)
def test_a_request_object_may_live_an_hour(browser: Browser, changes: dict[str, Any]) -> None:
    assert push_object(browser, request_object(**changes)).status_code == 201


BAD: dict[str, Callable[[], str]] = {
    "no nbf": lambda: request_object(nbf=None),
    "no exp": lambda: request_object(exp=None),
    "no aud": lambda: request_object(aud=None),
    "no iss": lambda: request_object(iss=None),
    "longer than an hour": lambda: request_object(exp=in_seconds(3700)),
    "longer than numbers are": lambda: request_object(nbf=in_seconds(0) + 0.5, exp=10**400),
    "valid for over an hour": lambda: request_object(nbf=in_seconds(-3700)),
    "expired": lambda: request_object(nbf=in_seconds(-600), exp=in_seconds(-300)),
    "not yet valid": lambda: request_object(nbf=in_seconds(120)),
    "nbf that is text": lambda: request_object(nbf="now"),
    "another audience": lambda: request_object(aud="https://other.example"),
    "another issuer": lambda: request_object(iss="fapi"),
    "another client": lambda: request_object(client_id="fapi", iss="fapi"),
    "RS256": lambda: request_object("RS256"),
    "altered": lambda: request_object()[:-8] + "AAAAAAAA",
    "a request_uri inside": lambda: request_object(request_uri="urn:x"),
    "a request inside": lambda: request_object(request="x"),
    "unsigned": lambda: request_object().rsplit(".", 1)[0] + ".",
    "no JWT": lambda: "x",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_bad_request_object_is_exactly_that(browser: Browser, make: Callable[[], str]) -> None:
    assert error_of(push_object(browser, make())) == "invalid_request_object"


def test_where_signing_is_required_plain_parameters_are_refused(browser: Browser) -> None:
    assert error_of(push(browser, "signing")) == "invalid_request"
    assert push_object(browser, request_object()).status_code == 201
    assert push(browser, "fapi").status_code == 201


def test_the_object_alone_counts(browser: Browser) -> None:
    lacking = request_object(code_challenge=None, code_challenge_method=None)
    beside = {**parameters(client_id="signing"), "request": lacking, **proof("signing")}
    assert error_of(browser.client.post("/par", data=beside)) == "invalid_request"


def test_answers_are_signed_where_that_was_agreed(shared_world: World, browser: Browser) -> None:
    plain = push_object(browser, request_object(client_id="jarm"), "jarm")
    assert error_of(plain) == "invalid_request"
    asked = request_object(client_id="jarm", response_mode="jwt")
    handle = push_object(browser, asked, "jarm").json()["request_uri"]
    response = sent_back(open_it(browser, handle, "jarm"), "jwt")["response"]
    signed = shared_world.verify(response)
    assert (signed.header["alg"], signed.claims["aud"]) == ("ES256", "jarm")
    assert "code" in signed.claims


def test_answers_of_fapi_are_never_rs256(shared_world: World, browser: Browser) -> None:
    handle = push(browser, response_mode="jwt").json()["request_uri"]
    response = sent_back(open_it(browser, handle, "fapi"), "jwt")["response"]
    assert shared_world.verify(response).header["alg"] == "PS256"


def test_success_and_errors_name_the_issuer(browser: Browser) -> None:
    for prompt, expected in (("none", "code"), ("none", "error")):
        max_age = "0" if expected == "error" else None
        handle = push(browser, prompt=prompt, max_age=max_age).json()["request_uri"]
        answer = answer_of(open_it(browser, handle, "fapi"))
        assert expected in answer
        assert answer["iss"] == ISSUER


def test_the_redirect_uri_is_exact(browser: Browser) -> None:
    assert error_of(push(browser, redirect_uri=f"{REDIRECT}?x=1")) == "invalid_request"
    assert push(browser).status_code == 201


def test_a_code_lives_a_minute_at_most() -> None:
    assert TokenSettings().code_lifetime.total_seconds() <= 60
    with pytest.raises(ValidationError):
        TokenSettings(code_lifetime="PT61S")  # type: ignore[arg-type]


def test_a_handle_lives_less_than_ten_minutes() -> None:
    assert TokenSettings(pushed_request_lifetime="PT9M59S")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        TokenSettings(pushed_request_lifetime="PT10M")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["fapi2-security", "fapi2-message-signing"])
def test_the_profiles_demand_what_fapi_demands(name: str) -> None:
    profile, openid = profile_of(name), profile_of("openid")
    assert profile.requires_pushed_request
    assert profile.requires_sender_constrained_tokens
    assert profile.assertion_audience_is_issuer_only
    assert not profile.rotates_refresh_tokens
    assert "RS256" not in profile.client.signing_algorithms + profile.client.answer_algorithms
    assert profile.code_challenge_methods == ("S256",)
    assert openid.assertion_audience_is_issuer_only
    assert not profile_of("openid-legacy").assertion_audience_is_issuer_only
    assert not openid.requires_pushed_request
    assert openid.rotates_refresh_tokens
