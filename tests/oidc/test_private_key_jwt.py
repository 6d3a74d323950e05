"""`private_key_jwt` (RFC 7523): what is accepted, and each thing that is not, beside it."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from httpx2 import Response
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from idp.kit import clock
from idp.kit.http import GuardedClient
from idp.kit.secrets import new_token
from idp.oidc.authlib.authentication import ASSERTION_TYPE
from tests.oidc.conftest import ISSUER, SECRET, Browser, World, basic
from tests.oidc.fifty import statuses_of_fifty
from tests.oidc.test_token import CODE_FIELDS
from tests.support.postgres import Database
from tests.support.statements import statements

RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
STRANGER = ECKey.generate_key("P-256", parameters={"kid": "ec"})
FOR_ENCRYPTION = ECKey.generate_key("P-256", parameters={"kid": "enc"})
JWKS = {
    "keys": [
        *(key.as_dict(private=False) for key in (RSA, EC)),
        {**FOR_ENCRYPTION.as_dict(private=False), "use": "enc"},
    ]
}


class _Any(JWSRegistry):
    """Signs with whatever a test wants, and warns of nothing."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


_ANY = _Any()
Maker = Callable[[], str]


def assertion(
    key: Any = EC, *, alg: str = "ES256", header: dict[str, Any] | None = None, **changes: Any
) -> str:
    """An assertion of the client `signer`; `None` leaves a claim out."""
    now = int(clock.now().timestamp())
    claims = {"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": new_token(), "exp": now + 60}
    claims = {n: v for n, v in {**claims, "iat": now, **changes}.items() if v is not None}
    kid = {"kid": key.kid} if key.kid else {}
    registry = _ANY if not header or "crit" not in header else None
    return jwt.encode({"alg": alg, **kid, **(header or {})}, claims, key, registry=registry)


def by_public_key() -> str:
    """HMAC under the PEM of the client's public key, with which verifiers have been fooled."""
    payload = assertion().split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').decode().rstrip("=")
    signed = f"{header}.{payload}"
    digest = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def fields_of(assertion: str, **changes: str) -> dict[str, str]:
    return {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE, **changes}


def machine(browser: Browser, assertion: str, **changes: str) -> Response:
    fields = {"grant_type": "client_credentials", **fields_of(assertion, **changes)}
    return browser.client.post("/token", data=fields)


def in_seconds(seconds: int) -> int:
    return int(clock.now().timestamp()) + seconds


@pytest.fixture(scope="module")
def signer(shared_world: World) -> Browser:
    shared_world.party(
        "signer",
        token_endpoint_auth_method="private_key_jwt",
        client_secret_hash=None,
        jwks=JWKS,
    )
    return shared_world.browser()


@pytest.mark.parametrize(
    "make",
    [
        assertion,
        lambda: assertion(RSA, alg="RS256"),
        lambda: assertion(RSA, alg="PS256"),
        lambda: assertion(iat=None, nbf=in_seconds(5)),
        lambda: assertion(exp=in_seconds(300)),
        lambda: assertion(header={"typ": "client-authentication+jwt"}),
    ],
)
def test_a_fresh_assertion_of_the_client_is_accepted(signer: Browser, make: Maker) -> None:
    answer = machine(signer, make())
    assert answer.status_code == 200, answer.text


def test_an_assertion_is_read_once(signer: Browser) -> None:
    """For the name in it and for its signature alike; a control, so that it is counted."""
    for fields, times in ((fields_of(assertion()), 1), ({"client_id": "signer"}, 0)):
        with patch.object(jws, "extract_compact", wraps=jws.extract_compact) as read:
            asked = {"grant_type": "client_credentials", **fields}
            status = signer.client.post("/token", data=asked).status_code
        assert (status, read.call_count) == (200 if times else 401, times)


