"""Resource indicators (RFC 8707): a token is for those named, and for nobody else."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from idp.interactions.progress import decide_consent
from idp.kit.db import transaction
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.settings.server import IssuerSettings
from idp.tokens.models import Grant
from tests.oidc.conftest import (
    ALL_SCOPES,
    ISSUER,
    SECRET,
    Browser,
    World,
    answer_of,
    basic,
    page_of,
    parameters,
)
from tests.oidc.test_introspection import DEAD, introspect
from tests.oidc.test_request_objects import JWKS, strict
from tests.oidc.test_token import CODE_FIELDS, signed_in

LAND, TAX = "https://land.example/api", "https://tax.example/api"
OTHER = "https://other.example/"


@pytest.fixture
def browser(world: World) -> Browser:
    person, browser = signed_in(world, resources=[LAND, TAX])
    world.consent(person, world.party("signer", jwks=JWKS, resources=[LAND, TAX]))
    world.party("land", audiences=[LAND])
    world.party("stranger", audiences=[OTHER])
    return browser


def audience(world: World, token: str) -> Any:
    return world.verify(token).claims["aud"]


def code(browser: Browser, resources: list[str], **changes: str) -> str:
    sent = [*parameters(**changes).items(), *(("resource", r) for r in resources)]
    response = browser.get(f"/authorize?{urlencode(sent)}")
    if response.headers["location"].startswith("/signin"):
        interaction_id, _ = page_of(response)
        with transaction(browser.world.engine) as db:
            decide_consent(db, interaction_id=interaction_id, allowed=True)
        response = browser.get(f"/authorize/resume/{interaction_id}")
    return answer_of(response)["code"]


def test_without_a_resource_a_token_is_for_userinfo(world: World, browser: Browser) -> None:
    token = browser.redeem(browser.code()).json()["access_token"]
    assert audience(world, token) == ISSUER
    assert browser.userinfo(token).status_code == 200
    assert introspect(browser, token, client_id="land").json() == DEAD


def test_a_token_is_for_the_resources_named_at_authorize(world: World, browser: Browser) -> None:
    token = browser.redeem(code(browser, [LAND, TAX])).json()["access_token"]
    assert audience(world, token) == [LAND, TAX]
    assert introspect(browser, token, client_id="land").json()["active"] is True
    assert introspect(browser, token, client_id="stranger").json() == DEAD
    assert browser.userinfo(token).status_code == 401


def test_the_provider_itself_may_be_named_beside_others(world: World, browser: Browser) -> None:
    token = browser.redeem(code(browser, [LAND, ISSUER])).json()["access_token"]
    assert browser.userinfo(token).status_code == 200


def test_two_resource_servers_cannot_tell_that_it_is_one_sign_in(
    world: World, browser: Browser
) -> None:
    both = code(browser, [LAND, TAX], scope=ALL_SCOPES, prompt="consent")
    first = browser.redeem(both, resource=LAND).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    tokens = [first["access_token"], browser.token(**again, resource=TAX).json()["access_token"]]
    one, other = (world.verify(token).claims["grant_id"] for token in tokens)
    with transaction(world.engine) as db:
        grant_id = db.scalars(select(Grant.id)).one()
    assert one != other
    assert grant_id.hex not in (one, other)
    assert introspect(browser, tokens[0], client_id="land").json()["active"] is True


def test_the_token_request_narrows_and_never_widens(world: World, browser: Browser) -> None:
    token = browser.redeem(code(browser, [LAND, TAX]), resource=LAND).json()["access_token"]
    assert audience(world, token) == LAND
    for granted, resource in (([LAND], TAX), ([LAND], OTHER), ([LAND], ISSUER), ([], LAND)):
        refused = browser.redeem(code(browser, granted), resource=resource)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert browser.redeem(code(browser, []), resource=ISSUER).status_code == 200


def test_a_refresh_may_narrow_and_a_refused_one_spends_nothing(
    world: World, browser: Browser
) -> None:
    tokens = browser.redeem(code(browser, [LAND, TAX], scope=ALL_SCOPES, prompt="consent")).json()
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for resource in (OTHER, ISSUER):
        refused = browser.token(**fields, resource=resource)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    narrowed = browser.token(**fields, resource=LAND).json()
    assert audience(world, narrowed["access_token"]) == LAND
    again = browser.token(grant_type="refresh_token", refresh_token=narrowed["refresh_token"])
    assert audience(world, again.json()["access_token"]) == [LAND, TAX]


def test_an_unregistered_resource_is_an_invalid_target(world: World, browser: Browser) -> None:
    for resource in (OTHER, f"{LAND}/", "land", f"{LAND}#part"):
        answer = answer_of(browser.authorize(resource=resource))
        assert (answer["error"], answer["state"]) == ("invalid_target", "st4te")
        machine = browser.token(grant_type="client_credentials", resource=resource)
        assert (machine.status_code, machine.json()["error"]) == (400, "invalid_target")
    machine = browser.token(grant_type="client_credentials", resource=TAX)
    assert audience(world, machine.json()["access_token"]) == TAX


def listing(resource: object) -> str:
    """A request object of the client `signer`."""
    return strict(iss="signer", resource=resource)


def test_a_request_object_lists_resources(world: World, browser: Browser) -> None:
    for resource, meant in (([LAND, TAX], [LAND, TAX]), (TAX, TAX)):
        answer = answer_of(browser.authorize(client_id="signer", request=listing(resource)))
        token = browser.redeem(answer["code"], client_id="signer").json()["access_token"]
        assert audience(world, token) == meant
    for resource in ([LAND, OTHER], OTHER):
        refused = browser.authorize(client_id="signer", request=listing(resource))
        assert answer_of(refused)["error"] == "invalid_target"
    unreadable = browser.authorize(client_id="signer", request=listing([[TAX]]))
    assert answer_of(unreadable)["error"] == "invalid_request_object"


def test_a_resource_may_be_repeated_and_nothing_else_may(browser: Browser) -> None:
    body = f"grant_type=client_credentials&resource={LAND}&resource={TAX}"
    headers = {**basic("rp", SECRET), "Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.client.post("/token", content=body, headers=headers)
    assert audience(browser.world, answer.json()["access_token"]) == [LAND, TAX]
    twice = browser.client.post("/token", content=f"{body}&scope=a&scope=b", headers=headers)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


def test_a_code_stays_for_its_redeemer_when_the_resource_was_never_registered(
    browser: Browser,
) -> None:
    granted = code(browser, [LAND])
    assert browser.redeem(granted, resource=OTHER).json()["error"] == "invalid_target"
    assert browser.redeem(granted, **CODE_FIELDS).status_code == 200


def test_registered_resources_are_whole_https_addresses() -> None:
    issuer = IssuerSettings(url="https://id.example.gov.vn")
    good = ClientMetadata(
        client_name="A", redirect_uris=("https://rp.example/cb",), resources=(LAND,)
    )
    assert find_faults(good, issuer=issuer) == []
    for field in ("resources", "audiences"):
        for uri in ("http://land.example", "https://land.example/#a", "land", "urn:land"):
            values: dict[str, Any] = {field: (uri,)}
            bad = ClientMetadata(
                client_name="A", redirect_uris=("https://rp.example/cb",), **values
            )
            assert [fault.field for fault in find_faults(bad, issuer=issuer)] == [field]
