"""/userinfo: who may ask, how, and what is answered."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from sqlalchemy import update

from idp.consents.models import Consent
from idp.kit import clock
from idp.kit.db import transaction
from tests.oidc.conftest import Browser, World


@pytest.fixture
def browser(world: World) -> Browser:
    """Someone signed in who agreed to everything with the client `rp`."""
    person = world.person(claims={"nickname": "Bình", "website": "", "address": {}})
    browser = world.browser()
    world.consent(person, world.party())
    browser.sign_in(person)
    return browser


def access_token(browser: Browser, **changes: Any) -> str:
    token: str = browser.redeem(browser.code(**changes)).json()["access_token"]
    return token


def test_the_token_may_come_in_a_header_or_in_a_form(world: World, browser: Browser) -> None:
    token = access_token(browser)
    header = {"Authorization": f"Bearer {token}"}
    answers = [
        browser.client.get("/userinfo", headers=header),
        browser.client.post("/userinfo", headers=header),
        browser.client.post("/userinfo", data={"access_token": token}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"
    assert answers[0].json() == answers[1].json() == answers[2].json()


def test_only_granted_claims_with_a_value_are_answered(world: World, browser: Browser) -> None:
    assert browser.userinfo(access_token(browser, scope="openid")).json().keys() == {"sub"}
    claims = browser.userinfo(access_token(browser, scope="openid profile email")).json()
    assert claims["nickname"] == "Bình"
    assert not {"website", "address", "email", "email_verified"} & claims.keys()


def test_what_is_no_standing_access_token_is_refused(world: World, browser: Browser) -> None:
    tokens = browser.redeem(browser.code()).json()
    token = tokens["access_token"]
    forged = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt"}, world.verify(token).claims, _symmetric_key()
    )
    head, body, signature = token.split(".")
    for bad in (
        "",
        "x",
        "a.b.c",
        forged,
        tokens["id_token"],
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        browser.code(),
    ):
        refused = browser.userinfo(bad)
        assert refused.status_code == 401, bad
        assert refused.headers["www-authenticate"].startswith("Bearer")
    with clock.shifted(timedelta(minutes=11)):
        assert browser.userinfo(token).json()["error"] == "invalid_token"
    assert browser.userinfo(token).status_code == 200


def test_a_request_without_a_token_is_told_only_that_it_needs_one(world: World) -> None:
    for refused in (world.browser().get("/userinfo"), world.browser().client.post("/userinfo")):
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Bearer, DPoP algs="ES256 PS256 EdDSA"'


def _symmetric_key() -> Any:
    from joserfc.jwk import OctKey

    return OctKey.import_key("a secret that anyone may choose for it")


def test_a_token_sent_twice_is_refused(browser: Browser) -> None:
    token = access_token(browser)
    answer = browser.client.post(
        "/userinfo", data={"access_token": token}, headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_name_is_answered_whole_and_in_its_parts(world: World, browser: Browser) -> None:
    claims = browser.userinfo(access_token(browser)).json()
    assert claims["name"] == "Trần Thị Bình"
    parts = ("family_name", "middle_name", "given_name")
    assert [claims[part] for part in parts] == ["Trần", "Thị", "Bình"]


def test_a_withdrawn_consent_answers_nothing_whoever_missed_it(
    world: World, browser: Browser
) -> None:
    """A code given while the person withdraws belongs to a grant that the withdrawal misses."""
    token, code = access_token(browser), browser.code()
    with transaction(world.engine) as db:
        db.execute(update(Consent).values(withdrawn_at=clock.now()))
    assert browser.userinfo(token).status_code == 401
    assert browser.redeem(code).json()["error"] == "invalid_grant"
