"""Request objects: whose signature counts, what they may say, and what wins (OIDC Core 6)."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry
from sqlalchemy import select

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.db import transaction
from tests.oidc.conftest import (
    ISSUER,
    REDIRECT,
    SECRET,
    Browser,
    World,
    answer_of,
    basic,
    page_of,
    parameters,
)
from tests.support.documents import Documents, serve_documents

EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", parameters={"kid": "ec"})
JWKS = KeySet([EC, RSA]).as_dict(private=False)
DAY = 86_400
"""Longer than the suite takes: these tests are signed when they are collected."""
Maker = Callable[[], str]
REGISTRY = JWSRegistry(algorithms=["RS256", "PS256", "ES256", "RS512", "HS256", "none"])


def signed(key: Key = EC, alg: str = "ES256", *, typ: str | None = None, **claims: Any) -> str:
    header = {"alg": alg, "kid": key.kid} | ({"typ": typ} if typ else {})
    said = {name: value for name, value in claims.items() if value is not None}
    return jws.serialize_compact(header, json.dumps(said), key, registry=REGISTRY)


def strict(key: Key = EC, alg: str = "ES256", **changes: Any) -> str:
    """An object that says about itself what every profile but `openid-legacy` wants to know."""
    usual = {"iss": "strict", "aud": ISSUER, "exp": int(clock.now().timestamp()) + 300}
    return signed(key, alg, **{**usual, **changes})


def unsigned(**claims: Any) -> str:
    _, body, _ = signed(**claims).split(".")
    return f"eyJhbGciOiJub25lIn0.{body}."


@pytest.fixture(scope="module")
def documents() -> Iterator[Documents]:
    with serve_documents() as documents:
        yield documents


@pytest.fixture(scope="module")
def browser(shared_world: World, documents: Documents) -> Browser:
    """Someone signed in who agreed to everything with `rp`; other clients bring keys.

    All of them but `strict` may leave out what an object says about itself.
    """
    old = {"profile": "openid-legacy"}
    shared_world.party("signer", jwks=JWKS, **old)
    shared_world.party("es", jwks=JWKS, request_object_signing_alg="ES256", **old)
    shared_world.party("remote", jwks_uri=f"{documents.url}/jwks", **old)
    shared_world.party("keeper", jwks=JWKS, request_uris=[f"{documents.url}/object"], **old)
    shared_world.party("strict", jwks=JWKS, request_uris=[f"{documents.url}/strict"])
    return shared_world.someone()


def ask(browser: Browser, client_id: str = "signer", **changes: Any) -> dict[str, str]:
    """The answer to a silent request; nobody has agreed with these clients."""
    sent = browser.authorize(**{"client_id": client_id, "prompt": "none", **changes})
    return answer_of(sent)


GOOD = "consent_required"
"""What a request gets that passes every check."""


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256")])
def test_what_the_object_says_wins(browser: Browser, key: Key, alg: str) -> None:
    answer = ask(browser, request=signed(key, alg, state="inside"), state="beside")
    assert (answer["error"], answer["state"]) == (GOOD, "inside")


def test_it_is_whole_with_every_kind_of_value(world: World) -> None:
    party = world.party(jwks=JWKS)
    browser, person = world.browser(), world.person()
    world.consent(person, party)
    browser.sign_in(person)
    sent = {**parameters(), "max_age": 3600, "claims": {"id_token": {"name": None}}}
    request = signed(iss="rp", aud=[ISSUER], exp=int(time.time()) + 60, **sent)
    answer = answer_of(
        browser.get(
            "/authorize", params={"client_id": "rp", "response_type": "code", "request": request}
        )
    )
    tokens = browser.redeem(answer["code"]).json()
    claims = world.verify(tokens["id_token"]).claims
    assert (claims["nonce"], claims["name"]) == ("n0nce", "Trần Thị Bình")
    assert answer["state"] == "st4te"


def test_it_is_read_once_and_kept_with_the_interaction(world: World) -> None:
    world.party(jwks=JWKS)
    browser = world.browser()
    request = strict(iss="rp", state="inside")
    for sent in (
        browser.authorize(request=request, state=None),
        browser.client.post("/authorize", data=parameters(request=request, state=None)),
    ):
        assert sent.status_code == 303, sent.text
    with transaction(world.engine) as db:
        kept = db.scalars(select(Interaction.parameters)).all()
    assert [parameters["state"] for parameters in kept] == ["inside", "inside"]
    assert all("request" not in parameters for parameters in kept)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("unsigned", {"request": unsigned()}),
    ("stranger's key", {"request": signed(STRANGER)}),
    ("algorithm nobody offers", {"request": signed(RSA, "RS512")}),
    (
        "secret in place of a key",
        {"request": signed(OctKey.import_key("x" * 32, {"kid": "ec"}), "HS256")},
    ),
    ("altered", {"request": signed(state="a")[:-4] + "AAAA"}),
    ("no JWT", {"request": "x"}),
    ("encrypted", {"request": "a.b.c.d.e"}),
    ("another kind of token", {"request": signed(typ="at+jwt")}),
    ("expired", {"request": signed(exp=int(time.time()) - 60)}),
    ("exp that is no number", {"request": signed(exp="never")}),
    ("not valid yet", {"request": signed(nbf=int(time.time()) + DAY)}),
    ("another audience", {"request": signed(aud="https://other.example")}),
    ("another issuer", {"request": signed(iss="rp")}),
    ("another client_id", {"request": signed(client_id="rp")}),
    ("another response_type", {"request": signed(response_type="token")}),
    ("an assertion's sub", {"request": signed(sub="signer")}),
    ("an object in the object", {"request": signed(request="x")}),
    ("a number for a text", {"request": signed(state=5)}),
    ("a letter no text has", {"request": signed(state="\0")}),
    ("half a letter", {"request": signed(state="\ud800")}),
]


@pytest.mark.parametrize(("_what", "changes"), BAD, ids=[name for name, _ in BAD])
def test_a_bad_object_is_refused(browser: Browser, _what: str, changes: dict[str, Any]) -> None:
    answer = ask(browser, **changes)
    assert answer["error"] == "invalid_request_object"
    assert (answer["state"], answer["iss"]) == ("st4te", ISSUER)


@pytest.mark.parametrize(
    "request_object",
    [
        signed(),
        signed(typ="oauth-authz-req+jwt"),
        signed(typ="JWT", iss="signer", aud=ISSUER, client_id="signer", response_type="code"),
        signed(aud=["https://other.example", ISSUER], nbf=1, iat=1, exp=int(time.time()) + DAY),
        signed(unheard_of={"a": 1}),
    ],
)
def test_a_good_object_is_taken(browser: Browser, request_object: str) -> None:
    assert ask(browser, request=request_object)["error"] == GOOD


def later(seconds: int) -> int:
    return int(clock.now().timestamp()) + seconds


TAKEN: dict[str, Maker] = {
    "all it needs": strict,
    "an hour": lambda: strict(nbf=later(-5), exp=later(3590)),
    "of the last hour": lambda: strict(iat=later(-3500), nbf=later(-3500), exp=later(60)),
    "more audiences": lambda: strict(aud=[ISSUER, "https://other.example"]),
}
NOT_TAKEN: dict[str, Maker] = {
    "no iss": lambda: strict(iss=None),
    "no aud": lambda: strict(aud=None),
    "no exp": lambda: strict(exp=None),
    "another iss": lambda: strict(iss="rp"),
    "the token endpoint as aud": lambda: strict(aud=f"{ISSUER}/token"),
    "over an hour": lambda: strict(exp=later(3700)),
    "over an hour since nbf": lambda: strict(nbf=later(-60), exp=later(3550)),
    "ten years": lambda: strict(exp=later(10 * 365 * DAY)),
    "valid for ten years": lambda: strict(nbf=later(-10 * 365 * DAY)),
    "made ten years ago": lambda: strict(iat=later(-10 * 365 * DAY)),
    "made tomorrow": lambda: strict(iat=later(DAY)),
    "valid tomorrow": lambda: strict(nbf=later(DAY)),
    "a text for iat": lambda: strict(iat="now"),
}


@pytest.mark.parametrize("make", TAKEN.values(), ids=TAKEN)
def test_an_object_that_says_whose_it_is_and_ends_within_an_hour_is_taken(
    browser: Browser, make: Maker
) -> None:
    """F6: the control of what follows."""
    assert ask(browser, "strict", request=make())["error"] == GOOD


@pytest.mark.parametrize("make", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_any_other_object_is_refused_unless_the_client_is_an_older_one(
    browser: Browser, documents: Documents, make: Maker
) -> None:
    """F6: pushed, by value and behind a `request_uri` alike."""
    assert ask(browser, "strict", request=make())["error"] == "invalid_request_object"
    uri = documents.put("/strict", make())
    assert ask(browser, "strict", request_uri=uri)["error"] == "invalid_request_object"
    pushed = {"client_id": "strict", "request": make()}
    answer = browser.client.post("/par", data=pushed, headers=basic("strict", SECRET))
    assert answer.json()["error"] == "invalid_request_object"


@pytest.mark.parametrize("changes", [{"iss": None}, {"aud": None}, {"exp": None}, {"iat": 1}])
def test_an_older_client_may_leave_it_out(browser: Browser, changes: dict[str, Any]) -> None:
    """F6: what OpenID Connect Core 6.1 says SHOULD be there, and what its clients sign for long."""
    for_long = {"iss": "signer", "exp": later(10 * 365 * DAY), **changes}
    assert ask(browser, "signer", request=strict(**for_long))["error"] == GOOD
    assert ask(browser, "strict", request=strict(**{**for_long, "iss": "strict"}))["error"] != GOOD


def test_the_registered_algorithm_alone_is_taken(browser: Browser) -> None:
    assert ask(browser, "es", request=signed(EC, "ES256"))["error"] == GOOD
    refused = ask(browser, "es", request=signed(RSA, "RS256"))
    assert refused["error"] == "invalid_request_object"


def test_a_client_without_keys_sends_no_object(browser: Browser) -> None:
    assert ask(browser, "rp", request=signed())["error"] == "invalid_request_object"
    assert "code" in ask(browser, "rp")


def test_the_object_cannot_send_anybody_astray(browser: Browser) -> None:
    refused = browser.authorize(
        client_id="signer", request=signed(redirect_uri="https://evil.example/")
    )
    assert refused.status_code == 400
    assert "location" not in refused.headers
    without = browser.authorize(client_id="signer", request=unsigned(), redirect_uri=None)
    assert without.status_code == 400


def test_request_and_request_uri_exclude_each_other(browser: Browser, documents: Documents) -> None:
    both = ask(browser, "keeper", request=signed(), request_uri=f"{documents.url}/object")
    assert both["error"] == "invalid_request"


@pytest.mark.asvs("13.2.4", "13.2.5")
def test_a_request_uri_is_fetched_when_it_is_registered(
    browser: Browser, documents: Documents
) -> None:
    uri = documents.put("/object", signed(state="inside"))
    assert ask(browser, "keeper", request_uri=uri)["state"] == "inside"
    assert ask(browser, "keeper", request_uri=f"{uri}#hash")["state"] == "inside"
    other = documents.put("/other", signed())
    documents.asked.clear()
    for client_id, foreign in (("keeper", other), ("signer", uri), ("keeper", f"{uri}?x")):
        refused = ask(browser, client_id, request_uri=foreign)
        assert refused["error"] == "invalid_request_uri"
    assert documents.asked == []


def test_a_request_uri_that_answers_nothing_usable(browser: Browser, documents: Documents) -> None:
    for body, status, error in (
        (signed(), 404, "invalid_request_uri"),
        ("ơ", 200, "invalid_request_uri"),
        (unsigned(), 200, "invalid_request_object"),
        (signed(), 200, GOOD),
    ):
        uri = documents.put("/object", body, status=status)
        assert ask(browser, "keeper", request_uri=uri)["error"] == error


def test_keys_behind_an_address_are_fetched_anew_for_an_unknown_one_but_not_always(
    shared_world: World, browser: Browser, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("idp.relying_parties.client_keys.time.monotonic", lambda: now[0])
    documents.put("/jwks", json.dumps(KeySet([EC]).as_dict(private=False)))
    documents.asked.clear()
    for _ in range(2):
        assert ask(browser, "remote", request=signed(EC))["error"] == GOOD
    assert documents.asked == ["/jwks"]
    documents.put("/jwks", json.dumps(JWKS))
    for _ in range(3):
        refused = ask(browser, "remote", request=signed(RSA, "RS256"))
        assert refused["error"] == "invalid_request_object"
    assert documents.asked == ["/jwks"], "once a minute at most"
    now[0] += 61
    assert ask(browser, "remote", request=signed(RSA, "RS256"))["error"] == GOOD
    documents.put("/jwks", "no keys", status=500)
    now[0] += 61
    assert ask(browser, "remote", request=signed(STRANGER))["error"] == "invalid_request_object"
    assert ask(browser, "remote", request=signed(EC))["error"] == GOOD, "those at hand stay"
    now[0] += 86_400
    refused = ask(browser, "remote", request=signed(EC))
    assert refused["error"] == "invalid_request_object", "for a day"


def test_no_connection_is_held_while_fetching(
    shared_world: World, browser: Browser, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, held = documents.put("/object", signed()), []
    client = shared_world.part.outbound
    fetch = client.get

    def get(url: str) -> bytes:
        held.append(shared_world.engine.pool.checkedout())  # type: ignore[attr-defined]
        body: bytes = fetch(url)
        return body

    monkeypatch.setattr(client, "get", get)
    assert ask(browser, "keeper", request_uri=uri)["error"] == GOOD
    assert held == [0]


def test_an_interaction_says_nothing_of_the_object(world: World) -> None:
    world.party(jwks=JWKS)
    _, page = page_of(world.browser().authorize(request=strict(iss="rp", redirect_uri=REDIRECT)))
    assert page == "identifier"
