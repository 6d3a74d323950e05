"""What was taken away from a client has ended for those who signed in before (decision 18)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete

from idp.kit.db import transaction
from idp.relying_parties.models import RelyingParty, RelyingPartyService
from tests.oidc.conftest import ALL_SCOPES, Browser, World, answer_of, page_of
from tests.oidc.device import add_kiosk, allow, asked, error_of, later, poll
from tests.oidc.test_introspection import DEAD, introspect
from tests.oidc.test_token import offline_tokens, signed_in
from tests.oidc.test_token_exchange import (
    ACCESS_TOKEN,
    DOCUMENTS,
    GRANTS,
    STRANGER,
    change,
    exchange,
    refusal,
)

WHOLE = f"{ALL_SCOPES} address"
LESS = "openid address email phone organization offline_access"
"""Without `profile`."""
BY_ONE = json.dumps({"userinfo": {"name": None, "address": None}, "id_token": {"name": None}})

Take = Callable[[World, RelyingParty], None]


def take_services(world: World, party: RelyingParty, *, leave: tuple[Any, ...] = ()) -> None:
    """The default service goes, too; of several that are left none is the default."""
    with transaction(world.engine) as db:
        held = delete(RelyingPartyService).filter_by(relying_party_id=party.id)
        db.execute(held.where(RelyingPartyService.service_id.not_in(leave)))
    change(world, party.client_id, default_service_id=None)


@pytest.fixture
def party(world: World) -> RelyingParty:
    return world.party(scope=WHOLE, grant_types=GRANTS, resources=[DOCUMENTS, STRANGER])


@pytest.fixture
def browser(world: World, party: RelyingParty) -> Browser:
    """Somebody signed in who agreed to everything with `rp`; two services that it may call."""
    person, browser = world.person(claims={"address": {"locality": "Huế"}}), world.browser()
    world.consent(person, party, WHOLE)
    browser.sign_in(person)
    usual = {"grant_types": GRANTS, "scope": "profile address"}
    world.party("documents", **usual, audiences=[DOCUMENTS], exchange_clients=["rp"])
    world.party("stranger", **usual, audiences=[STRANGER], exchange_clients=["rp", "documents"])
    return browser


def offline(browser: Browser, scope: str, **asked_for: str) -> dict[str, Any]:
    """A token response with a refresh token, the consent page having been shown again."""
    page = browser.authorize(scope=f"{scope} offline_access", prompt="consent", **asked_for)
    interaction_id, _ = page_of(page)
    browser.world.agree(interaction_id)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    tokens: dict[str, Any] = browser.redeem(code).json()
    return tokens


def refresh(browser: Browser, tokens: dict[str, Any]) -> dict[str, Any]:
    """The next tokens, or the error."""
    token = tokens["refresh_token"]
    found: dict[str, Any] = browser.token(grant_type="refresh_token", refresh_token=token).json()
    return found


def test_claims_asked_for_singly_go_with_their_scope(world: World, browser: Browser) -> None:
    """The rule of scopes holds for single claims: userinfo, refreshed tokens and ID tokens."""
    tokens = offline(browser, "openid", claims=BY_ONE)
    assert browser.userinfo(tokens["access_token"]).json().keys() == {"sub", "name", "address"}
    assert "name" in world.verify(tokens["id_token"]).claims
    change(world, "rp", scope=LESS)
    assert browser.userinfo(tokens["access_token"]).json().keys() == {"sub", "address"}
    tokens = refresh(browser, tokens)
    assert browser.userinfo(tokens["access_token"]).json().keys() == {"sub", "address"}
    assert "name" not in world.verify(tokens["id_token"]).claims
    change(world, "rp", scope=WHOLE)
    tokens = refresh(browser, tokens)
    assert "name" in browser.userinfo(tokens["access_token"]).json(), "the control"
    assert "name" in world.verify(tokens["id_token"]).claims


def test_a_living_access_token_gives_what_its_client_may_have_still(
    world: World, browser: Browser
) -> None:
    """Claims of a scope that is gone, and the scope as a resource server reads it."""
    token = browser.redeem(browser.code(scope="openid profile address")).json()["access_token"]
    assert "name" in browser.userinfo(token).json()
    assert introspect(browser, token).json()["scope"] == "openid profile address"
    change(world, "rp", scope=LESS)
    answer = browser.userinfo(token).json()
    assert ("name" in answer, "address" in answer) == (False, True)
    assert introspect(browser, token).json()["scope"] == "openid address"


def test_a_machines_token_says_what_its_client_may_have_still(
    world: World, browser: Browser
) -> None:
    """A token without a person, too; one of which nothing is left means nothing."""
    change(world, "rp", scope=f"{WHOLE} reports.read reports.write")
    token = browser.token(grant_type="client_credentials").json()["access_token"]
    change(world, "rp", scope=f"{WHOLE} reports.read")
    assert introspect(browser, token).json()["scope"] == "reports.read"
    change(world, "rp", scope=WHOLE)
    assert introspect(browser, token).json() == DEAD


@pytest.mark.parametrize(
    ("scope", "left"),
    [("openid", "high"), ("openid", ""), ("openid service:1.000001", "high")],
)
def test_what_is_for_a_service_ends_with_the_service(
    world: World, party: RelyingParty, browser: Browser, scope: str, left: str
) -> None:
    """The default one or one that is named, whatever other services the client has."""
    tokens = offline(browser, scope)
    take_services(world, party, leave=(world.high_service_id,) if left else ())
    assert refresh(browser, tokens)["error"] == "invalid_grant"
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert introspect(browser, token).json() == DEAD


def test_what_is_for_another_service_stays(
    world: World, party: RelyingParty, browser: Browser
) -> None:
    """The control: one service of two was taken away, and it was the other one."""
    tokens = offline(browser, "openid")
    take_services(world, party, leave=(world.low_service_id,))
    assert browser.userinfo(tokens["access_token"]).status_code == 200
    assert "access_token" in refresh(browser, tokens)


def test_what_is_for_several_services_stays_while_one_of_them_does(
    world: World, party: RelyingParty, browser: Browser
) -> None:
    """A living token goes on for the other one; new tokens need a new sign-in."""
    change(world, "rp", default_service_id=None)
    both = "openid service:1.000001 service:1.000002"
    tokens = offline(browser, both)
    take_services(world, party, leave=(world.high_service_id,))
    found = introspect(browser, tokens["access_token"]).json()
    assert found["scope"] == "openid service:1.000002 offline_access"
    assert refresh(browser, tokens)["error"] == "invalid_grant"
    take_services(world, party)
    assert browser.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("values", [{"scope": LESS}, {"resources": []}])
def test_a_code_that_waits_gives_nothing_that_was_taken_away(
    world: World, browser: Browser, values: dict[str, Any]
) -> None:
    asked_for = {"scope": "openid profile", "resource": DOCUMENTS}
    waiting, control = browser.code(**asked_for), browser.code(**asked_for)
    before = {"scope": WHOLE, "resources": [DOCUMENTS]}
    change(world, "rp", **values)
    refused = browser.redeem(waiting)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert "no longer" in world.events("code.refused")[-1].data["description"]
    change(world, "rp", **before)
    assert browser.redeem(control).status_code == 200


@pytest.mark.parametrize("scope", [LESS, WHOLE])
def test_a_device_that_waits_gets_nothing_that_was_taken_away(world: World, scope: str) -> None:
    kiosk = add_kiosk(world)
    device = world.browser("device-of-the-tests-0123456789")
    codes = asked(device)
    allow(world, kiosk, codes)
    change(world, "kiosk", scope=scope)
    with later():
        answer = poll(device, codes)
    if scope == WHOLE:
        assert answer.status_code == 200
    else:
        assert error_of(answer) == "invalid_grant"


def token_of(browser: Browser) -> str:
    token: str = browser.redeem(browser.code(scope="openid profile address")).json()["access_token"]
    return token


def test_nothing_is_exchanged_that_was_taken_away(world: World, browser: Browser) -> None:
    """A scope value: from who exchanges, from who is in the middle."""
    token = token_of(browser)
    assert exchange(browser, token).json()["scope"] == "profile address"
    change(world, "rp", scope=LESS)
    assert exchange(browser, token).json()["scope"] == "address"
    assert refusal(exchange(browser, token, scope="profile")) == "invalid_scope"
    change(world, "rp", scope=WHOLE)
    passed_on = exchange(browser, token).json()["access_token"]
    onward = {"client_id": "documents", "audience": STRANGER}
    assert exchange(browser, passed_on, **onward).json()["scope"] == "profile address"
    for holder, before in (("rp", WHOLE), ("documents", "profile address")):
        change(world, holder, scope="openid address")
        assert exchange(browser, passed_on, **onward).json()["scope"] == "address"
        change(world, holder, scope=before)


def test_a_chain_goes_where_its_first_client_may(world: World, browser: Browser) -> None:
    """Neither to what was taken from it, nor on from there; what is there already ends."""
    token = token_of(browser)
    first, there = (
        exchange(browser, token, audience=audience).json()["access_token"]
        for audience in (DOCUMENTS, STRANGER)
    )
    onward = {"client_id": "documents", "audience": STRANGER}
    assert exchange(browser, first, **onward).status_code == 200, "the control"
    assert introspect(browser, there, client_id="stranger").json()["active"] is True
    change(world, "rp", resources=[DOCUMENTS])
    assert refusal(exchange(browser, first, **onward)) == "invalid_target"
    assert introspect(browser, there, client_id="stranger").json() == DEAD
    change(world, "rp", resources=[STRANGER])
    assert refusal(exchange(browser, first, **onward)) == "invalid_request"
    assert introspect(browser, first, client_id="documents").json() == DEAD
    assert introspect(browser, there, client_id="stranger").json()["active"] is True


def test_nothing_is_exchanged_for_a_service_that_was_taken_away(
    world: World, party: RelyingParty, browser: Browser
) -> None:
    token = token_of(browser)
    assert exchange(browser, token, subject_token_type=ACCESS_TOKEN).status_code == 200
    take_services(world, party)
    assert refusal(exchange(browser, token)) == "invalid_request"


def test_whoever_signs_in_after_a_change_has_all_there_is(world: World) -> None:
    """The control: offline access needs no registered scope value, and `openid` neither."""
    _, browser = signed_in(world, scope=ALL_SCOPES)
    tokens = offline_tokens(browser)
    change(world, "rp", scope="profile email phone organization")
    assert "access_token" in refresh(browser, tokens)
