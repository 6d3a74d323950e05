"""In which way an answer travels: query, fragment, form post (protocol.md sections 1 and 6)."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from httpx2 import Response

from idp.oidc.redirects import SIGNED_MODES
from tests.oidc.conftest import ISSUER, REDIRECT, World

STATE = "".join(chr(33 + number % 94) for number in range(1000))
"""A thousand characters with every one that quoting may spoil."""


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = self.method = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = given["action"], given["method"]
        if tag == "input":
            self.fields[given["name"]] = given["value"]


def posted(response: Response) -> tuple[str, dict[str, str]]:
    """Where the page's form goes, and with what."""
    assert response.status_code == 200
    form = _Form()
    form.feed(response.text)
    assert form.method == "post"
    return form.action, form.fields


@pytest.mark.parametrize("mode", [None, "query"])
@pytest.mark.asvs("1.2.2")
def test_query(shared_world: World, mode: str | None) -> None:
    sent = shared_world.someone().authorize(response_mode=mode, state=STATE)
    parts = urlsplit(sent.headers["location"])
    answer = dict(parse_qsl(parts.query))
    assert answer.keys() == {"code", "state", "iss", "session_state"}
    assert (answer["state"], answer["iss"], parts.fragment) == (STATE, ISSUER, "")


def test_fragment_leaves_the_query_alone(world: World) -> None:
    uri = REDIRECT + "?kept=%20as+it+is"
    world.party(redirect_uris=[uri])
    browser = world.someone()
    for changes, names in (
        ({}, {"code", "state", "iss", "session_state"}),
        ({"prompt": "none login"}, {"error", "error_description", "state", "iss"}),
    ):
        sent = browser.authorize(redirect_uri=uri, response_mode="fragment", state=STATE, **changes)
        before, _, fragment = sent.headers["location"].partition("#")
        answer = dict(parse_qsl(fragment))
        assert before == uri
        assert answer.keys() == names
        assert (answer["state"], answer["iss"]) == (STATE, ISSUER)


def test_form_post_is_a_page_that_posts_itself(world: World) -> None:
    uri = REDIRECT + "?kept=1&quote=%22"
    world.party(redirect_uris=[uri])
    browser = world.someone()
    sent = browser.authorize(redirect_uri=uri, response_mode="form_post", state=STATE)
    action, answer = posted(sent)
    assert action == uri
    assert answer.keys() == {"code", "state", "iss", "session_state"}
    assert (answer["state"], answer["iss"]) == (STATE, ISSUER)
    assert browser.redeem(answer["code"], redirect_uri=uri).status_code == 200


def test_form_post_runs_one_script_and_leads_to_one_origin(shared_world: World) -> None:
    sent = shared_world.someone().authorize(response_mode="form_post", state="</script><b>")
    policy = sent.headers["content-security-policy"]
    [(nonce, script)] = re.findall(r'<script nonce="([^"]+)">(.*?)</script>', sent.text)
    assert f"script-src 'nonce-{nonce}';" in policy
    assert "form-action 'self' https://rp.example;" in policy
    assert "submit()" in script
    assert "\n" not in script
    assert re.search(r"<button\b", sent.text), "a button for browsers without script"
    assert "<b>" not in sent.text
    assert sent.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none login"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_errors_travel_in_the_same_mode(
    shared_world: World, changes: dict[str, str], error: str
) -> None:
    sent = shared_world.someone().authorize(response_mode="form_post", state=STATE, **changes)
    action, answer = posted(sent)
    assert action == REDIRECT
    assert answer.keys() == {"error", "error_description", "state", "iss"}
    assert (answer["error"], answer["state"], answer["iss"]) == (error, STATE, ISSUER)


@pytest.mark.parametrize("mode", ["form_post", "form_post.jwt"])
def test_a_form_is_posted_to_an_http_address_alone(world: World, mode: str) -> None:
    """F7: nobody posts to a scheme of an application's own; the error goes there as a query."""
    loopback, scheme = "http://127.0.0.1/cb", "vn.gov.example.app:/cb"
    native = {"application_type": "native", "redirect_uris": [loopback, scheme]}
    world.party()
    world.party("native", token_endpoint_auth_method="none", client_secret_hash=None, **native)
    browser = world.someone()

    def ask(uri: str, **changes: str) -> Response:
        return browser.authorize(
            **{"client_id": "native", "redirect_uri": uri, "prompt": "none", **changes}
        )

    assert posted(ask(loopback, response_mode=mode))[0] == loopback
    for changes in ({}, {"scope": "profile"}, {"response_type": "token"}):
        refused = ask(scheme, response_mode=mode, **changes)
        assert refused.status_code == 303
        assert refused.headers["location"].startswith(f"{scheme}?")
    refused = ask(scheme, response_mode="form_post")
    answer = dict(parse_qsl(urlsplit(refused.headers["location"]).query))
    assert answer["error"] == "invalid_request"
    assert answer["error_description"].startswith("A form is posted to an http address alone")
    other = dict(parse_qsl(urlsplit(ask(scheme, response_mode="query").headers["location"]).query))
    assert other["error"] == "consent_required"


def test_a_mode_nobody_offers_is_refused_in_the_query(shared_world: World) -> None:
    sent = shared_world.someone().authorize(response_mode="web_message")
    assert dict(parse_qsl(urlsplit(sent.headers["location"]).query))["error"] == "invalid_request"


def test_discovery_offers_the_modes(shared_world: World) -> None:
    found = shared_world.browser().get("/.well-known/openid-configuration").json()
    plain = ["query", "fragment", "form_post"]
    assert found["response_modes_supported"] == [*plain, *SIGNED_MODES]
