"""Back-channel logout: who is told of a session's end, with which token, and how often."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.http import GuardedClient
from idp.oidc.formats.logout_token import EVENT, LogoutTokens
from idp.outbox.messages import list_messages
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import send_due
from idp.people.models import Person
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import RelyingParty
from idp.tokens.end import end_person_access
from idp.tokens.logout import BACKCHANNEL_LOGOUT, WAITS, backchannel_logout
from tests.oidc.conftest import ISSUER, REDIRECT, Browser, World


@dataclass
class Listener:
    """A relying party's endpoint: what it was sent, and what it answers, one status a request."""

    uri: str = ""
    statuses: list[int] = field(default_factory=list)
    hangs: threading.Event = field(default_factory=threading.Event)
    received: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def token(self) -> str:
        """The last logout token; fails unless it is all that was sent."""
        kind, fields = self.received[-1]
        assert kind == "application/x-www-form-urlencoded"
        assert list(fields) == ["logout_token"]
        return fields["logout_token"][0]


@pytest.fixture
def listener() -> Iterator[Listener]:
    """One on loopback."""
    heard = Listener()
    heard.hangs.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.paths.append(self.path)
            heard.received.append((self.headers["Content-Type"], parse_qs(body)))
            heard.hangs.wait(10)
            status = heard.statuses.pop(0) if heard.statuses else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{heard.uri}/elsewhere")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        heard.uri = f"http://127.0.0.1:{server.server_address[1]}/logout"
        yield heard
        heard.hangs.set()
        server.shutdown()


def signed_in(world: World, party: RelyingParty) -> tuple[Browser, dict[str, Any]]:
    """Somebody who signed in at the party, and the claims of the ID token it got."""
    person, browser = world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    answer = browser.redeem(browser.code(client_id=party.client_id), client_id=party.client_id)
    return browser, {**answer.json(), **world.verify(answer.json()["id_token"]).claims}


def sign_out(browser: Browser, tokens: dict[str, Any]) -> str:
    response = browser.get("/end_session", params={"id_token_hint": tokens["id_token"]})
    assert response.status_code == 303
    return str(response.headers["location"])


def send(world: World, *, seconds: float = 2.0) -> int:
    """One round of the background thread; how many attempts."""
    tokens = LogoutTokens(ISSUER, world.part.signing_keys, world.part.keyring)
    http = GuardedClient(allows_loopback=True, seconds=seconds)
    kind = backchannel_logout(http=http, make_token=tokens.make)
    return send_due(world.engine, threading.Event(), kinds=[kind])


def deliveries(world: World, party: RelyingParty) -> list[OutboxMessage]:
    with transaction(world.engine) as db:
        return list_messages(db, kind=BACKCHANNEL_LOGOUT, recipient=str(party.id), limit=10)


@pytest.mark.parametrize(
    "values",
    [{}, {"subject_type": "pairwise"}, {"id_token_signed_response_alg": "ES256"}],
    ids=["public", "pairwise", "ES256"],
)
@pytest.mark.asvs("7.6.1")
def test_the_party_is_told_with_the_sub_and_sid_of_its_id_token(
    world: World, listener: Listener, values: dict[str, Any]
) -> None:
    party = world.party(backchannel_logout_uri=listener.uri, **values)
    browser, tokens = signed_in(world, party)
    sign_out(browser, tokens)
    assert send(world) == 1
    token = world.verify(listener.token())
    now = int(clock.now().timestamp())
    assert token.header["typ"] == "logout+jwt"
    assert token.header["alg"] == party.id_token_signed_response_alg
    assert now - 10 <= token.claims.pop("iat") <= now
    assert now < token.claims.pop("exp") <= now + 120
    assert token.claims.pop("jti")
    assert token.claims == {
        "iss": ISSUER,
        "aud": "rp",
        "sub": tokens["sub"],
        "sid": tokens["sid"],
        "events": {EVENT: {}},
    }
    assert [(line.outcome, line.last_status) for line in deliveries(world, party)] == [
        ("delivered", "200")
    ]
    assert [entry.relying_party_id for entry in world.events("logout.told")] == [party.id]
    assert send(world) == 0


