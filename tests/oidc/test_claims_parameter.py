"""The parameter `claims`, location by location (OIDC Core 5.5)."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from idp.interactions.models import Interaction
from idp.kit.db import transaction
from idp.oidc.claims import read_claims
from tests.oidc.conftest import Browser, World, answer_of, page_of


def asking(**locations: Any) -> str:
    return json.dumps(locations)


@pytest.fixture
def browser(world: World) -> Browser:
    """Someone signed in who agreed to every scope of the client `rp`."""
    person = world.person(claims={"nickname": "Bình", "website": "https://b.example"})
    browser = world.browser()
    world.consent(person, world.party())
    browser.sign_in(person)
    return browser


def answers(world: World, browser: Browser, claims: str, **changes: Any) -> tuple[Any, Any]:
    """The claims of the ID token and of userinfo."""
    usual = {"scope": "openid", "claims": claims}
    tokens = browser.redeem(browser.code(**{**usual, **changes})).json()
    userinfo = browser.userinfo(tokens["access_token"]).json()
    return world.verify(tokens["id_token"]).claims, userinfo


def test_each_location_gets_what_was_asked_there(world: World, browser: Browser) -> None:
    claims = asking(
        userinfo={"nickname": None, "birthdate": {"essential": True}, "unheard-of": None},
        id_token={"name": {"essential": True}, "auth_time": {"essential": True}},
    )
    id_token, userinfo = answers(world, browser, claims)
    plain_token, plain_userinfo = answers(world, browser, "")
    assert id_token.keys() == plain_token.keys() | {"name", "auth_time"}
    assert id_token["name"] == "Trần Thị Bình"
    assert userinfo.keys() == {"sub", "nickname", "birthdate"}
    assert plain_userinfo.keys() == {"sub"}


def test_they_come_beside_those_of_the_scopes(world: World, browser: Browser) -> None:
    claims = asking(userinfo={"nickname": None})
    _, userinfo = answers(world, browser, claims, scope="openid profile")
    assert {"name", "nickname", "website"} <= userinfo.keys()


def test_protocol_claims_cannot_be_overwritten(world: World, browser: Browser) -> None:
    claims = asking(id_token={"iss": {"value": "x"}, "aud": {"value": "x"}, "nonce": None})
    id_token, _ = answers(world, browser, claims)
    assert id_token["aud"] == "rp"
    assert id_token["nonce"] == "n0nce"


def test_a_claim_asked_for_with_values_is_answered_only_with_one_of_them(
    world: World, browser: Browser
) -> None:
    claims = asking(userinfo={"nickname": {"value": "Bình"}, "website": {"values": ["x", "y"]}})
    _, userinfo = answers(world, browser, claims)
    assert userinfo.keys() == {"sub", "nickname"}


def test_claims_of_scopes_that_are_not_registered_are_ignored(world: World) -> None:
    world.party(scope="openid profile")
    browser = world.someone()
    asked = {"email_verified": None, "phone_number": None, "name": None}
    _, userinfo = answers(world, browser, asking(userinfo=asked))
    assert userinfo.keys() == {"sub", "name"}


def test_a_refreshed_id_token_keeps_them(world: World, browser: Browser) -> None:
    code = browser.code(
        scope="openid offline_access", claims=asking(id_token={"name": None}), prompt="none"
    )
    tokens = browser.redeem(code).json()
    assert world.verify(tokens["id_token"]).claims["name"] == "Trần Thị Bình"
    assert "refresh_token" not in tokens, "offline access needs prompt=consent"


def test_consent_names_claims_asked_for_one_by_one(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party, "openid")
    browser.sign_in(person)
    assert "code" in answer_of(browser.authorize(scope="openid"))
    claims = asking(userinfo={"birthdate": None}, id_token={"email": None})
    _, page = page_of(browser.authorize(scope="openid", claims=claims))
    assert page == "consent"
    with transaction(world.engine) as db:
        [asked] = db.scalars(select(Interaction.asked_claims))
    assert asked == ["sub", "birthdate", "email"]
    refused = answer_of(browser.authorize(scope="openid", claims=claims, prompt="none"))
    assert refused["error"] == "consent_required"


@pytest.mark.parametrize(
    ("acr", "reported"),
    [
        ({"essential": True, "values": ["LoA2", "LoA1"]}, "LoA2"),
        ({"essential": True, "values": ["LoA3", "LoA1"]}, "LoA1"),
        ({"essential": True, "value": "LoA1"}, "LoA1"),
        ({"essential": True}, "LoA2"),
        ({"values": ["LoA1"]}, "LoA1"),
        ({"values": ["LoA4"]}, "LoA2"),
        ({"values": ["urn:nobody"]}, "LoA2"),
        (None, "LoA2"),
    ],
)
def test_an_acr_that_is_met(
    world: World, browser: Browser, acr: dict[str, Any] | None, reported: str
) -> None:
    id_token, _ = answers(world, browser, asking(id_token={"acr": acr}))
    assert id_token["acr"] == reported


def test_an_essential_acr_that_is_not_met_is_explained_and_then_refused(
    world: World, browser: Browser
) -> None:
    claims = asking(id_token={"acr": {"essential": True, "values": ["LoA3", "LoA4"]}})
    interaction_id, page = page_of(browser.authorize(claims=claims))
    assert page == "unmet"
    resumed = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
    assert resumed["error"] == "unmet_authentication_requirements"
    silent = answer_of(browser.authorize(claims=claims, prompt="none"))
    assert silent["error"] == "unmet_authentication_requirements"
    unknown = asking(id_token={"acr": {"essential": True, "value": "urn:nobody"}})
    refused = answer_of(browser.authorize(claims=unknown))
    assert refused["error"] == "unmet_authentication_requirements"


def test_an_essential_acr_raises_what_the_sign_in_must_reach(world: World) -> None:
    world.party()
    browser, person = world.browser(), world.person()
    browser.sign_in(person, authentication=1)
    claims = asking(id_token={"acr": {"essential": True, "values": ["LoA2"]}})
    interaction_id, page = page_of(browser.authorize(claims=claims))
    with transaction(world.engine) as db:
        interaction = db.get_one(Interaction, interaction_id)
    assert (page, interaction.needed_acr) == ("identifier", "LoA2")
    assert interaction.needed_authentication == 2


def test_the_answer_is_about_the_subject_asked_for(world: World, browser: Browser) -> None:
    subject = browser.userinfo(browser.redeem(browser.code()).json()["access_token"]).json()["sub"]
    right = asking(id_token={"sub": {"value": subject}})
    assert "code" in answer_of(browser.authorize(claims=right))
    wrong = asking(id_token={"sub": {"value": "somebody else"}})
    assert answer_of(browser.authorize(claims=wrong))["error"] == "login_required"
    assert answer_of(browser.authorize(claims=wrong, prompt="none"))["error"] == "login_required"


def test_what_is_no_claims_request_is_an_invalid_request(browser: Browser) -> None:
    assert answer_of(browser.authorize(claims="{"))["error"] == "invalid_request"
    assert "code" in answer_of(browser.authorize(claims="{}"))


def test_members_nobody_knows_are_ignored() -> None:
    read = read_claims('{"x": 1, "userinfo": {"name": {"purpose": "…", "value": 5}}}')
    assert [*read.userinfo, *read.id_token] == ["name"]
    assert read.userinfo["name"].values == (5,)
