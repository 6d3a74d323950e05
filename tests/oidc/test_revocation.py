"""/revoke (RFC 7009): own tokens die, nothing else does, and the answer never tells."""

from typing import Any

import pytest
from httpx2 import Response

from tests.oidc.conftest import SECRET, Browser, World, basic
from tests.oidc.test_token import offline_tokens, signed_in


def revoke(browser: Browser, token: str | None, *, client_id: str = "rp", **more: Any) -> Response:
    fields = {**({} if token is None else {"token": token}), **more}
    return browser.client.post("/revoke", data=fields, headers=basic(client_id, SECRET))


def refresh(browser: Browser, token: str) -> Response:
    return browser.token(grant_type="refresh_token", refresh_token=token)


def test_revoking_a_refresh_token_kills_every_token_of_its_grant(world: World) -> None:
    _, browser = signed_in(world)
    tokens = offline_tokens(browser)
    assert browser.userinfo(tokens["access_token"]).status_code == 200
    answer = revoke(browser, tokens["refresh_token"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    assert refresh(browser, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert [row.reason for row in world.events("grant.revoked")] == ["revoked_by_client"]


def test_revoking_a_spent_refresh_token_kills_the_newer_ones_too(world: World) -> None:
    _, browser = signed_in(world)
    first = offline_tokens(browser)
    second = refresh(browser, first["refresh_token"]).json()
    assert browser.userinfo(second["access_token"]).status_code == 200
    assert revoke(browser, first["refresh_token"]).status_code == 200
    assert browser.userinfo(second["access_token"]).status_code == 401


def test_revoking_an_access_token_ends_it_alone(world: World) -> None:
    _, browser = signed_in(world)
    tokens = offline_tokens(browser)
    for _ in range(2):
        assert revoke(browser, tokens["access_token"]).status_code == 200
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    renewed = refresh(browser, tokens["refresh_token"])
    assert renewed.status_code == 200
    assert browser.userinfo(renewed.json()["access_token"]).status_code == 200
    assert len(world.events("token.revoked")) == 1


def test_another_clients_tokens_are_left_alone_and_nothing_is_told(world: World) -> None:
    _, browser = signed_in(world)
    world.party("other")
    tokens = offline_tokens(browser)
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "x" * 43):
        assert revoke(browser, token, client_id="other").status_code == 200
    assert browser.userinfo(tokens["access_token"]).status_code == 200
    assert refresh(browser, tokens["refresh_token"]).status_code == 200


def test_a_wrong_or_unknown_hint_does_not_save_a_token(world: World) -> None:
    _, browser = signed_in(world)
    tokens = offline_tokens(browser)
    answer = revoke(browser, tokens["access_token"], token_type_hint="refresh_token")
    assert answer.status_code == 200
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    assert revoke(browser, tokens["refresh_token"], token_type_hint="pat").status_code == 200
    assert refresh(browser, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.asvs("10.4.10")
def test_only_an_authenticated_client_may_revoke(world: World) -> None:
    _, browser = signed_in(world)
    token = offline_tokens(browser)["access_token"]
    post = browser.client.post
    anonymous = post("/revoke", data={"token": token})
    wrong = post("/revoke", data={"token": token}, headers=basic("rp", "wrong"))
    public = post("/revoke", data={"token": token, "client_id": "rp"})
    for answer in (anonymous, wrong, public):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "www-authenticate" in wrong.headers
    assert revoke(browser, None).json()["error"] == "invalid_request"
    assert post("/revoke", json={"token": token}).status_code == 415
    assert browser.userinfo(token).status_code == 200


def test_a_public_client_revokes_by_its_name_alone(world: World) -> None:
    world.party(
        "app",
        application_type="native",
        token_endpoint_auth_method="none",
        client_secret_hash=None,
    )
    browser = world.browser()
    answer = browser.client.post("/revoke", data={"token": "unknown", "client_id": "app"})
    assert answer.status_code == 200
