"""/par (RFC 9126): what is pushed, checked there, opened at /authorize, and spent once."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import func, select, update

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.oidc.requests.authorization import PUSHED_PREFIX
from idp.tokens.models import AuthorizationCode, PushedRequest
from tests.oidc.conftest import (
    CHALLENGE,
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
from tests.oidc.test_private_key_jwt import EC, JWKS, assertion, fields_of
from tests.oidc.test_request_objects import signed, strict
from tests.support.documents import serve_documents
from tests.support.statements import statements


def push(
    browser: Browser, *, client_id: str = "rp", secret: str = SECRET, **changes: Any
) -> Response:
    """POST /par with usual parameters, by client_secret_basic."""
    fields = parameters(**{"client_id": client_id, **changes})
    return browser.client.post("/par", data=fields, headers=basic(client_id, secret))


def pushed(browser: Browser, **changes: Any) -> str:
    answer = push(browser, **changes)
    assert answer.status_code == 201, answer.text
    handle: str = answer.json()["request_uri"]
    return handle


def open_it(browser: Browser, handle: str, client_id: str = "rp", **beside: str) -> Response:
    asked = {"client_id": client_id, "request_uri": handle, **beside}
    return browser.get("/authorize", params=asked)


def error_of(response: Response) -> str:
    assert response.status_code == 400, response.text
    assert response.headers["cache-control"] == "no-store"
    error: str = response.json()["error"]
    return error


def expire(world: World, handle: str) -> None:
    with transaction(world.engine) as db:
        db.execute(
            update(PushedRequest)
            .where(PushedRequest.handle_hash == token_hash(handle))
            .values(expires_at=clock.now() - timedelta(seconds=1))
        )


def test_a_push_is_answered_with_a_handle_for_a_minute_or_so(shared_world: World) -> None:
    answer = push(shared_world.browser())
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert body.keys() == {"request_uri", "expires_in"}
    assert body["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert len(body["request_uri"].removeprefix(PUSHED_PREFIX)) >= 22, "128 bits"
    assert 60 <= body["expires_in"] <= 90


def test_what_is_pushed_is_asked_and_nothing_beside_it(shared_world: World) -> None:
    browser = shared_world.someone()
    handle = pushed(browser, state="pushed")
    beside = {"state": "beside", "redirect_uri": "https://evil.example/", "scope": "phone"}
    answer = answer_of(open_it(browser, handle, **beside, request="x"))
    assert (answer["state"], answer["iss"]) == ("pushed", ISSUER)
    tokens = browser.redeem(answer["code"]).json()
    assert tokens["scope"] == "openid profile"
    assert shared_world.verify(tokens["id_token"]).claims["nonce"] == "n0nce"


def test_the_verifier_of_what_was_pushed_is_asked_for(shared_world: World) -> None:
    browser = shared_world.someone()
    for verifier in (None, "w" * 50):
        code = answer_of(open_it(browser, pushed(browser)))["code"]
        assert error_of(browser.redeem(code, code_verifier=verifier)) == "invalid_grant"
    code = answer_of(open_it(browser, pushed(browser)))["code"]
    assert browser.redeem(code).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": f"{PUSHED_PREFIX}x"}, "invalid_request"),
        ({"request_uri": "https://rp.example/object"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": f"{REDIRECT}/other"}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid service:9.999999"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"claims": "["}, "invalid_request"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"state": "s" * 5000}, "invalid_request"),
        ({"request": signed()}, "invalid_request_object"),
    ],
)
def test_every_check_of_the_authorization_endpoint_runs_at_the_push(
    shared_world: World, changes: dict[str, Any], error: str
) -> None:
    browser = shared_world.browser()
    assert error_of(push(browser, **changes)) == error
    assert push(browser).status_code == 201


@pytest.mark.asvs("10.4.10")
def test_the_client_authenticates_as_it_does_for_tokens(shared_world: World) -> None:
    browser = shared_world.browser()
    assert push(browser).status_code == 201
    refused = push(browser, secret="wrong")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"].startswith("Basic")
    for fields in ({}, {"client_secret": "wrong"}, {"client_assertion": "x"}):
        sent = browser.client.post("/par", data={**parameters(), **fields})
        assert sent.json()["error"] in ("invalid_client", "invalid_request")
        assert sent.status_code in (400, 401)
    both = browser.client.post(
        "/par", data={**parameters(), "client_secret": SECRET}, headers=basic("rp", SECRET)
    )
    assert error_of(both) == "invalid_request"


def test_a_public_client_pushes_by_its_name(shared_world: World) -> None:
    shared_world.party(
        "native",
        token_endpoint_auth_method="none",
        application_type="native",
        client_secret_hash=None,
    )
    client = shared_world.browser().client
    assert client.post("/par", data=parameters(client_id="native")).status_code == 201
    assert client.post("/par", data=parameters(client_id="rp")).status_code == 401


def test_other_methods_types_and_sizes_are_refused(shared_world: World) -> None:
    client = shared_world.browser().client
    for response, status in (
        (client.get("/par"), 405),
        (client.put("/par"), 405),
        (client.post("/par", json=parameters(), headers=basic("rp", SECRET)), 415),
        (client.post("/par", content="a=1&a=2", headers=_form()), 400),
        (client.post("/par", content=f"a={'x' * 70_000}", headers=_form()), 413),
    ):
        assert response.status_code == status
        assert response.json()["error"] == "invalid_request"


def _form() -> dict[str, str]:
    return {**basic("rp", SECRET), "Content-Type": "application/x-www-form-urlencoded"}


def test_a_handle_opens_for_its_client_while_it_is_fresh(shared_world: World) -> None:
    shared_world.party("other")
    browser = shared_world.someone()
    handle, late = pushed(browser), pushed(browser)
    expire(shared_world, late)
    for refused in (
        open_it(browser, handle, "other"),
        open_it(browser, f"{PUSHED_PREFIX}unknown"),
        open_it(browser, f"{handle}x"),
        open_it(browser, late),
        open_it(browser, late, redirect_uri=REDIRECT, response_type="code", scope="openid"),
        browser.get("/authorize", params={"request_uri": handle}),
    ):
        assert refused.status_code == 400
        assert "location" not in refused.headers
        assert "<h1" in refused.text
    assert "code" in answer_of(open_it(browser, handle))


def test_loading_the_page_spends_nothing_and_one_code_comes_of_it(world: World) -> None:
    party, person = world.party(), world.person()
    first, second = world.browser(), world.browser("b" * 30)
    handle = pushed(first)
    ids = [page_of(open_it(browser, handle))[0] for browser in (first, first, second)]
    assert len(set(ids)) == 3
    expire(world, handle)  # whoever types slowly is not told to begin again
    for browser in (first, second):
        browser.sign_in(person, ago=timedelta(0))
    world.consent(person, party)
    winner = answer_of(first.get(f"/authorize/resume/{ids[0]}"))
    assert "code" in winner
    for browser, interaction_id in ((first, ids[1]), (second, ids[2])):
        loser = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))
        assert (loser["error"], loser["state"]) == ("invalid_request_uri", "st4te")
    with transaction(world.engine) as db:
        assert db.scalar(select(func.count()).select_from(AuthorizationCode)) == 1
    assert [row.reason for row in world.outcomes()] == [None, *["invalid_request_uri"] * 2]
    assert first.redeem(winner["code"]).status_code == 200


def test_a_spent_handle_opens_nothing(shared_world: World) -> None:
    browser = shared_world.someone()
    handle = pushed(browser)
    assert "code" in answer_of(open_it(browser, handle))
    again = open_it(browser, handle)
    assert again.status_code == 400
    assert "location" not in again.headers


def test_a_refusal_spends_nothing(shared_world: World) -> None:
    handle = pushed(shared_world.browser(), prompt="none")
    refused = answer_of(open_it(shared_world.browser(), handle))
    assert refused["error"] == "login_required"
    assert "code" in answer_of(open_it(shared_world.someone(), handle))


def test_a_handle_may_be_posted(shared_world: World) -> None:
    browser = shared_world.someone()
    asked = {"client_id": "rp", "request_uri": pushed(browser)}
    stored = browser.client.post("/authorize", data=asked)
    assert "code" in answer_of(browser.get(stored.headers["location"]))


def test_a_client_that_must_push_is_refused_elsewhere(shared_world: World) -> None:
    shared_world.party("strict", require_pushed_authorization_requests=True)
    browser = shared_world.browser()
    refused = answer_of(browser.authorize(client_id="strict", prompt="none"))
    assert refused["error"] == "invalid_request"
    handle = pushed(browser, client_id="strict", prompt="none")
    assert answer_of(open_it(browser, handle, "strict"))["error"] == "login_required"


def test_nobody_says_that_a_request_was_pushed(shared_world: World) -> None:
    """The mark of a pushed request is no parameter, in a query or in an object."""
    shared_world.party("marked", require_pushed_authorization_requests=True, jwks=JWKS)
    browser = shared_world.browser()
    mark = "00" * 32
    for beside in ({"pushed_as": mark}, {"request": strict(EC, iss="marked", pushed_as=mark)}):
        asked = {**parameters(client_id="marked", prompt="none"), **beside}
        refused = answer_of(browser.get("/authorize", params=asked))
        assert refused["error"] == "invalid_request"


def test_nothing_readable_is_kept(world: World) -> None:
    world.party()
    handle = pushed(world.browser(), login_hint="079123456789")
    with transaction(world.engine) as db:
        row = db.scalars(select(PushedRequest)).one()
    assert row.handle_hash == token_hash(handle)
    assert b"079123456789" not in row.parameters_encrypted
    assert CHALLENGE.encode() not in row.parameters_encrypted
    interaction_id, _ = page_of(open_it(world.browser(), handle))
    with transaction(world.engine) as db:
        kept = db.get_one(Interaction, interaction_id)
    assert kept.login_hint_encrypted is not None, "the hint reaches the sign-in pages"
    assert handle not in str(kept.parameters)


def test_an_object_says_everything_and_what_stands_beside_it_nothing(world: World) -> None:
    party = world.party("signer", jwks=JWKS)
    person, browser = world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    inside = parameters(client_id="signer", state="inside", nonce=None)
    good = signed(EC, iss="signer", aud=ISSUER, exp=int(time.time()) + 60, **inside)
    handle = pushed(browser, client_id="signer", request=good, state="beside", nonce="beside")
    answer = answer_of(open_it(browser, handle, "signer"))
    assert answer["state"] == "inside"
    claims = world.verify(
        browser.redeem(answer["code"], client_id="signer").json()["id_token"]
    ).claims
    assert "nonce" not in claims
    lacking = strict(EC, iss="signer", **{**inside, "redirect_uri": None})
    assert error_of(push(browser, client_id="signer", request=lacking)) == "invalid_request"


def test_the_keys_behind_an_address_are_fetched_for_an_object(world: World) -> None:
    key = ECKey.generate_key("P-256", parameters={"kid": "remote"})
    with serve_documents() as documents:
        uri = documents.put("/jwks", json.dumps({"keys": [key.as_dict(private=False)]}))
        world.party("remote", jwks_uri=uri)
        asked = strict(key, iss="remote", **parameters(client_id="remote"))
        assert push(world.browser(), client_id="remote", request=asked).status_code == 201


def test_a_refused_push_is_journaled_without_what_was_sent(world: World) -> None:
    world.party()
    error_of(push(world.browser(), scope="s3cret-scope"))
    [row] = world.events("push.refused")
    assert row.reason == "invalid_scope"
    assert "s3cret-scope" not in str(row.data)


def test_a_push_costs_two_statements_and_the_handle_one_more(world: World) -> None:
    world.party("signer", token_endpoint_auth_method="private_key_jwt", jwks=JWKS)
    world.party()
    browser = world.someone()

    def signed_push() -> Response:
        fields = {**parameters(client_id="signer"), **fields_of(assertion())}
        return browser.client.post("/par", data=fields)

    assert signed_push().status_code == 201
    with statements(world.engine) as sent:
        assert signed_push().status_code == 201
    assert len(sent) <= 2, sent
    browser.code()
    with statements(world.engine) as plain:
        browser.code()
    handle = pushed(browser)
    with statements(world.engine) as by_handle:
        assert "code" in answer_of(open_it(browser, handle))
    assert len(by_handle) <= len(plain) + 1, by_handle


def test_an_object_is_no_handle_and_a_handle_no_object(shared_world: World) -> None:
    handle = pushed(shared_world.browser())
    assert error_of(push(shared_world.browser(), request=handle)) == "invalid_request_object"
    token = jws.serialize_compact({"alg": "ES256"}, b"{}", EC)
    refused = open_it(shared_world.browser(), f"{PUSHED_PREFIX}{token}")
    assert refused.status_code == 400
