"""Clients of OAuth alone: access tokens for a person, and nothing of OpenID Connect."""

from dataclasses import replace
from typing import Any

import pytest

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.settings.server import IssuerSettings
from tests.oidc.conftest import Browser, World, answer_of, page_of
from tests.oidc.test_sender_constrained import FAPI, Client, refusal_of
from tests.oidc.test_token import signed_in

SERVICE = "service:1.000001"
LAND = "https://land.example/api"
PLATFORM: dict[str, Any] = {"scope": "offline_access", "resources": [LAND]}
ISSUER = IssuerSettings(url="https://id.example.gov.vn")
METADATA = ClientMetadata(
    client_name="Trục tích hợp", redirect_uris=("https://rp.example/cb",), scope="offline_access"
)


@pytest.fixture
def browser(world: World) -> Browser:
    return signed_in(world, **PLATFORM)[1]


def test_a_token_is_had_for_a_person_without_openid(world: World, browser: Browser) -> None:
    """C23: for the resource, with who they are there and how surely; no ID token, no userinfo."""
    code = browser.code(scope=SERVICE, resource=LAND, nonce=None)
    tokens = browser.redeem(code).json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == SERVICE
    claims = world.verify(tokens["access_token"]).claims
    assert (claims["aud"], claims["acr"], claims["scope"]) == (LAND, "LoA2", SERVICE)
    assert [row.outcome for row in world.outcomes()] == ["success"]
    for_us = browser.redeem(browser.code(scope=SERVICE)).json()["access_token"]
    refused = browser.userinfo(for_us)
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")


def test_what_belongs_to_openid_is_left_out_and_not_refused(browser: Browser) -> None:
    """C23: `openid` and claims are not registered, so they are ignored as anything else is."""
    asked = {"scope": f"openid profile {SERVICE}", "claims": '{"userinfo": {"name": null}}'}
    answer = answer_of(browser.authorize(**asked))
    assert "session_state" not in answer
    assert browser.redeem(answer["code"]).json()["scope"] == SERVICE


def test_offline_access_goes_on(world: World, browser: Browser) -> None:
    """C23: a refresh token, and no ID token with the next access token either."""
    asked = {"scope": f"{SERVICE} offline_access", "prompt": "consent"}
    interaction_id, page = page_of(browser.authorize(**asked))
    assert page == "consent"
    world.agree(interaction_id)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    token = browser.redeem(code).json()["refresh_token"]
    refreshed = browser.token(grant_type="refresh_token", refresh_token=token).json()
    assert "id_token" not in refreshed
    assert refreshed["scope"] == asked["scope"]


def test_a_fapi_client_of_oauth_alone(world: World) -> None:
    """C23: pushed, signed and bound as the profile says."""
    client = Client(signed_in(world, **{**FAPI, **PLATFORM})[1])
    pushed = client.push(scope=SERVICE, resource=LAND, nonce=None)
    assert pushed.status_code == 201, pushed.text
    handle = {"client_id": "rp", "request_uri": pushed.json()["request_uri"]}
    code = answer_of(client.browser.get("/authorize", params=handle))["code"]
    tokens = client.redeem(code).json()
    assert (tokens["token_type"], "id_token" in tokens) == ("DPoP", False)
    assert "jkt" in world.verify(tokens["access_token"]).claims["cnf"]


@pytest.mark.parametrize("scope", [None, "", "openid", "openid profile", "x.read"])
def test_nothing_that_may_be_granted_is_no_request(browser: Browser, scope: str | None) -> None:
    """C23, control."""
    assert answer_of(browser.authorize(scope=scope))["error"] == "invalid_scope"


def test_who_registered_openid_says_it(world: World) -> None:
    """C23, control: one that leaves it out by mistake is told."""
    _, browser = signed_in(world)
    assert answer_of(browser.authorize(scope=SERVICE))["error"] == "invalid_scope"


def test_so_does_a_fapi_client_that_registered_it(world: World) -> None:
    """C23, control."""
    client = Client(signed_in(world, **FAPI)[1])
    assert refusal_of(client.push(scope=SERVICE)) == (400, "invalid_scope")
    assert client.push(scope=f"openid {SERVICE}").status_code == 201


@pytest.mark.parametrize("scope", ["", "offline_access", "reports.read"])
def test_it_is_registered_by_leaving_openid_out(scope: str) -> None:
    """C23: for a person's grant or a device."""
    assert find_faults(replace(METADATA, scope=scope), issuer=ISSUER) == []


@pytest.mark.parametrize("scope", ["profile", "email offline_access", "organization"])
def test_whoever_asks_for_claims_has_forgotten_it(scope: str) -> None:
    """C23, control; so has whoever wants ID tokens."""
    [fault] = find_faults(replace(METADATA, scope=scope), issuer=ISSUER)
    assert (fault.field, fault.sentence[:14]) == ("scope", "Include openid")
    hybrid: dict[str, Any] = {
        "grant_types": ("authorization_code", "implicit"),
        "response_types": ("code id_token",),
    }
    faults = find_faults(replace(METADATA, **hybrid), issuer=ISSUER)
    assert [fault.field for fault in faults] == ["scope"]
    assert find_faults(replace(METADATA, **hybrid, scope="openid"), issuer=ISSUER) == []