def test_only_parties_that_are_not_told_are_said_to_be_open(
    world: World, listener: Listener
) -> None:
    asking = world.party()
    told = world.party("told", backchannel_logout_uri=listener.uri)
    deaf = world.party("deaf")
    for other, is_listed in ((told, False), (deaf, True)):
        browser, tokens = signed_in(world, asking)
        with transaction(world.engine) as db:
            person = db.get_one(Person, UUID(hex=tokens["sub"]))
        world.consent(person, other)
        assert browser.code(client_id=other.client_id)
        target = {"post_logout_redirect_uri": "https://rp.example/bye"}
        response = browser.get(
            "/end_session", params={"id_token_hint": tokens["id_token"], **target}
        )
        assert response.headers["location"].startswith("/sign-out/") is is_listed
    assert send(world) == 1
    assert len(deliveries(world, told)) == 1
    assert deliveries(world, deaf) == []


def test_an_answer_of_500_is_tried_again_later_and_200_settles_it(
    world: World, listener: Listener
) -> None:
    party = world.party(backchannel_logout_uri=listener.uri)
    listener.statuses = [500]
    browser, tokens = signed_in(world, party)
    sign_out(browser, tokens)
    assert send(world) == 1
    assert deliveries(world, party)[0].outcome is None
    assert send(world) == 0, "it waits"
    with clock.shifted(WAITS[0] + timedelta(seconds=1)):
        assert send(world) == 1
    line = deliveries(world, party)[0]
    assert (line.outcome, line.attempts, line.last_status) == ("delivered", 2, "200")


def test_a_party_that_never_answers_delays_nobody_and_is_given_up(
    world: World, listener: Listener
) -> None:
    party = world.party(backchannel_logout_uri=listener.uri)
    listener.hangs.clear()
    browser, tokens = signed_in(world, party)
    assert sign_out(browser, tokens).endswith("/done")
    assert listener.received == [], "nothing is sent while the person waits"
    late = timedelta()
    for wait in (timedelta(), *WAITS):
        late += wait + timedelta(seconds=5)
        with clock.shifted(late):
            assert send(world, seconds=0.2) == 1
    line = deliveries(world, party)[0]
    assert (line.outcome, line.last_status) == ("failed", "no answer in time")
    assert len(world.events("logout.not_told")) == 1
    with clock.shifted(timedelta(days=1)):
        assert send(world) == 0


def test_a_redirect_is_a_failure_and_never_followed(world: World, listener: Listener) -> None:
    party = world.party(backchannel_logout_uri=listener.uri)
    listener.statuses = [302]
    browser, tokens = signed_in(world, party)
    sign_out(browser, tokens)
    send(world)
    assert listener.paths == ["/logout"]
    line = deliveries(world, party)[0]
    assert (line.outcome, line.last_status) == (None, "302")


def test_two_nodes_tell_a_party_once(world: World, listener: Listener) -> None:
    party = world.party(backchannel_logout_uri=listener.uri)
    browser, tokens = signed_in(world, party)
    sign_out(browser, tokens)
    nodes = [threading.Thread(target=send, args=(world,)) for _ in range(4)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert len(listener.received) == 1


def test_whoever_is_suspended_is_signed_out_everywhere(world: World, listener: Listener) -> None:
    party = world.party(backchannel_logout_uri=listener.uri)
    _, tokens = signed_in(world, party)
    _, others = signed_in(world, party)
    with transaction(world.engine) as db:
        end_person_access(db, person_id=UUID(hex=tokens["sub"]))
        end_person_access(db, person_id=UUID(hex=tokens["sub"]))
    assert send(world) == 1
    assert world.verify(listener.token()).claims["sid"] == tokens["sid"] != others["sid"]


@pytest.mark.parametrize(
    ("uri", "is_accepted"),
    [
        ("https://rp.example/logout", True),
        ("http://rp.example/logout", False),
        ("https://rp.example/logout#x", False),
        ("javascript:alert(1)", False),
        ("https://user@rp.example/logout", False),
    ],
)
def test_an_address_is_registered_by_the_rules_of_every_address(
    world: World, uri: str, is_accepted: bool
) -> None:
    asked = ClientMetadata(client_name="A", redirect_uris=(REDIRECT,), backchannel_logout_uri=uri)
    faults = find_faults(asked, issuer=world.settings.issuer)
    assert [fault.field for fault in faults] == ([] if is_accepted else ["backchannel_logout_uri"])
