"""Every refusal has an error id, and its developer finds the reason under it."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response
from sqlalchemy import select

from idp.journal.errors import RecordedError, find_party_error
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.kit.secrets import new_error_id, read_error_id
from idp.relying_parties.models import RelyingParty
from idp.web.part import Site
from tests.oidc.conftest import SECRET, Browser, World, answer_of, basic
from tests.oidc.test_suspended_clients import take
from tests.oidc.test_token import signed_in
from tests.support.app import change_part

SHOWN = re.compile(r"\[([2-9A-Z]{4}-[2-9A-Z]{4})\]$")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def browser(shared_world: World) -> Browser:
    """Someone signed in who agreed; nothing is rationed."""
    shared_world.change(refusals=Ration(1000))
    change_part(shared_world.app, Site, error_reports=Ration(1000))
    return shared_world.someone()


@pytest.fixture(scope="module")
def idle(shared_world: World) -> None:
    """A client that is suspended, and one of another agency's."""
    shared_world.party("idle")
    take(shared_world, "idle", "suspend")


def shown_in(description: str) -> str:
    found = SHOWN.search(description)
    assert found, description
    return found[1]


def look_up(world: World, error_id: str, *, client_id: str = "rp") -> RecordedError | None:
    """What the portal shows on that application's page."""
    with transaction(world.engine) as db:
        wanted = select(RelyingParty.id).where(RelyingParty.client_id == client_id)
        party_id = db.scalars(wanted).one()
        return find_party_error(db, error_id=error_id, relying_party_id=party_id)


LOA4 = '{"id_token":{"acr":{"essential":true,"value":"LoA4"}}}'
REDIRECTED: dict[str, dict[str, str | None]] = {
    "no PKCE": {"code_challenge": None, "code_challenge_method": None},
    "a plain challenge": {"code_challenge_method": "plain"},
    "no openid": {"scope": "profile"},
    "a response type": {"response_type": "token"},
    "a response mode": {"response_mode": "telepathy"},
    "a prompt": {"prompt": "none login"},
    "a resource": {"resource": "https://other.example"},
    "a service": {"scope": "openid service:9.999999"},
    "a request object": {"request": "x.y.z"},
    "in a fragment": {"response_mode": "fragment", "scope": "profile"},
    "a level": {
        "prompt": "none",
        "claims": '{"id_token":{"acr":{"essential":true,"value":"LoA4"}}}',
    },
}


@pytest.mark.parametrize("changes", REDIRECTED.values(), ids=list(REDIRECTED))
def test_a_redirected_error_is_found(browser: Browser, changes: dict[str, str | None]) -> None:
    """C14: the portal promised an id for what goes back through the browser, too."""
    sent = browser.authorize(**changes)
    sent.headers["location"] = sent.headers["location"].replace("#", "?")
    answer = answer_of(sent)
    description = answer["error_description"]
    recorded = look_up(browser.world, shown_in(description))
    assert recorded is not None
    assert recorded.detail["reason"] == answer["error"]
    assert description == f"{recorded.detail['description']} [{recorded.error_id}]"


def test_login_required_is_found(shared_world: World) -> None:
    """C14: `prompt=none` with nobody signed in, which is no sign-in begun."""
    stranger = shared_world.browser()
    first = answer_of(stranger.authorize(prompt="none"))
    assert first["error"] == "login_required"
    found = look_up(shared_world, shown_in(first["error_description"]))
    assert found is not None
    assert found.detail["description"] == "The person must sign in."


SENT: dict[str, Callable[[Browser], Response]] = {
    "an unknown client at /token": lambda b: b.client.post(
        "/token", data={"client_id": "rpp", "grant_type": "authorization_code", "code": "x"}
    ),
    "no client at /token": lambda b: b.client.post("/token", data={"grant_type": "refresh_token"}),
    "no client at /par": lambda b: b.client.post("/par", data={"response_type": "code"}),
    "no client at /introspect": lambda b: b.client.post("/introspect", data={"token": "x"}),
    "no client at /revoke": lambda b: b.client.post("/revoke", data={"token": "x"}),
    "no client at /device_authorization": lambda b: b.client.post("/device_authorization", data={}),
    "JSON at /token": lambda b: b.client.post("/token", json={"grant_type": "refresh_token"}),
    "JSON at /par": lambda b: b.client.post("/par", json={}, headers=basic("rp", SECRET)),
    "a field twice": lambda b: b.client.post("/token", content="code=a&code=b", headers=FORM),
    "GET at /token": lambda b: b.get("/token", params={"grant_type": "authorization_code"}),
    "too long a body": lambda b: b.client.post("/token", content=b"a" * 100_000, headers=FORM),
    "too long an address": lambda b: b.get("/userinfo", params={"a": "x" * 20_000}),
    "no token at /userinfo": lambda b: b.get("/userinfo"),
    "a made-up token at /userinfo": lambda b: b.userinfo("x.y.z"),
    "no token at /register": lambda b: b.client.post("/register", json={}),
}


