"""One source begins so many sign-ins a minute; what it sends besides is neither read nor kept."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from httpx2 import Response
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from idp.factors.models import KnownDevice
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.oidc.routes import router
from idp.settings import Settings
from idp.settings.people import ThrottleSettings
from idp.settings.server import ServerSettings
from idp.web.cookies import CookieNames
from tests.oidc.conftest import (
    ISSUER,
    SECRET,
    World,
    answer_of,
    basic,
    page_of,
    parameters,
    serving,
)
from tests.oidc.dpop import proof
from tests.oidc.test_token import CODE_FIELDS
from tests.support.app import part_of, room_app

PROXY, SHARE = "10.0.0.1", 3


@pytest.fixture
def world(settings: Settings, generated_keys: dict[str, RSAKey | ECKey]) -> Iterator[World]:
    """A provider behind a proxy it was told of."""
    behind = {
        "server": ServerSettings(trusted_proxies=(ip_network(PROXY),)),
        "throttle": ThrottleSettings(sign_ins_per_source=SHARE),
    }
    with serving(settings.model_copy(update=behind), generated_keys) as world:
        world.party()
        yield world


def ask(world: World, source: str, *, peer: str = PROXY, method: str = "GET") -> Response:
    client = TestClient(world.app, base_url=ISSUER, follow_redirects=False, client=(peer, 4711))
    headers = {"X-Forwarded-For": source, "Accept-Language": "en"}
    if method == "POST":
        return client.post("/authorize", data=parameters(), headers=headers)
    return client.get("/authorize", params=parameters(), headers=headers)


@pytest.mark.asvs("2.4.1")
def test_a_source_beyond_its_share_is_told_to_wait_and_leaves_nothing(world: World) -> None:
    for _ in range(SHARE):
        assert page_of(ask(world, "203.0.113.9"))[1] == "identifier"
    for method in ("GET", "POST"):
        refused = ask(world, "203.0.113.9", method=method)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert "<h1>Too many requests</h1>" in refused.text
        assert "start again at the service" in refused.text
    assert ask(world, "203.0.113.10").status_code == 303
    assert world.outcomes() == []


def test_a_network_of_ipv6_is_one_source(world: World) -> None:
    answers = [ask(world, f"2001:db8:1:1::{n}").status_code for n in range(1, SHARE + 2)]
    assert answers == [303] * SHARE + [429]
    assert ask(world, "2001:db8:1:2::1").status_code == 303


@pytest.mark.asvs("15.3.4")
def test_what_is_no_named_proxy_says_nothing_of_where_it_comes_from(world: World) -> None:
    answers = [
        ask(world, f"203.0.113.{n}", peer="198.51.100.1").status_code for n in range(SHARE + 1)
    ]
    assert answers == [303] * SHARE + [429]


def test_loopback_and_resuming_are_not_counted(world: World) -> None:
    for _ in range(SHARE + 1):
        assert ask(world, "", peer="127.0.0.1").status_code == 303
    begun = ask(world, "203.0.113.9", method="POST").headers["location"]
    for _ in range(SHARE + 1):
        assert world.browser().get(begun).status_code == 303


def test_public_clients_push_within_the_share_and_others_without(world: World) -> None:
    world.party("app", application_type="native", token_endpoint_auth_method="none")
    client = TestClient(world.app, base_url=ISSUER, client=("203.0.113.9", 4711))
    pushed = {name: value for name, value in parameters().items() if name != "client_id"}
    own = {**pushed, "client_id": "app"}
    answers = [client.post("/par", data=own) for _ in range(SHARE + 1)]
    assert [answer.status_code for answer in answers] == [201] * SHARE + [429]
    assert answers[-1].json()["error"] == "temporarily_unavailable"
    assert client.post("/par", data=pushed, headers=basic("rp", SECRET)).status_code == 201


def test_every_node_counts_in_the_same_row(
    world: World, generated_keys: dict[str, RSAKey | ECKey]
) -> None:
    begun = [ask(world, "203.0.113.9").status_code for _ in range(SHARE)]
    other = room_app(world.settings, router)
    client = TestClient(other, base_url=ISSUER, follow_redirects=False, client=(PROXY, 4711))
    answers = [
        client.get("/authorize", params=parameters(), headers={"X-Forwarded-For": source})
        for source in ("203.0.113.9", "203.0.113.10")
    ]
    other.state.runtime.engine.dispose()
    assert begun == [303] * SHARE
    assert [answer.status_code for answer in answers] == [429, 303]


def test_what_is_refused_leaves_a_row_and_is_counted_too(world: World) -> None:
    asked = parameters(prompt="none")
    headers = {"X-Forwarded-For": "203.0.113.9", "Accept-Language": "en"}
    client = TestClient(
        world.app, base_url=ISSUER, follow_redirects=False, client=(PROXY, 4711), headers=headers
    )
    answers = [client.get("/authorize", params=asked).status_code for _ in range(SHARE + 1)]
    assert answers == [303] * SHARE + [429]
    assert len(world.events("signin.silent")) == SHARE


def test_a_flood_of_silent_refusals_leaves_few_rows(
    settings: Settings, generated_keys: dict[str, RSAKey | ECKey]
) -> None:
    """G12: each of the first has a row, then one stands for as many as came before it."""
    behind = {
        "server": ServerSettings(trusted_proxies=(ip_network(PROXY),)),
        "throttle": ThrottleSettings(sign_ins_per_source=40),
    }
    with serving(settings.model_copy(update=behind), generated_keys) as world:
        world.party()
        client = TestClient(
            world.app, base_url=ISSUER, follow_redirects=False, client=("203.0.113.9", 4711)
        )
        asked = parameters(prompt="none")
        answers = [client.get("/authorize", params=asked) for _ in range(41)]
        assert [answer.status_code for answer in answers] == [303] * 40 + [429]
        assert all("login_required" in answer.headers["location"] for answer in answers[:40])
        rows = world.events("signin.silent")
        assert [row.data.get("nth") for row in rows] == [None] * 8 + [16, 32]


def test_every_door_of_the_anonymous_counts_in_the_same_share(world: World) -> None:
    """G12: what asks for a sign-in, or to sign out, leaves a row for each browser without one."""
    client = TestClient(
        world.app, base_url=ISSUER, follow_redirects=False, client=("203.0.113.9", 4711)
    )
    answers = [client.get("/end_session").status_code for _ in range(SHARE + 1)]
    assert answers == [303] * SHARE + [429]
    assert ask(world, "203.0.113.9").status_code == 429
    assert ask(world, "203.0.113.10").status_code == 303


def test_a_known_device_has_a_share_of_its_own_when_its_source_has_had_its(world: World) -> None:
    """G12: a source's share cannot be used up for whoever signed in there before."""
    person_id = world.person().id
    with transaction(world.engine) as db:
        db.add(
            KnownDevice(
                person_id=person_id,
                secret_hash=token_hash("known-device-of-somebody"),
                credentials_epoch=0,
                used_at=clock.now(),
            )
        )
    for _ in range(SHARE + 1):
        ask(world, "203.0.113.9")
    known = TestClient(
        world.app, base_url=ISSUER, follow_redirects=False, client=("203.0.113.9", 4711)
    )
    name = part_of(world.app, CookieNames).device
    answers = []
    for secret in ("unknown-device-of-nobody", "known-device-of-somebody"):
        headers = {"Cookie": f"{name}={secret}"}
        answers += [known.get("/authorize", params=parameters(), headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [429, 429, 303, 429]


def test_proofs_of_strangers_are_counted_where_they_come_to_nothing(world: World) -> None:
    """G12: each leaves a row, and needs no more than the name of a public client."""
    party = world.party("app", token_endpoint_auth_method="none", client_secret_hash=None)
    person, browser = world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)

    def token(source: str, **fields: str) -> Response:
        client = TestClient(world.app, base_url=ISSUER, client=(source, 4711))
        sent = {**CODE_FIELDS, "client_id": "app", **fields}
        return client.post("/token", data=sent, headers={"DPoP": proof()})

    def redeem(source: str) -> int:
        return token(source, code=browser.code(client_id="app")).status_code

    assert [redeem("203.0.113.9") for _ in range(SHARE + 1)] == [200] * (SHARE + 1)
    refused = [token("203.0.113.9", code="x").status_code for _ in range(SHARE)]
    assert refused == [400] * SHARE
    answer = token("203.0.113.9", code="x")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["error"] == "temporarily_unavailable"
    assert redeem("203.0.113.10") == 200


def test_whoever_is_signed_in_and_has_agreed_begins_nothing_and_is_not_counted(
    world: World,
) -> None:
    client = TestClient(world.app, base_url=ISSUER, follow_redirects=False, client=(PROXY, 4711))
    client.cookies = world.someone().client.cookies
    headers = {"X-Forwarded-For": "203.0.113.9"}
    for _ in range(SHARE + 2):
        answer = client.get("/authorize", params=parameters(), headers=headers)
        assert "code" in answer_of(answer)
    assert ask(world, "203.0.113.9").status_code == 303
