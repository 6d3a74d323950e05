"""What a client registers for its requests that do not say (OIDC Registration 2)."""

from datetime import timedelta
from typing import Any

import pytest

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.db import transaction
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.settings import Settings
from tests.oidc.conftest import Browser, World, answer_of, page_of

A_WHILE = timedelta(minutes=10)


def browser_of(world: World, *, ago: timedelta = timedelta(minutes=1), **values: Any) -> Browser:
    """Someone signed in that long ago who agreed with the client `rp`, which has these defaults."""
    person, browser = world.person(proofing=2), world.browser()
    world.consent(person, world.party(**values))
    browser.sign_in(person, authentication=1, ago=ago)
    return browser


def needed(world: World, browser: Browser, **changes: str) -> Interaction:
    interaction_id, _ = page_of(browser.authorize(**changes))
    with transaction(world.engine) as db:
        return db.get_one(Interaction, interaction_id)


@pytest.mark.asvs("7.6.1")
def test_an_authentication_older_than_the_clients_age_is_asked_again(world: World) -> None:
    browser = browser_of(world, ago=A_WHILE, default_max_age=60)
    assert needed(world, browser).authenticate_after is not None
    assert answer_of(browser.authorize(prompt="none"))["error"] == "login_required"
    assert "code" in answer_of(browser.authorize(max_age="1200"))


def test_an_age_of_nothing_is_an_age(world: World) -> None:
    browser = browser_of(world, default_max_age=0)
    assert needed(world, browser).authenticate_after is not None


def test_the_requests_own_age_is_the_one_that_holds(world: World) -> None:
    browser = browser_of(world, ago=A_WHILE, default_max_age=1200)
    assert "code" in answer_of(browser.authorize())
    assert needed(world, browser, max_age="60").authenticate_after is not None


def test_the_clients_levels_are_wanted_where_the_request_names_none(world: World) -> None:
    browser = browser_of(world, default_acr_values=["LoA2"])
    assert needed(world, browser).needed_acr == "LoA2"
    assert "code" in answer_of(browser.authorize(acr_values="LoA1"))
    assert "code" in answer_of(browser.authorize(claims='{"id_token":{"acr":{"value":"LoA1"}}}'))


def test_the_clients_levels_are_voluntary(world: World) -> None:
    browser = browser_of(world, default_acr_values=["LoA4", "of-nobody"])
    assert "code" in answer_of(browser.authorize())


@pytest.mark.parametrize("values", [{"require_auth_time": True}, {"default_max_age": 600}])
def test_auth_time_is_in_every_id_token(world: World, values: dict[str, Any]) -> None:
    browser = browser_of(world, **values)
    tokens = browser.redeem(browser.code()).json()
    auth_time = world.verify(tokens["id_token"]).claims["auth_time"]
    assert abs(auth_time - (clock.now() - timedelta(minutes=1)).timestamp()) < 60


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("default_max_age", -1),
        ("default_max_age", 10**9),
        ("default_acr_values", ("LoA 2",)),
        ("default_acr_values", ("LoA2",) * 21),
        ("logo_uri", "http://localhost/logo.png"),
        ("policy_uri", "javascript:alert(1)"),
        ("tos_uri", "/terms"),
    ],
)
@pytest.mark.asvs("2.2.3")
def test_what_cannot_be_meant_is_not_registered(
    settings: Settings, field: str, value: object
) -> None:
    usual: dict[str, Any] = {"client_name": "A", "redirect_uris": ("https://rp.example/cb",)}
    [fault] = find_faults(ClientMetadata(**usual, **{field: value}), issuer=settings.issuer)
    assert fault.field == field
    good = {
        "default_max_age": 0,
        "default_acr_values": ("LoA2",),
        "logo_uri": "https://rp.example/logo.png",
        "policy_uri": "https://rp.example/policy",
        "tos_uri": "https://rp.example/terms",
    }
    assert (
        find_faults(ClientMetadata(**usual, **{field: good[field]}), issuer=settings.issuer) == []
    )
