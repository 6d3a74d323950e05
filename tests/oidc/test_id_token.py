"""The ID token of the code flow: what it says of whom, when, and in answer to what."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.kit import clock
from idp.settings import Settings
from idp.settings.protocol import ProtocolSettings
from tests.oidc.conftest import ALL_SCOPES, ISSUER, Browser, World, serving
from tests.oidc.test_hybrid import fragment_of
from tests.oidc.test_token import offline_code

OWN = {"iss", "sub", "aud", "exp", "iat", "acr", "amr", "at_hash"}
NONCE = "".join(chr(33 + number % 94) for number in range(500))
"""With every character that quoting may spoil."""


TOLD: list[dict[str, str]] = [
    {"backchannel_logout_uri": "https://rp.example/ended"},
    {"frontchannel_logout_uri": "https://rp.example/ended"},
]
"""What makes a party one that is told of the end of a session."""


@pytest.fixture(scope="module")
def browser(shared_world: World) -> Browser:
    return shared_world.someone()


def claims_of(browser: Browser, **changes: Any) -> dict[str, Any]:
    token = browser.redeem(browser.code(**changes)).json()["id_token"]
    claims: dict[str, Any] = browser.world.verify(token).claims
    return claims


@pytest.mark.parametrize("nonce", ["n-0S6_WzA2Mj", NONCE, "mã đối chiếu"])
def test_the_nonce_is_exactly_the_one_sent(browser: Browser, nonce: str) -> None:
    assert claims_of(browser, nonce=nonce)["nonce"] == nonce


@pytest.mark.parametrize("nonce", [None, ""])
def test_without_one_there_is_none(browser: Browser, nonce: str | None) -> None:
    assert claims_of(browser, nonce=nonce).keys() == OWN


def test_claims_of_scopes_are_userinfos(browser: Browser) -> None:
    claims = claims_of(browser, scope=ALL_SCOPES)
    assert claims.keys() == {*OWN, "nonce"}
    assert (claims["iss"], claims["aud"]) == (ISSUER, "rp")
    assert claims["sub"].isascii()
    assert claims["sub"].isprintable()
    assert 0 < len(claims["sub"]) <= 255
    assert claims["exp"] > claims["iat"]


def test_auth_time_is_that_of_the_session_until_somebody_signs_in_anew(world: World) -> None:
    party, person, browser = world.party(**TOLD[0]), world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person, ago=timedelta(minutes=5))
    first = claims_of(browser, max_age="900")
    assert first["iat"] - 310 <= first["auth_time"] <= first["iat"] - 300
    for asked in ({}, {"prompt": "none"}, {"max_age": "600"}, {"prompt": "none", "max_age": "600"}):
        again = claims_of(browser, **asked)
        assert [again[name] for name in ("sub", "sid")] == [first[name] for name in ("sub", "sid")]
        told = again.get("auth_time")
        assert told == (first["auth_time"] if "max_age" in asked else None)
    browser.sign_in(person, ago=timedelta(0))
    newer = claims_of(browser, max_age="60")
    assert newer["auth_time"] >= first["auth_time"] + 290
    assert abs(newer["auth_time"] - clock.now().timestamp()) < 60


@pytest.mark.parametrize("registered", TOLD)
def test_the_session_is_named_to_who_is_told_of_its_end(
    world: World, registered: dict[str, str]
) -> None:
    """C6: `sid` is in ID tokens where a session-bound logout is registered; elsewhere it is not."""
    world.party(**registered)
    assert claims_of(world.someone()).keys() == {*OWN, "nonce", "sid"}


def test_an_id_token_without_sid_is_a_hint_as_good(browser: Browser) -> None:
    """C6: `prompt=none` and signing out know whom it speaks of."""
    hint = browser.redeem(browser.code()).json()["id_token"]
    assert "sid" not in browser.world.verify(hint).claims
    assert browser.code(prompt="none", id_token_hint=hint)
    access_token = browser.redeem(browser.code()).json()["access_token"]
    refused = browser.authorize(prompt="none", id_token_hint=access_token)
    assert "error=invalid_request" in refused.headers["location"], "the control"


IN_TOKEN = {"claims_in_id_token": True}


def test_people_s_data_are_in_id_tokens_of_who_registered_that(world: World) -> None:
    """C16: those of the scopes, in the first and in the next ones; elsewhere userinfo's alone."""
    party, person = world.party(**IN_TOKEN), world.person()
    world.consent(person, party)
    browser = world.browser()
    browser.sign_in(person)
    tokens = browser.redeem(offline_code(browser)).json()
    refreshed = browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    for answer in (tokens, refreshed.json()):
        claims = world.verify(answer["id_token"]).claims
        told = browser.userinfo(answer["access_token"]).json()
        assert told["name"] == "Trần Thị Bình"
        assert told.items() <= claims.items()
        assert claims.keys() - told.keys() <= {*OWN, "nonce", "auth_time"}


def test_what_was_not_granted_is_not_in_it(world: World) -> None:
    """C16, control: neither what the scope leaves out, nor what the person did not agree to."""
    world.party(**IN_TOKEN)
    browser = world.someone()
    assert claims_of(browser, scope="openid").keys() == {*OWN, "nonce"}
    narrow = browser.redeem(offline_code(browser)).json()["refresh_token"]
    asked = {"grant_type": "refresh_token", "refresh_token": narrow, "scope": "openid"}
    token = browser.token(**asked).json()["id_token"]
    assert world.verify(token).claims.keys() == {*OWN, "auth_time"}


def test_what_travels_through_the_browser_holds_no_more_than_it_did(
    settings: Settings, generated_keys: dict[str, RSAKey | ECKey]
) -> None:
    """C16, control: an ID token of /authorize beside a code is read by whoever sees the address."""
    types = ("code", "code id_token")
    offering = settings.model_copy(update={"protocol": ProtocolSettings(response_types=types)})
    with serving(offering, generated_keys) as world:
        hybrid = {"grant_types": ["authorization_code", "implicit"], "response_types": [*types]}
        world.party(**IN_TOKEN, **hybrid)
        browser = world.someone()
        answer = fragment_of(browser.authorize(response_type="code id_token"))
        assert "name" not in world.verify(answer["id_token"]).claims
        token = browser.redeem(answer["code"]).json()["id_token"]
        assert world.verify(token).claims["name"] == "Trần Thị Bình"
