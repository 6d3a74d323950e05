"""JARM: the authorization response in a JWT, in each mode, for success and for errors."""

import json
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from httpx2 import Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from idp.oidc.redirects import SIGNED_MODES
from tests.oidc.conftest import (
    ISSUER,
    REDIRECT,
    SECRET,
    Browser,
    World,
    answer_of,
    basic,
    parameters,
)
from tests.oidc.test_response_modes import STATE, posted

JARM_KEYS = {"iss", "aud", "exp"}


def sent_back(response: Response, mode: str) -> dict[str, str]:
    """The parameters that travelled, from the place where the mode puts them."""
    if mode == "form_post.jwt":
        action, fields = posted(response)
        assert action == REDIRECT
        return fields
    assert response.status_code == 303, response.text
    parts = urlsplit(response.headers["location"])
    query, fragment = dict(parse_qsl(parts.query)), dict(parse_qsl(parts.fragment))
    here, there = (fragment, query) if mode == "fragment.jwt" else (query, fragment)
    assert there == {}
    return here


def opened(world: World, response: Response, mode: str) -> dict[str, Any]:
    """The claims of the only parameter there is, with what JARM 2.1 demands checked."""
    fields = sent_back(response, mode)
    assert fields.keys() == {"response"}
    claims = world.verify(fields["response"]).claims
    assert (claims["iss"], claims["aud"]) == (ISSUER, "rp")
    assert 0 < claims["exp"] - time.time() <= 600
    return claims


@pytest.fixture(scope="module")
def someone(shared_world: World) -> Browser:
    return shared_world.someone()


@pytest.mark.parametrize("mode", SIGNED_MODES)
def test_a_code_travels_in_a_jwt(shared_world: World, someone: Browser, mode: str) -> None:
    claims = opened(shared_world, someone.authorize(response_mode=mode, state=STATE), mode)
    assert claims.keys() == {*JARM_KEYS, "code", "state", "session_state"}
    assert claims["state"] == STATE
    assert someone.redeem(claims["code"]).status_code == 200


@pytest.mark.parametrize("mode", SIGNED_MODES)
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none login"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_errors_travel_in_a_jwt(
    shared_world: World, someone: Browser, mode: str, changes: dict[str, str], error: str
) -> None:
    claims = opened(shared_world, someone.authorize(response_mode=mode, **changes), mode)
    assert claims.keys() == {*JARM_KEYS, "error", "error_description", "state"}
    assert (claims["error"], claims["state"]) == (error, "st4te")


def test_the_plain_modes_stay_plain(someone: Browser) -> None:
    answer = answer_of(someone.authorize())
    assert "response" not in answer
    assert {"code", "state", "iss"} <= answer.keys()


def test_it_is_signed_as_registered(world: World) -> None:
    person, browser = world.person(), world.browser()
    browser.sign_in(person)
    for number, (registered, used) in enumerate(
        (("", "RS256"), ("PS256", "PS256"), ("ES256", "ES256"))
    ):
        client_id = f"rp{number}"
        party = world.party(client_id, authorization_signed_response_alg=registered)
        world.consent(person, party)
        found = browser.authorize(client_id=client_id, response_mode="jwt")
        assert world.verify(sent_back(found, "jwt")["response"]).header["alg"] == used


def test_the_query_of_the_redirect_uri_is_kept(world: World) -> None:
    uri = REDIRECT + "?kept=%20as+it+is"
    world.party(redirect_uris=[uri])
    found = world.someone().authorize(redirect_uri=uri, response_mode="query.jwt")
    assert found.headers["location"].startswith(f"{uri}&response=")


def test_a_long_state_comes_back_whole(shared_world: World, someone: Browser) -> None:
    state = "s" * 4000
    claims = opened(shared_world, someone.authorize(response_mode="jwt", state=state), "jwt")
    assert claims["state"] == state


def test_an_authorization_response_is_no_id_token(shared_world: World, someone: Browser) -> None:
    response = sent_back(someone.authorize(response_mode="jwt"), "jwt")["response"]
    refused = answer_of(someone.authorize(id_token_hint=response))
    assert refused["error"] == "invalid_request"
    asked = someone.get("/end_session", params={"id_token_hint": response})
    assert not asked.headers["location"].endswith("/done"), "the person is asked"
    tokens = someone.redeem(someone.code()).json()
    assert "code" in answer_of(someone.authorize(id_token_hint=tokens["id_token"]))


def test_an_authorization_response_is_no_token_code_or_request(someone: Browser) -> None:
    response = sent_back(someone.authorize(response_mode="jwt"), "jwt")["response"]
    assert someone.userinfo(response).status_code == 401
    assert someone.redeem(response).json()["error"] == "invalid_grant"
    refreshed = someone.token(grant_type="refresh_token", refresh_token=response)
    assert refreshed.json()["error"] == "invalid_grant"
    headers = basic("rp", SECRET)
    found = someone.client.post("/introspect", data={"token": response}, headers=headers)
    assert found.json() == {"active": False}
    refused = answer_of(someone.authorize(request=response))
    assert refused["error"] == "invalid_request_object"
    tokens = someone.redeem(someone.code()).json()
    assert someone.userinfo(tokens["access_token"]).status_code == 200


def test_whoever_checks_it_notices_what_is_not_its_own(
    shared_world: World, someone: Browser
) -> None:
    """By the rules of JARM 2.4, with the published keys."""
    response = sent_back(someone.authorize(response_mode="jwt"), "jwt")["response"]
    head, body, signature = response.split(".")
    claims = shared_world.verify(response).claims
    forged = jwt.encode({"alg": "ES256"}, claims, ECKey.generate_key("P-256"))
    unsigned = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    other = urlsafe_b64encode(json.dumps({**claims, "code": "x"}).encode()).decode().rstrip("=")

    def accepted(token: str, *, client_id: str = "rp", issuer: str = ISSUER, at: int = 0) -> bool:
        rules = {"iss": issuer, "aud": client_id}
        registry = jwt.JWTClaimsRegistry(
            now=int(time.time()) + at,
            exp={"essential": True},
            **{name: {"essential": True, "value": value} for name, value in rules.items()},
        )
        try:
            registry.validate(shared_world.verify(token).claims)
        except (JoseError, ValueError):
            return False
        return True

    assert accepted(response)
    assert not accepted(response, client_id="another"), "mixed up"
    assert not accepted(response, issuer="https://other.example")
    assert not accepted(response, at=601), "kept too long"
    for altered in (
        forged,
        f"{unsigned}.{body}.",
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[::-1]}",
    ):
        assert not accepted(altered)


def test_a_bad_redirect_uri_is_a_page_in_every_mode(someone: Browser) -> None:
    for mode in SIGNED_MODES:
        asked = parameters(response_mode=mode, redirect_uri="https://evil.example/")
        refused = someone.get("/authorize", params=asked)
        assert refused.status_code == 400
        assert "location" not in refused.headers
