"""The JWT bearer grant (RFC 7523 section 2.1): whose assertion is worth a token, and for whom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from idp.kit.http import GuardedClient
from idp.kit.rationing import Ration
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.grant_types import JWT_BEARER
from idp.relying_parties.metadata import find_faults
from idp.settings.server import IssuerSettings
from tests.oidc.conftest import ISSUER, REDIRECT, SECRET, Browser, World, basic
from tests.oidc.dpop import proof
from tests.oidc.fifty import statuses_of_fifty
from tests.oidc.test_introspection import DEAD, introspect
from tests.oidc.test_private_key_jwt import JWKS, REFUSED, RSA, assertion, fields_of
from tests.support.postgres import Database
from tests.support.statements import statements

TAX = "https://tax.example/api"
Maker = Callable[[], str]


def bearer(browser: Browser, assertion: str, **changes: str) -> Response:
    fields = {"grant_type": JWT_BEARER, "assertion": assertion, **changes}
    return browser.client.post("/token", data=fields)


def error_of(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def register(world: World, client_id: str = "signer", **values: Any) -> None:
    world.party(
        client_id,
        **{
            "grant_types": ["client_credentials", JWT_BEARER],
            "jwks": JWKS,
            "resources": [TAX],
            **values,
        },
    )


@pytest.fixture(scope="module")
def signer(shared_world: World) -> Browser:
    register(shared_world)
    return shared_world.browser()


def test_a_service_gets_a_token_for_itself(signer: Browser) -> None:
    answer = bearer(signer, assertion(), resource=TAX)
    body = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert body["scope"] == "reports.write"
    assert not body.keys() & {"refresh_token", "id_token"}
    claims = signer.world.verify(body["access_token"]).claims
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("signer", "signer", TAX)
    assert not claims.keys() & {"acr", "auth_time", "grant_id", "act"}


def test_the_service_it_is_for_may_introspect_it_and_it_opens_no_userinfo(signer: Browser) -> None:
    signer.world.party("tax", audiences=[TAX])
    token = bearer(signer, assertion(), resource=TAX).json()["access_token"]
    assert introspect(signer, token, client_id="tax").json()["sub"] == "signer"
    assert introspect(signer, token, client_id="rp").json() == DEAD
    plain = bearer(signer, assertion()).json()["access_token"]
    assert signer.userinfo(plain).status_code == 401


@pytest.mark.parametrize(
    "make",
    [
        *REFUSED.values(),
        lambda: assertion(aud=f"{ISSUER}/token"),
        lambda: assertion(aud=[ISSUER, f"{ISSUER}/token"]),
        lambda: assertion(header={"typ": "client-authentication+jwt"}),
        lambda: assertion(iss="nobody", sub="nobody"),
    ],
    ids=[*REFUSED, "for /token", "for both", "of a client's authentication", "nobody's"],
)
def test_any_other_assertion_is_an_invalid_grant(signer: Browser, make: Maker) -> None:
    assert error_of(bearer(signer, make())) == (400, "invalid_grant")
    assert bearer(signer, assertion()).status_code == 200
    assert bearer(signer, assertion(RSA, alg="RS256")).status_code == 200


def test_an_assertion_is_worth_one_token_even_one_refused(signer: Browser) -> None:
    sent = assertion()
    assert bearer(signer, sent).status_code == 200
    assert error_of(bearer(signer, sent)) == (400, "invalid_grant")
    spent = assertion()
    assert error_of(bearer(signer, spent, scope="unknown")) == (400, "invalid_scope")
    assert error_of(bearer(signer, spent)) == (400, "invalid_grant")
    assert error_of(bearer(signer, "")) == (400, "invalid_request")


def test_nobody_gets_a_token_for_a_person(signer: Browser) -> None:
    person = signer.world.person()
    for sub in (person.id.hex, "rp", ""):
        assert error_of(bearer(signer, assertion(sub=sub))) == (400, "invalid_grant")
    for scope in ("openid", "profile", "offline_access"):
        assert error_of(bearer(signer, assertion(), scope=scope)) == (400, "invalid_scope")
    assert bearer(signer, assertion(), scope="reports.write").status_code == 200


def test_only_registered_resources_are_targets(signer: Browser) -> None:
    refused = bearer(signer, assertion(), resource="https://other.example/")
    assert error_of(refused) == (400, "invalid_target")
    assert bearer(signer, assertion(), resource=TAX).status_code == 200


def test_the_grant_is_registered_by_clients_with_keys(signer: Browser) -> None:
    register(signer.world, "unregistered", grant_types=["client_credentials"])
    own = {"iss": "unregistered", "sub": "unregistered"}
    assert error_of(bearer(signer, assertion(**own))) == (400, "unauthorized_client")
    issuer = IssuerSettings(url="https://id.example.gov.vn")

    def faulty(**values: Any) -> list[str]:
        usual: dict[str, Any] = {"client_name": "A", "grant_types": (JWT_BEARER,), "jwks": JWKS}
        return [f.field for f in find_faults(ClientMetadata(**{**usual, **values}), issuer=issuer)]

    assert faulty() == []
    assert faulty(jwks=None) == ["grant_types"]
    native = {"application_type": "native", "token_endpoint_auth_method": "none"}
    assert faulty(redirect_uris=(REDIRECT,), **native) == ["grant_types"]


def test_whoever_is_named_or_authenticated_besides_is_the_same_client(signer: Browser) -> None:
    fields = {"grant_type": JWT_BEARER}

    def post(client_id: str, secret: str = SECRET) -> Response:
        sent = {**fields, "assertion": assertion()}
        return signer.client.post("/token", data=sent, headers=basic(client_id, secret))

    assert post("signer").status_code == 200
    assert error_of(post("rp")) == (400, "invalid_grant")
    assert error_of(post("signer", "wrong")) == (401, "invalid_client")
    assert error_of(bearer(signer, assertion(), client_id="rp")) == (400, "invalid_grant")
    assert bearer(signer, assertion(), client_id="signer").status_code == 200
    both = {**fields_of(assertion()), "assertion": assertion()}
    assert error_of(signer.client.post("/token", data={**fields, **both})) == (
        401,
        "invalid_client",
    )
    typed = bearer(
        signer, assertion(), client_assertion_type=fields_of("")["client_assertion_type"]
    )
    assert error_of(typed) == (401, "invalid_client")


def test_a_client_that_registered_bound_tokens_shows_its_key(signer: Browser) -> None:
    register(signer.world, "bound", dpop_bound_access_tokens=True)
    own = {"iss": "bound", "sub": "bound"}
    assert error_of(bearer(signer, assertion(**own))) == (400, "invalid_request")
    fields = {"grant_type": JWT_BEARER, "assertion": assertion(**own)}
    answer = signer.client.post("/token", data=fields, headers={"DPoP": proof()}).json()
    assert answer["token_type"] == "DPoP"
    assert "jkt" in signer.world.verify(answer["access_token"]).claims["cnf"]


def test_tokens_are_journaled_once_a_minute_within_two_statements(world: World) -> None:
    register(world)
    browser = world.browser()
    bearer(browser, assertion())
    world.change(audits=Ration(1, seconds=lambda: 90))
    with statements(world.engine) as sent:
        assert bearer(browser, assertion()).status_code == 200
    assert len(sent) <= 2, sent
    assert bearer(browser, assertion()).status_code == 200
    rows = world.events("jwt_bearer.issued")
    assert [(row.counted, row.outcome, row.subject_number) for row in rows] == [
        (False, None, None)
    ] * 2
    refused = assertion(aud="https://other.example")
    bearer(browser, refused)
    (note,) = world.events("token.refused")
    assert (note.reason, note.data["grant_type"]) == ("invalid_grant", JWT_BEARER)
    assert refused not in str(note.data)


def test_keys_behind_an_address_are_fetched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GuardedClient, "get", lambda _self, _uri: json.dumps(JWKS).encode())
    register(world, jwks=None, jwks_uri="https://rp.example/keys")
    assert bearer(world.browser(), assertion()).status_code == 200


def test_of_fifty_threads_with_one_jti_one_wins(world: World, database: Database) -> None:
    register(world)
    fields = {"grant_type": JWT_BEARER, "assertion": assertion()}
    assert statuses_of_fifty(world, database, fields) == [200] + [400] * 49