REFUSED: dict[str, Maker] = {
    "another's key": lambda: assertion(STRANGER),
    "a key kept for encryption": lambda: assertion(FOR_ENCRYPTION),
    "another audience": lambda: assertion(aud="https://other.example"),
    "an audience of more than us": lambda: assertion(aud=[ISSUER, "https://other.example"]),
    "the token endpoint as audience": lambda: assertion(aud=f"{ISSUER}/token"),
    "a list with the issuer": lambda: assertion(aud=[ISSUER]),
    "a list of our addresses": lambda: assertion(aud=[ISSUER, f"{ISSUER}/token"]),
    "no audience": lambda: assertion(aud=None),
    "an empty audience": lambda: assertion(aud=[]),
    "the audience with a slash": lambda: assertion(aud=f"{ISSUER}/"),
    "another issuer": lambda: assertion(iss="rp"),
    "another subject": lambda: assertion(sub="rp"),
    "expired": lambda: assertion(exp=in_seconds(-60)),
    "good for too long": lambda: assertion(exp=in_seconds(3600)),
    "no end": lambda: assertion(exp=None),
    "an end that is text": lambda: assertion(exp=str(in_seconds(60))),
    "not yet valid": lambda: assertion(nbf=in_seconds(120)),
    "issued in the future": lambda: assertion(iat=in_seconds(120)),
    "no jti": lambda: assertion(jti=None),
    "an empty jti": lambda: assertion(jti=""),
    "a jti that is a number": lambda: assertion(jti=7),
    "an algorithm not offered": lambda: assertion(RSA, alg="RS512"),
    "another token's type": lambda: assertion(header={"typ": "oauth-authz-req+jwt"}),
    "the public key as a secret": by_public_key,
    "unsigned": lambda: assertion().rsplit(".", 1)[0] + ".",
    "altered": lambda: assertion()[:-6] + "AAAAAA",
    "no JWT": lambda: "not.a.jwt",
    "not ASCII": lambda: "ă.ă.ă",
    "five parts": lambda: "a.b.c.d.e",
    "a list": lambda: ".".join([base64.urlsafe_b64encode(b"[]").decode()] * 3),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.asvs("9.1.3", "9.2.1", "9.2.3")
def test_any_other_assertion_is_invalid_client(signer: Browser, make: Maker) -> None:
    answer = machine(signer, make())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert machine(signer, assertion()).status_code == 200


def test_an_assertion_is_accepted_once_at_every_endpoint(signer: Browser) -> None:
    post = signer.client.post
    for path, more in (
        ("/token", {"grant_type": "client_credentials"}),
        ("/introspect", {"token": "x"}),
        ("/revoke", {"token": "x"}),
    ):
        sent = {**fields_of(assertion()), **more}
        assert post(path, data=sent).status_code == 200
        again = post(path, data=sent)
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    for path in ("/introspect", "/revoke"):
        assert post(path, data={**sent, **fields_of("a.b.c")}).status_code == 401


def test_an_assertion_is_spent_by_a_request_that_is_then_refused(signer: Browser) -> None:
    sent = assertion()
    fields = {"grant_type": "client_credentials", "scope": "unknown", **fields_of(sent)}
    assert signer.client.post("/token", data=fields).json()["error"] == "invalid_scope"
    assert machine(signer, sent).status_code == 401


def test_exactly_the_registered_method_is_accepted(signer: Browser) -> None:
    post, grant = signer.client.post, {"grant_type": "client_credentials"}
    by_secret_client = assertion(iss="rp", sub="rp")
    assert machine(signer, by_secret_client).status_code == 401
    assert post("/token", data=grant, headers=basic("signer", "")).status_code == 401
    assert post("/token", data={**grant, "client_id": "signer"}).status_code == 401
    both = {**grant, **fields_of(assertion())}
    answer = post("/token", data=both, headers=basic("rp", SECRET))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert machine(signer, assertion(), client_id="rp").status_code == 401
    assert machine(signer, assertion(), client_assertion_type="jwt").status_code == 401
    assert machine(signer, assertion(), client_id="signer").status_code == 200


@pytest.mark.asvs("9.1.2")
def test_a_registered_algorithm_is_the_only_one(signer: Browser) -> None:
    signer.world.party(
        "only-ps",
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="PS256",
        client_secret_hash=None,
        jwks=JWKS,
    )
    own = {"iss": "only-ps", "sub": "only-ps"}
    assert machine(signer, assertion(RSA, alg="PS256", **own)).status_code == 200
    assert machine(signer, assertion(RSA, alg="RS256", **own)).status_code == 401


def test_a_signing_client_redeems_codes_and_introspects_within_budget(world: World) -> None:
    party = world.party(
        token_endpoint_auth_method="private_key_jwt", client_secret_hash=None, jwks=JWKS
    )
    person, browser = world.person(), world.browser()
    world.consent(person, party)
    browser.sign_in(person)
    own = {"iss": "rp", "sub": "rp"}

    def token(**fields: str) -> Response:
        return browser.client.post("/token", data={**fields_of(assertion(**own)), **fields})

    redeemed = token(**CODE_FIELDS, code=browser.code())
    assert redeemed.status_code == 200, redeemed.text
    fields = {**fields_of(assertion(**own)), "token": redeemed.json()["access_token"]}
    with statements(world.engine) as sent:
        answer = browser.client.post("/introspect", data=fields)
    assert answer.json()["active"] is True
    assert len(sent) <= 2, sent
    assert [token(grant_type="client_credentials").status_code for _ in range(3)] == [200] * 3
    assert len(world.events("client_credentials.issued")) == 1


def test_keys_behind_an_address_are_fetched_once_for_a_new_kid(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def get(_client: GuardedClient, uri: str) -> bytes:
        fetched.append(uri)
        return json.dumps(JWKS).encode()

    monkeypatch.setattr(GuardedClient, "get", get)
    world.party(
        token_endpoint_auth_method="private_key_jwt",
        client_secret_hash=None,
        jwks_uri="https://rp.example/keys",
    )
    own, browser = {"iss": "rp", "sub": "rp"}, world.browser()
    assert machine(browser, assertion(**own)).status_code == 200
    assert machine(browser, assertion(RSA, alg="RS256", **own)).status_code == 200
    stranger = ECKey.generate_key("P-256", parameters={"kid": "unknown"})
    assert machine(browser, assertion(stranger, **own)).status_code == 401
    assert fetched == ["https://rp.example/keys"]


def test_of_fifty_threads_with_one_jti_one_wins(world: World, database: Database) -> None:
    world.party(token_endpoint_auth_method="private_key_jwt", client_secret_hash=None, jwks=JWKS)
    fields = {"grant_type": "client_credentials", **fields_of(assertion(iss="rp", sub="rp"))}
    assert statuses_of_fifty(world, database, fields) == [200] + [401] * 49
