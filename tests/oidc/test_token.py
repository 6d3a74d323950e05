"""/token: what is refused, beside what passes; what dies with what."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.mandates.models import Mandate
from idp.oidc.authlib.build import GRANTS
from idp.people.models import Person, PersonStatus
from idp.sessions.end import end_session
from tests.oidc.conftest import (
    ALL_SCOPES,
    ISSUER,
    REDIRECT,
    SECRET,
    VERIFIER,
    Browser,
    World,
    answer_of,
    basic,
    page_of,
)

CODE_FIELDS = {
    "grant_type": "authorization_code",
    "redirect_uri": REDIRECT,
    "code_verifier": VERIFIER,
}


def signed_in(world: World, **party: Any) -> tuple[Person, Browser]:
    """Someone signed in who agreed to everything with the client `rp`."""
    registered, person, browser = world.party(**party), world.person(), world.browser()
    world.consent(person, registered)
    browser.sign_in(person)
    return person, browser


def offline_code(browser: Browser) -> str:
    """A code for offline access, after the consent page was shown again."""
    asked = {"scope": ALL_SCOPES, "prompt": "consent", "max_age": "600"}
    interaction_id, _ = page_of(browser.authorize(**asked))
    with transaction(browser.world.engine) as db:
        decide_consent(db, interaction_id=interaction_id, allowed=True)
    return answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]


def offline_tokens(browser: Browser) -> dict[str, Any]:
    """A token response with a refresh token."""
    response = browser.redeem(offline_code(browser))
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


def test_every_advertised_grant_is_an_authlib_grant() -> None:
    for grant in GRANTS:
        assert any(base.__module__.startswith("authlib.") for base in grant.__mro__)


@pytest.mark.asvs("10.4.2", "16.3.3")
def test_a_code_cannot_be_redeemed_twice_and_its_tokens_die(world: World) -> None:
    _, browser = signed_in(world)
    code = browser.code()
    access_token = browser.redeem(code).json()["access_token"]
    assert browser.userinfo(access_token).status_code == 200
    replay = browser.redeem(code)
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert browser.userinfo(access_token).status_code == 401
    assert [row.reason for row in world.events("code.refused")] == ["replayed"]


@pytest.mark.parametrize(
    "fault",
    [
        {"code_verifier": "w" * 50},
        {"code_verifier": "short"},
        {"code_verifier": None},
        {"redirect_uri": "https://rp.example/other"},
        {"redirect_uri": None},
    ],
)
@pytest.mark.asvs("10.4.6")
def test_a_fault_of_its_own_client_spends_the_code(
    shared_world: World, fault: dict[str, Any]
) -> None:
    browser = shared_world.someone()
    code = browser.code()
    refused = browser.redeem(code, **fault)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert refused.headers["cache-control"] == "no-store"
    assert browser.redeem(code).json()["error"] == "invalid_grant"
    assert browser.redeem(browser.code()).status_code == 200
    assert shared_world.events("code.refused")[-2].reason == "mismatch"
    assert shared_world.events("code.refused")[-1].reason == "replayed"


def test_another_clients_attempt_leaves_the_code_to_its_owner(world: World) -> None:
    _, browser = signed_in(world)
    other = world.party("other")
    code = browser.code()
    stolen = browser.redeem(code, client_id="other")
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    (row,) = world.events("code.refused")
    assert (row.reason, row.relying_party_id) == ("foreign", other.id)
    assert browser.redeem(code).status_code == 200


@pytest.mark.asvs("10.4.3")
def test_a_code_expires_and_dies_with_its_session_and_its_person(world: World) -> None:
    person, browser = signed_in(world)
    code = browser.code()
    with clock.shifted(timedelta(seconds=61)):
        assert browser.redeem(code).json()["error"] == "invalid_grant"
    sid = browser.sign_in(person)
    code = browser.code()
    with transaction(world.engine) as db:
        end_session(db, sid=sid)
    assert browser.redeem(code).json()["error"] == "invalid_grant"
    browser.sign_in(person)
    code = browser.code()
    with transaction(world.engine) as db:
        db.execute(update(Person).values(status=PersonStatus.SUSPENDED))
    assert browser.redeem(code).json()["error"] == "invalid_grant"


@pytest.mark.asvs("7.6.1")
def test_online_tokens_die_with_the_session_offline_ones_with_the_credentials(
    world: World,
) -> None:
    _, browser = signed_in(world)
    online = browser.redeem(browser.code()).json()
    assert "refresh_token" not in online
    offline = offline_tokens(browser)
    with transaction(world.engine) as db:
        end_session(db, sid=world.session_of(online["id_token"]))
    assert browser.userinfo(online["access_token"]).status_code == 401
    assert browser.userinfo(offline["access_token"]).status_code == 200
    with transaction(world.engine) as db:
        db.execute(update(Person).values(credentials_epoch=Person.credentials_epoch + 1))
    assert browser.userinfo(offline["access_token"]).status_code == 401
    refused = browser.token(grant_type="refresh_token", refresh_token=offline["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"


@pytest.mark.asvs("10.4.5")
def test_a_refresh_token_rotates_and_its_reuse_revokes_the_family(world: World) -> None:
    _, browser = signed_in(world, backchannel_logout_uri="https://rp.example/ended")
    first = offline_tokens(browser)
    response = browser.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert response.status_code == 200, response.text
    second = response.json()
    before, after = (world.verify(tokens["id_token"]).claims for tokens in (first, second))
    for claim in ("iss", "sub", "aud", "auth_time", "sid", "acr"):
        assert before[claim] == after[claim]
    assert "nonce" in before
    assert "nonce" not in after
    assert second["refresh_token"] != first["refresh_token"]
    assert browser.userinfo(second["access_token"]).status_code == 200

    reuse = browser.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (reuse.status_code, reuse.json()["error"]) == (400, "invalid_grant")
    assert browser.userinfo(second["access_token"]).status_code == 401
    last = browser.token(grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert last.json()["error"] == "invalid_grant"
    assert world.events("grant.revoked")[0].reason == "refresh_token_reused"


def test_a_refresh_token_is_its_clients_and_spent_only_on_success(world: World) -> None:
    _, browser = signed_in(world)
    world.party("other")
    token = offline_tokens(browser)["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    assert browser.token(client_id="other", **fields).json()["error"] == "invalid_grant"
    assert browser.token(scope="openid address", **fields).json()["error"] == "invalid_scope"
    narrowed = browser.token(scope="openid", **fields).json()
    assert narrowed["scope"] == "openid"
    assert browser.userinfo(narrowed["access_token"]).json().keys() == {"sub"}
    fields["refresh_token"] = narrowed["refresh_token"]
    assert "profile" in browser.token(**fields).json()["scope"]


@pytest.mark.asvs("10.4.8")
def test_a_refresh_token_unused_for_long_dies(world: World) -> None:
    _, browser = signed_in(world)
    token = offline_tokens(browser)["refresh_token"]
    with clock.shifted(world.settings.tokens.refresh_lifetime + timedelta(seconds=1)):
        refused = browser.token(grant_type="refresh_token", refresh_token=token)
    assert refused.json()["error"] == "invalid_grant"


def test_offline_access_needs_the_consent_page(world: World) -> None:
    _, browser = signed_in(world)
    tokens = browser.redeem(browser.code(scope=ALL_SCOPES)).json()
    assert "refresh_token" not in tokens
    assert "offline_access" not in tokens["scope"]


def test_tokens_for_an_organization_end_with_the_representation(world: World) -> None:
    person, browser = signed_in(world)
    organization = world.organization(person)
    interaction_id, _ = page_of(browser.authorize(scope="openid organization"))
    world.choose(interaction_id, organization)
    world.agree(interaction_id)
    code = answer_of(browser.get(f"/authorize/resume/{interaction_id}"))["code"]
    access_token = browser.redeem(code).json()["access_token"]
    today = world.settings.country.today
    with transaction(world.engine) as db:
        db.execute(update(Mandate).values(ended_on=today + timedelta(days=1)))
    assert browser.userinfo(access_token).status_code == 200
    with transaction(world.engine) as db:
        db.execute(update(Mandate).values(ended_on=today))
    assert browser.userinfo(access_token).status_code == 401


@pytest.mark.asvs("9.2.4")
def test_access_tokens_follow_rfc_9068(world: World) -> None:
    person, browser = signed_in(world)
    token = world.verify(browser.redeem(browser.code(max_age="600")).json()["access_token"])
    assert token.header["typ"] == "at+jwt"
    assert token.header["alg"] == "ES256"
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (ISSUER, ISSUER, "rp")
    assert claims["sub"] == person.id.hex
    assert claims["exp"] - claims["iat"] == 600
    assert {"jti", "scope", "auth_time", "acr", "amr"} <= claims.keys()


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_id_tokens_are_signed_as_registered(world: World, alg: str) -> None:
    _, browser = signed_in(world, id_token_signed_response_alg=alg)
    token = world.verify(browser.redeem(browser.code()).json()["id_token"])
    assert token.header["alg"] == alg


@pytest.mark.asvs("10.4.11")
def test_client_credentials_give_a_machine_token_for_registered_scopes(world: World) -> None:
    world.party()
    browser = world.browser()
    for _ in range(3):
        response = browser.token(grant_type="client_credentials")
        assert response.status_code == 200, response.text
    tokens = response.json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == "reports.write"
    claims = world.verify(tokens["access_token"]).claims
    assert claims["sub"] == claims["client_id"] == "rp"
    assert len(world.events("client_credentials.issued")) <= 2
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    for scope in ("openid", "reports.write reports.read"):
        refused = browser.token(grant_type="client_credentials", scope=scope)
        assert refused.json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    ("headers", "fields", "status", "error"),
    [
        (basic("rp", "wrong"), {}, 401, "invalid_client"),
        (basic("rp", ""), {}, 401, "invalid_client"),
        (basic("nobody", SECRET), {}, 401, "invalid_client"),
        (basic("rp", "mật khẩu"), {}, 401, "invalid_client"),
        ({"Authorization": "Basic /w=="}, {}, 401, "invalid_client"),
        ({"Authorization": "Basic ???"}, {}, 401, "invalid_client"),
        ({"Authorization": "Basic"}, {}, 401, "invalid_client"),
        ({"Authorization": "Bearer abc"}, {}, 401, "invalid_client"),
        (basic("rp", SECRET), {"client_id": "other"}, 401, "invalid_client"),
        ({}, {"client_id": "rp", "client_secret": SECRET}, 200, None),
        ({}, {"client_id": "rp", "client_secret": "wrong"}, 401, "invalid_client"),
        ({}, {"client_id": "rp"}, 401, "invalid_client"),
        ({}, {}, 401, "invalid_client"),
        (basic("rp", SECRET), {"client_secret": SECRET}, 400, "invalid_request"),
        (basic("rp", SECRET), {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (basic("rp", SECRET), {"grant_type": ""}, 400, "unsupported_grant_type"),
        (basic("rp", SECRET), {"grant_type": "authorization_code"}, 400, "invalid_request"),
        (basic("rp", SECRET), {}, 200, None),
    ],
)
@pytest.mark.asvs("10.4.4", "10.4.10")
def test_a_client_authenticates_in_one_of_its_ways(
    shared_world: World,
    headers: dict[str, str],
    fields: dict[str, str],
    status: int,
    error: str | None,
) -> None:
    sent = {"grant_type": "client_credentials", **fields}
    response = shared_world.browser().client.post("/token", data=sent, headers=headers)
    assert (response.status_code, response.json().get("error")) == (status, error)
    if status == 401:
        assert ("www-authenticate" in response.headers) == ("Authorization" in headers)
        assert response.headers["cache-control"] == "no-store"


def test_other_ways_of_client_authentication_work_for_those_registered_so(world: World) -> None:
    person, browser = world.person(), world.browser()
    posting = world.party("posting", token_endpoint_auth_method="client_secret_post")
    native = world.party(
        "native",
        application_type="native",
        token_endpoint_auth_method="none",
        client_secret_hash=None,
        redirect_uris=["http://127.0.0.1/cb"],
    )
    for party in (posting, native):
        world.consent(person, party)
    browser.sign_in(person)
    fields = {**CODE_FIELDS, "code": browser.code(client_id="posting"), "client_id": "posting"}
    tokens = browser.client.post("/token", data={**fields, "client_secret": SECRET})
    assert tokens.status_code == 200, tokens.text

    uri = "http://127.0.0.1:45678/cb"
    interaction_id, _ = page_of(browser.authorize(client_id="native", redirect_uri=uri))
    world.agree(interaction_id)
    location = browser.get(f"/authorize/resume/{interaction_id}").headers["location"]
    code = location.split("code=")[1].split("&")[0]
    fields = {**CODE_FIELDS, "code": code, "client_id": "native", "redirect_uri": uri}
    assert browser.client.post("/token", data=fields).status_code == 200
    machine = browser.client.post(
        "/token", data={"grant_type": "client_credentials", "client_id": "native"}
    )
    assert machine.json()["error"] == "invalid_client"


@pytest.mark.asvs("10.4.4")
def test_a_grant_type_that_is_not_registered_is_unauthorized(world: World) -> None:
    world.party(grant_types=["authorization_code"])
    refused = world.browser().token(grant_type="client_credentials")
    assert refused.json()["error"] == "unauthorized_client"


def test_what_cannot_be_read_is_refused_in_json(shared_world: World) -> None:
    client = shared_world.browser().client
    form = {"content-type": "application/x-www-form-urlencoded", **basic("rp", SECRET)}
    for body in (
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"grant_type=client_credentials&scope=%ff",
        b"grant_type=client_credentials&scope=%00",
    ):
        refused = client.post("/token", content=body, headers=form)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    as_json = client.post("/token", json={"grant_type": "client_credentials"})
    assert as_json.status_code == 415
    assert client.get("/token").status_code == 405


def test_a_secret_of_any_characters_is_refused_like_any_wrong_one(world: World) -> None:
    world.party(token_endpoint_auth_method="client_secret_post")
    fields = {"grant_type": "client_credentials", "client_id": "rp", "client_secret": "\ud7ff🔑"}
    assert world.browser().client.post("/token", data=fields).json()["error"] == "invalid_client"


@pytest.mark.asvs("16.3.2")
def test_a_refused_request_of_a_known_client_is_journaled_without_what_was_sent(
    world: World,
) -> None:
    world.party()
    browser = world.browser()
    assert browser.redeem("unknown-code").status_code == 400
    assert browser.token(grant_type="client_credentials", secret="not-it").status_code == 401
    assert browser.token(grant_type="client_credentials", scope="nonsense").status_code == 400
    assert browser.token(client_id="nobody", grant_type="client_credentials").status_code == 401
    rows = world.events("token.refused")
    assert [row.reason for row in rows] == ["invalid_grant", "invalid_client", "invalid_scope"]
    assert rows[0].data == {
        "description": "No such code was issued, or it is long gone.",
        "grant_type": "authorization_code",
    }
    assert all(row.relying_party_id for row in rows)
    assert "not-it" not in str([row.data for row in rows])


def test_refused_requests_cannot_fill_the_journal(world: World) -> None:
    _, browser = signed_in(world)
    other = world.party("other")
    browser.token(grant_type="client_credentials")
    world.change(refusals=Ration(5, seconds=lambda: 60.0))
    code = browser.code()
    for _ in range(20):
        browser.redeem("unknown-code")
        browser.redeem(code, client_id="other")
        browser.token(grant_type="client_credentials", scope="nonsense")
    for row in world.events("token.refused") + world.events("code.refused"):
        assert row.counted is False
    assert len(world.events("token.refused")) <= 10
    foreign = world.events("code.refused")
    assert 1 <= len(foreign) <= 5
    assert {row.relying_party_id for row in foreign} == {other.id}
    browser.redeem(code)
    for _ in range(10):
        assert browser.redeem(code).status_code == 400
    assert [row.reason for row in world.events("code.refused")].count("replayed") <= 6