@pytest.mark.parametrize("send", SENT.values(), ids=list(SENT))
def test_what_names_no_client_is_found_by_who_was_told_its_id(
    browser: Browser, send: Callable[[Browser], Response]
) -> None:
    """C14: a mistyped client_id, or none, is nobody's refusal; its developer has the id alone."""
    answer = send(browser)
    assert answer.status_code >= 400
    found = look_up(browser.world, shown_in(answer.json()["error_description"]))
    assert found is not None
    assert found.detail["description"]


def test_an_expired_token_is_its_clients(browser: Browser) -> None:
    """C14: at /userinfo; nobody else's developer reads of it."""
    token = browser.redeem(browser.code()).json()["access_token"]
    assert browser.userinfo(token).status_code == 200
    with clock.shifted(timedelta(days=1)):
        answer = browser.userinfo(token)
    assert answer.status_code == 401
    error_id = shown_in(answer.json()["error_description"])
    found = look_up(browser.world, error_id)
    assert found is not None
    assert found.detail["description"] == "The access token has expired."


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize("path", ["/token", "/authorize", "/end_session"])
def test_a_suspended_client_is_told_so_where_its_agency_looks(browser: Browser, path: str) -> None:
    """C14: it was called unknown; on the wire it still is."""
    if path == "/token":
        answer = browser.token(client_id="idle", grant_type="client_credentials")
        error_id = shown_in(answer.json()["error_description"])
    elif path == "/end_session":
        answer = browser.get(path, params={"client_id": "idle"})
        error_id = parse_qs(urlsplit(answer.headers["location"]).query)["error"][0]
    else:
        answer = browser.authorize(client_id="idle")
        error_id = read_error_id(re.sub(r"<[^>]*>", " ", answer.text))
    assert "suspended" not in answer.text
    own = look_up(browser.world, error_id, client_id="idle")
    assert own is not None
    assert own.detail["description"] == "The application is suspended."
    assert look_up(browser.world, error_id) is None


def test_a_hint_of_a_client_that_was_suspended_since_is_told_to_its_agency_alone(
    world: World,
) -> None:
    """C14: at /end_session; while it is in operation its hint is good."""
    _, browser = signed_in(world)
    hint = {"id_token_hint": browser.redeem(browser.code()).json()["id_token"]}
    world.party("mine")
    take(world, "rp", "suspend")
    location = browser.get("/end_session", params=hint).headers["location"]
    error_id = parse_qs(urlsplit(location).query)["error"][0]
    own = look_up(world, error_id)
    assert own is not None
    assert own.detail["description"] == "The application is suspended."
    assert look_up(world, error_id, client_id="mine") is None
    take(world, "rp", "resume")
    assert "error" not in browser.get("/end_session", params=hint).headers["location"]


@pytest.mark.parametrize(
    "pasted",
    [
        "7KQ4-M2XD",
        "[7KQ4-M2XD]",
        " 7kq4-m2xd\n",
        "7KQ4M2XD",
        "7KQ4 M2XD",
        "7KQ4–M2XD",
        "7KQ4\u2011M2XD",
        "[7KQ4-M2XD].",
        "PKCE is required: send code_challenge with S256. [7KQ4-M2XD]",
        "need them [7KQ4-M2XD]",
        "https://rp.vn/cb?error_description=Why.+%5B7KQ4-M2XD%5D&state=abcd-efgh",
    ],
)
def test_an_id_is_read_however_it_is_pasted(pasted: str) -> None:
    """C14: with its brackets, too."""
    assert read_error_id(pasted) == "7KQ4-M2XD"
    made = new_error_id()
    assert read_error_id(f"[{made}]") == made


def test_what_is_no_id_is_given_back() -> None:
    """C14: to be shown beside the answer that nothing is recorded under it."""
    assert read_error_id(" hello ") == "HELLO"
    assert read_error_id("") == ""
