"""/introspect (RFC 7662, RFC 9701): living tokens are explained to those they are meant for."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from idp.kit import clock
from idp.kit.db import transaction
from idp.sessions.end import end_session
from tests.oidc.conftest import ISSUER, SECRET, Browser, World, basic
from tests.oidc.test_token import offline_tokens, signed_in
from tests.support.statements import statements

SIGNED = "application/token-introspection+jwt"
DEAD = {"active": False}


def introspect(browser: Browser, token: str, *, client_id: str = "rp", **headers: str) -> Response:
    return browser.client.post(
        "/introspect", data={"token": token}, headers={**basic(client_id, SECRET), **headers}
    )


def machine_token(browser: Browser) -> str:
    token: str = browser.token(grant_type="client_credentials").json()["access_token"]
    return token


def test_a_living_access_token_is_explained_to_its_client(world: World) -> None:
    person, browser = signed_in(world)
    token = browser.redeem(browser.code()).json()["access_token"]
    answer = introspect(browser, token)
    found = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert found["active"] is True
    assert (found["iss"], found["client_id"], found["token_type"]) == (ISSUER, "rp", "Bearer")
    assert found["scope"] == "openid profile"
    assert found["exp"] > found["iat"]
    assert found["acr"]
    assert found["sub"] == world.verify(token).claims["sub"]
    assert person.id.hex == found["sub"]


def test_machine_and_refresh_tokens_are_explained(world: World) -> None:
    _, browser = signed_in(world)
    machine = introspect(browser, machine_token(browser)).json()
    assert (machine["active"], machine["sub"]) == (True, "rp")
    assert "acr" not in machine
    tokens = offline_tokens(browser)
    refresh = introspect(browser, tokens["refresh_token"]).json()
    assert refresh["active"] is True
    assert "offline_access" in refresh["scope"]
    assert "token_type" not in refresh


def test_nobody_answers_to_the_provider_whatever_was_registered_once(world: World) -> None:
    """G19: such a party could read what every token for userinfo says."""
    _, browser = signed_in(world, resources=["https://land.example/api"])
    world.party("spy", audiences=[ISSUER, "https://land.example/api"])
    token = browser.redeem(browser.code()).json()["access_token"]
    assert introspect(browser, token, client_id="spy").json() == DEAD
    named = browser.code(resource="https://land.example/api")
    token = browser.redeem(named).json()["access_token"]
    assert introspect(browser, token, client_id="spy").json()["active"] is True


@pytest.mark.asvs("8.4.1", "15.3.1")
def test_outside_the_audience_there_is_nothing_but_inactive(world: World) -> None:
    _, browser = signed_in(world)
    world.party("other")
    tokens = offline_tokens(browser)
    for token in (tokens["access_token"], tokens["refresh_token"], machine_token(browser)):
        assert introspect(browser, token).json()["active"] is True
        answer = introspect(browser, token, client_id="other")
        assert (answer.status_code, answer.json()) == (200, DEAD)


@pytest.mark.asvs("9.2.2")
def test_no_other_kind_of_token_is_active(world: World) -> None:
    _, browser = signed_in(world)
    tokens = offline_tokens(browser)
    spent = tokens["refresh_token"]
    browser.token(grant_type="refresh_token", refresh_token=spent)
    altered = tokens["access_token"][:-4] + "AAAA"
    for token in (tokens["id_token"], browser.code(), spent, altered, "ă", "a.b.c", "x" * 5000):
        answer = introspect(browser, token)
        assert (answer.status_code, answer.json()) == (200, DEAD)


def test_a_revoked_or_expired_token_and_one_of_an_ended_session_are_inactive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, browser = signed_in(world)
    sid = browser.sign_in(person)
    token = browser.redeem(browser.code()).json()["access_token"]
    machine = machine_token(browser)
    assert introspect(browser, token).json()["active"] is True
    browser.client.post("/revoke", data={"token": machine}, headers=basic("rp", SECRET))
    assert introspect(browser, machine).json() == DEAD
    with transaction(world.engine) as db:
        end_session(db, sid=sid)
    assert introspect(browser, token).json() == DEAD
    other = machine_token(browser)
    later = clock.now() + timedelta(hours=1)
    assert introspect(browser, other).json()["active"] is True
    monkeypatch.setattr(clock, "now", lambda: later)
    assert introspect(browser, other).json() == DEAD


def test_only_a_client_with_credentials_may_ask(world: World) -> None:
    _, browser = signed_in(world)
    world.party(
        "app", application_type="native", token_endpoint_auth_method="none", client_secret_hash=None
    )
    token = machine_token(browser)
    post = browser.client.post
    for answer in (
        post("/introspect", data={"token": token}),
        post("/introspect", data={"token": token}, headers=basic("rp", "wrong")),
        post("/introspect", data={"token": token, "client_id": "app"}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    missing = post("/introspect", headers=basic("rp", SECRET))
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    assert "access-control-allow-origin" not in introspect(browser, token).headers


def test_an_answer_is_signed_for_whoever_accepts_that(world: World) -> None:
    _, browser = signed_in(world)
    token = machine_token(browser)
    plain = introspect(browser, token).json()
    answer = introspect(browser, token, accept=SIGNED)
    assert answer.headers["content-type"] == SIGNED
    signed = world.verify(answer.text)
    assert signed.header["typ"] == "token-introspection+jwt"
    assert set(signed.claims) == {"iss", "aud", "iat", "token_introspection"}
    assert (signed.claims["iss"], signed.claims["aud"]) == (ISSUER, "rp")
    assert signed.claims["token_introspection"] == plain
    refused: dict[str, Any] = world.verify(introspect(browser, "x", accept=SIGNED).text).claims
    assert refused["token_introspection"] == DEAD
    assert introspect(browser, answer.text).json() == DEAD


def test_introspection_costs_one_statement(world: World) -> None:
    _, browser = signed_in(world)
    tokens = offline_tokens(browser)
    introspect(browser, tokens["access_token"])
    for token in (tokens["access_token"], tokens["refresh_token"]):
        with statements(world.engine) as sent:
            assert introspect(browser, token).json()["active"] is True
        assert len(sent) <= 1, sent
