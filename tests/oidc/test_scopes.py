"""Every advertised scope value and claim can be obtained."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from idp.interactions.progress import choose_representation
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.models import Mandate
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.relying_parties.scopes import CLAIMS, INTERFACE_SCOPES, SCOPES, Scope
from tests.oidc.conftest import Browser, World, answer_of

KEPT = {
    "nickname": "Bin",
    "profile": "https://people.example/binh",
    "picture": "https://people.example/binh.jpg",
    "website": "https://binh.example",
    "zoneinfo": "Asia/Ho_Chi_Minh",
    "preferred_username": "binh",
    "address": {"country": "VN", "locality": "Hà Nội"},
}
"""What is kept with a person as given; the rest is made of what is known."""


@pytest.fixture(scope="module")
def browser(shared_world: World) -> Browser:
    """Somebody who has a value for every claim, has signed in and agrees to everything."""
    world, person = shared_world, shared_world.person(claims=KEPT)
    world.organization(person)
    world.party("all", scope=" ".join(SCOPES))
    with transaction(world.engine) as db:
        for kind, value in ((ContactKind.EMAIL, "b@x.vn"), (ContactKind.PHONE, "+84912345678")):
            add_contact(
                db,
                keyring=world.part.keyring,
                person_id=person.id,
                kind=kind,
                value=value,
                verified_at=clock.now(),
                at=clock.now(),
            )
    browser = world.browser()
    browser.sign_in(person)
    return browser


def agree(browser: Browser, interaction_id: str) -> None:
    """What the pages do for a person who acts for the organization and agrees."""
    with transaction(browser.world.engine) as db:
        acting = db.scalars(select(Mandate)).one()
        choose_representation(db, interaction_id=interaction_id, mandate_id=acting.id)
    browser.world.agree(interaction_id)


def obtain(browser: Browser, **asked: str) -> tuple[dict[str, Any], Any, Any]:
    """The token response, the claims of the ID token, and those of userinfo."""
    answer = browser.authorize(client_id="all", **{"scope": "openid", **asked})
    if answer.headers["location"].startswith("/signin/"):
        interaction_id = answer.headers["location"].split("/")[2]
        agree(browser, interaction_id)
        answer = browser.get(f"/authorize/resume/{interaction_id}")
    tokens = browser.redeem(answer_of(answer)["code"], client_id="all").json()
    id_token = browser.world.verify(tokens["id_token"]).claims
    return tokens, id_token, browser.userinfo(tokens["access_token"]).json()


@pytest.mark.parametrize("scope", SCOPES.values(), ids=lambda scope: scope.name)
def test_a_scope_value_releases_each_of_its_claims(browser: Browser, scope: Scope) -> None:
    offered = browser.get("/.well-known/openid-configuration").json()["scopes_supported"]
    assert scope.name in offered
    tokens, _, userinfo = obtain(browser, scope=f"openid {scope.name}", prompt="consent")
    assert {*tokens["scope"].split()} == {"openid", scope.name}
    assert {*userinfo} == {"sub", *(claim.name for claim in scope.claims)}
    assert ("refresh_token" in tokens) is (scope.name == "offline_access")


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("location", ["userinfo", "id_token"])
def test_a_claim_is_had_by_itself_where_it_was_asked_for(
    browser: Browser, claim: str, location: str
) -> None:
    offered = browser.get("/.well-known/openid-configuration").json()["claims_supported"]
    assert claim in offered
    _, *found = obtain(browser, claims=json.dumps({location: {claim: None}}))
    id_token, userinfo = found
    assert claim in (userinfo if location == "userinfo" else id_token)
    assert ({*id_token, *userinfo} & {*CLAIMS}) == {"sub", claim}


def test_nothing_else_is_advertised_or_answered(browser: Browser) -> None:
    document = browser.get("/.well-known/openid-configuration").json()
    assert document["scopes_supported"] == [*SCOPES, *INTERFACE_SCOPES]
    _, id_token, userinfo = obtain(browser, scope=" ".join(SCOPES), prompt="consent")
    assert {*userinfo} == {*CLAIMS}
    assert {*id_token, *userinfo} <= {*document["claims_supported"]}
