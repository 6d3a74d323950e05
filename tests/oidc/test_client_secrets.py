"""A secret may be sent in the header or in the form: libraries differ, and some try both."""

from typing import Any

import pytest
from httpx2 import Response

from tests.oidc.conftest import REDIRECT, SECRET, VERIFIER, Browser, World, basic
from tests.oidc.test_diagnostics import found
from tests.oidc.test_private_key_jwt import JWKS

METHODS = ("client_secret_basic", "client_secret_post")


def send(browser: Browser, method: str, path: str = "/token", **fields: str) -> Response:
    """A POST of the client `rp` that sends its secret in that way."""
    if method == "client_secret_basic":
        return browser.client.post(path, data=fields, headers=basic("rp", SECRET))
    return browser.client.post(path, data={**fields, "client_id": "rp", "client_secret": SECRET})


def code_of(browser: Browser, **changes: str) -> dict[str, str]:
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    return {**fields, "code": browser.code(), "code_verifier": VERIFIER, **changes}


@pytest.mark.parametrize("sent", METHODS)
@pytest.mark.parametrize("registered", METHODS)
def test_a_secret_is_taken_in_the_header_and_in_the_form(
    world: World, registered: str, sent: str
) -> None:
    """C15: whichever of the two is registered, at every endpoint where clients authenticate."""
    world.party(token_endpoint_auth_method=registered)
    browser = world.someone()
    tokens = send(browser, sent, **code_of(browser))
    assert tokens.status_code == 200, tokens.text
    token = tokens.json()["access_token"]
    assert send(browser, sent, "/introspect", token=token).json()["active"] is True
    pushed = {"response_type": "code", "redirect_uri": REDIRECT, "scope": "openid"}
    challenge = {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    assert send(browser, sent, "/par", **pushed, **challenge).status_code == 201
    assert send(browser, sent, "/revoke", token=token).status_code == 200


@pytest.mark.parametrize("registered", METHODS)
def test_one_way_alone_is_taken_of_whoever_registered_that(world: World, registered: str) -> None:
    """C15, control: `require_auth_method`; and no secret is sent in both ways at once."""
    world.party(token_endpoint_auth_method=registered, require_auth_method=True)
    browser, machine = world.browser(), {"grant_type": "client_credentials"}
    answers = {method: send(browser, method, **machine) for method in METHODS}
    for method, answer in answers.items():
        assert (answer.status_code == 200) is (method == registered)
    refused = next(a for method, a in answers.items() if method != registered)
    assert refused.json()["error"] == "invalid_client"
    both = {**machine, "client_id": "rp", "client_secret": SECRET}
    twice = browser.client.post("/token", data=both, headers=basic("rp", SECRET))
    assert twice.json()["error"] == "invalid_request"


def test_a_library_that_tries_one_and_then_the_other_hears_the_real_error(world: World) -> None:
    """C15: Go's x/oauth2, when a code is refused: it asks again in the form, and shows that."""
    world.party()
    browser = world.someone()
    sent = code_of(browser, code_verifier="w" * 50)
    first, second = (send(browser, method, **sent) for method in METHODS)
    assert [a.json()["error"] for a in (first, second)] == ["invalid_grant"] * 2
    reasons = [found(browser, answer).detail["description"] for answer in (first, second)]
    assert reasons[0].startswith("The SHA-256 of code_verifier is not the code_challenge")
    assert "send it again after any error: then look up that one" in reasons[1]


def test_a_wrong_secret_burns_nothing(world: World) -> None:
    """C15: the code is there for the attempt that is right."""
    world.party(require_auth_method=True)
    browser = world.someone()
    sent = code_of(browser)
    assert send(browser, "client_secret_post", **sent).status_code == 401
    assert send(browser, "client_secret_basic", **sent).status_code == 200


@pytest.mark.parametrize("profile", ["fapi2-security", "fapi2-message-signing"])
def test_who_signs_or_shows_a_certificate_proves_itself_by_that_alone(
    world: World, profile: str
) -> None:
    """C15, control: a secret that such a client had before is none any more."""
    signs: dict[str, Any] = {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS}
    for number, values in enumerate(
        (
            {**signs, "profile": profile},
            signs,
            {"token_endpoint_auth_method": "tls_client_auth"},
            {"token_endpoint_auth_method": "none"},
        )
    ):
        world.party(f"rp{number}", **values)
        form = {"grant_type": "client_credentials"}
        by_header = world.browser().client.post(
            "/token", data=form, headers=basic(f"rp{number}", SECRET)
        )
        named = {"client_id": f"rp{number}", "client_secret": SECRET}
        by_form = world.browser().client.post("/token", data={**form, **named})
        for answer in (by_header, by_form):
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_what_can_be_registered_is_advertised_and_works(world: World) -> None:
    """C15: discovery lists both, for libraries that choose by it."""
    found = world.browser().get("/.well-known/openid-configuration").json()
    for endpoint in ("token", "revocation", "introspection"):
        listed = found[f"{endpoint}_endpoint_auth_methods_supported"]
        assert {*METHODS} <= {*listed}
