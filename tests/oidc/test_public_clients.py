"""A client that cannot authenticate is confirmed by the person each time (RFC 8252 8.6, RFC 9700).

Unless what it is answered goes to an https address, which is its own.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.people.models import Person
from tests.oidc.conftest import REDIRECT, Browser, World, page_of, parameters
from tests.oidc.test_request_objects import JWKS, strict

LOOPBACK, SCHEME = "http://127.0.0.1:{}/cb", "vn.example.app:/cb"
NATIVE = {"application_type": "native", "token_endpoint_auth_method": "none"}
UNCLAIMED = [
    *(LOOPBACK.format(port) for port in (5000, 6000)),
    "http://localhost:5000/cb",
    "http://[::1]:5000/cb",
    "https://localhost:8443/cb",
    "https://127.0.0.2/cb",
    SCHEME,
]


def someone(world: World, uris: list[str], **values: Any) -> tuple[Person, Browser]:
    """Somebody signed in, who agreed with the client `signer` to all it asks."""
    party = world.party("signer", redirect_uris=uris, **{**NATIVE, "jwks": JWKS, **values})
    person, browser = world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    return person, browser


def answered(response: Any, uri: str) -> dict[str, str]:
    """What was sent to that address."""
    location = response.headers["location"]
    assert location.startswith(uri), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def request(browser: Browser, uri: str, **asked: str) -> Any:
    return browser.authorize(**{"client_id": "signer", "redirect_uri": uri, **asked})


@pytest.mark.parametrize("uri", UNCLAIMED)
def test_whoever_listens_on_this_machine_is_confirmed_each_time(world: World, uri: str) -> None:
    """F3: a second program on another port, or with the same scheme, gets nothing in silence."""
    _, browser = someone(world, [LOOPBACK.format(7000), *UNCLAIMED[2:]])
    for _ in range(2):
        silent = answered(request(browser, uri, prompt="none"), uri)
        assert silent["error"] == "consent_required"
        interaction_id, page = page_of(request(browser, uri))
        assert page == "consent"
        world.agree(interaction_id)
        resumed = browser.get(f"/authorize/resume/{interaction_id}")
        assert "code" in answered(resumed, uri)


def test_another_browser_of_the_same_person_is_asked_too(world: World) -> None:
    """F3: what was confirmed in one place is not confirmed in another."""
    person, browser = someone(world, [SCHEME])
    interaction_id, _ = page_of(request(browser, SCHEME))
    world.agree(interaction_id)
    elsewhere = world.browser("another-browser-of-the-tests-01234")
    elsewhere.sign_in(person)
    assert page_of(request(elsewhere, SCHEME))[1] == "consent"


@pytest.mark.parametrize(
    ("uri", "values"),
    [
        (REDIRECT, {}),
        (REDIRECT, {"application_type": "web"}),
        (LOOPBACK.format(5000), {"token_endpoint_auth_method": "client_secret_basic"}),
        (SCHEME, {"token_endpoint_auth_method": "client_secret_basic"}),
    ],
)
def test_a_claimed_address_and_a_secret_are_remembered(
    world: World, uri: str, values: dict[str, str]
) -> None:
    """F3, control: nobody else has the use of the code."""
    _, browser = someone(world, [uri], **values)
    assert "code" in answered(request(browser, uri, prompt="none"), uri)


def test_no_way_to_ask_goes_round_the_confirmation(world: World) -> None:
    """F3, siblings: a signed request and a pushed one of a client without a secret."""
    _, browser = someone(world, [SCHEME])
    named = {"client_id": "signer", "redirect_uri": SCHEME}
    by_value = browser.authorize(**named, request=strict(iss="signer", redirect_uri=SCHEME))
    pushed = browser.client.post("/par", data=parameters(**named)).json()
    handle = {"client_id": "signer", "request_uri": pushed["request_uri"]}
    for answer in (by_value, browser.get("/authorize", params=handle)):
        assert page_of(answer)[1] == "consent"
