"""Scope values that a client did not register: one rule for all, and its developer is told."""

import json
from typing import Any

import pytest

from idp.journal.errors import find_ignored_scopes
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.relying_parties.models import RelyingParty
from tests.oidc.conftest import SECRET, Browser, World, answer_of, basic, page_of, parameters

ASKED = "openid profile phone x.read offline_access"


def told(world: World, party: RelyingParty) -> dict[str, Any] | None:
    with transaction(world.engine) as db:
        found = find_ignored_scopes(db, relying_party_id=party.id)
    return found and found.detail


def someone(world: World, **values: Any) -> tuple[RelyingParty, Browser]:
    usual = {"scope": "openid profile", "grant_types": ["authorization_code"]}
    party = world.party(**{**usual, **values})
    person, browser = world.person(), world.browser()
    world.consent(person, party, "openid profile")
    browser.sign_in(person)
    return party, browser


@pytest.mark.parametrize("value", ["phone", "offline_access", "x.read", "openid2"])
def test_what_is_not_registered_is_left_out_whatever_it_is(world: World, value: str) -> None:
    """C17: offered or invented, nobody is refused for it, and the answer says what was granted."""
    party, browser = someone(world)
    tokens = browser.redeem(browser.code(scope=f"openid profile {value}")).json()
    assert tokens["scope"] == "openid profile"
    found = told(world, party)
    assert found is not None
    assert found.keys() == {value}
    assert "phone_number" not in browser.userinfo(tokens["access_token"]).json()


def test_what_is_registered_is_granted_and_nothing_told(world: World) -> None:
    """C17, control."""
    grants = ["authorization_code", "refresh_token"]
    party, browser = someone(world, scope="openid profile phone", grant_types=grants)
    interaction_id, page = page_of(
        browser.authorize(scope="openid profile phone offline_access", prompt="consent")
    )
    assert page == "consent"
    world.agree(interaction_id)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    assert browser.redeem(code).json()["scope"] == "openid profile phone offline_access"
    assert told(world, party) is None


def test_each_value_is_told_with_its_reason(world: World) -> None:
    """C17: what was seen last stands in place of what was seen before."""
    party, browser = someone(world)
    browser.code(scope="openid email")
    assert told(world, party) == {"email": "unregistered"}
    browser.code(scope=ASKED)
    expected = {"phone": "unregistered", "x.read": "unknown", "offline_access": "offline"}
    assert told(world, party) == expected


def test_of_an_address_is_told_where_it_begins(world: World) -> None:
    """C17: who is named before the host, and the path behind it, may be secrets."""
    party, browser = someone(world)
    browser.code(scope="openid https://lan:hunter2@api.example/k3y?t=1 plain/name")
    assert told(world, party) == {"https://api.example": "unknown", "plain/name": "unknown"}


def test_a_service_that_it_does_not_serve_is_no_wish(world: World) -> None:
    """C17, control: a public service sets the level that is needed, so it is never left out."""
    _, browser = someone(world)
    refused = answer_of(browser.authorize(scope="openid service:1.999999"))
    assert refused["error"] == "invalid_scope"


def test_the_other_ways_to_ask_follow_the_same_rule(world: World) -> None:
    """C17, siblings: a form, a pushed request, single claims, a device."""
    party, browser = someone(world, grant_types=["authorization_code"])
    world.change(refusals=Ration(1000))
    by_post = browser.client.post("/authorize", data=parameters(scope="openid phone"))
    assert by_post.status_code == 303
    assert told(world, party) == {"phone": "unregistered"}
    pushed = browser.client.post(
        "/par", data=parameters(scope="openid address", client_id="rp"), headers=basic("rp", SECRET)
    )
    handle = {"client_id": "rp", "request_uri": pushed.json()["request_uri"]}
    assert "code" in answer_of(browser.get("/authorize", params=handle))
    assert told(world, party) == {"address": "unregistered"}
    claims = json.dumps({"userinfo": {"phone_number": None}})
    tokens = browser.redeem(browser.code(claims=claims)).json()
    assert "phone_number" not in browser.userinfo(tokens["access_token"]).json()

    kiosk = world.party(
        "kiosk",
        scope="openid",
        grant_types=["urn:ietf:params:oauth:grant-type:device_code"],
        token_endpoint_auth_method="none",
    )
    asked = {"client_id": "kiosk", "scope": "openid email"}
    assert browser.client.post("/device_authorization", data=asked).status_code == 200
    assert told(world, kiosk) == {"email": "unregistered"}


def test_what_strangers_ask_in_its_name_is_bounded(world: World) -> None:
    """C17: ten values of forty characters, in one row."""
    party, browser = someone(world)
    many = " ".join(f"{'x' * 60}{number}" for number in range(5))
    browser.authorize(scope=f"openid {many} " + " ".join(f"y{n}" for n in range(40)))
    found = told(world, party)
    assert found is not None
    assert 1 < len(found) <= 10
    assert max(map(len, found)) == 40
