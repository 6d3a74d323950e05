"""Whatever a stranger sends, every endpoint answers with less than 500 (hypothesis)."""

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from idp.oidc.authlib.authentication import ASSERTION_TYPE
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.scopes import granted_scopes, is_service
from idp.relying_parties.scopes import SCOPE_CLAIMS, released_claims
from tests.oidc.conftest import CHALLENGE, SECRET, VERIFIER, Browser, World, basic, parameters
from tests.oidc.test_checks import party

MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["openid", "profile", "offline_access", "service:", "service:1.000001"])
SCOPE = st.lists(NAMES | st.text(max_size=12), max_size=6).map(" ".join)
CLAIM = st.sampled_from(["acr", "sub", "name", "auth_time", "email"]) | st.text(max_size=6)
ASKED = st.fixed_dictionaries(
    {},
    optional={"essential": JSON, "value": JSON, "values": JSON},
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "id_token": st.dictionaries(CLAIM, st.none() | ASKED | JSON, max_size=3),
        "userinfo": st.dictionaries(CLAIM, st.none() | ASKED | JSON, max_size=3) | JSON,
    },
)
HEADER = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["ES256", "RS256", "HS256", "none"]) | JSON,
        "kid": JSON,
        "typ": st.sampled_from(["JWT", "at+jwt"]) | JSON,
        "crit": JSON,
        "b64": JSON,
        "jwk": JSON,
        "zip": JSON,
        "enc": JSON,
    },
)

PATHS = (
    *("/authorize", "/token", "/userinfo", "/revoke", "/introspect", "/end_session", "/par"),
    "/register",
)
TYPES = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data", "")
GRANTS = {
    "assertion": {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"},
    "subject_token": {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "audience": "rp",
    },
}


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


JWT = st.tuples(
    HEADER.map(segment) | st.binary(max_size=20).map(segment),
    st.fixed_dictionaries({}, optional={"sub": st.just("rp") | JSON, "exp": JSON}).map(segment),
    st.binary(max_size=64).map(segment),
).map(".".join)


@pytest.fixture(scope="module")
def browser(shared_world: World) -> Browser:
    """Someone signed in who agreed, at a provider that knows `rp` and the signing `signer`."""
    return shared_world.someone()


@MANY
@given(scope=SCOPE)
def test_any_scope(browser: Browser, scope: str) -> None:
    answer = browser.get("/authorize", params={**parameters(), "scope": scope})
    assert answer.status_code < 500
    machine = browser.token(grant_type="client_credentials", scope=scope)
    assert machine.status_code in (200, 400)


@MANY
@given(claims=CLAIMS.map(json.dumps) | JSON.map(json.dumps) | st.text(max_size=60))
def test_any_claims(browser: Browser, claims: str) -> None:
    asked = {**parameters(), "claims": claims}
    assert browser.get("/authorize", params=asked).status_code < 500


@MANY
@given(raw=st.binary(max_size=60), is_encoded=st.booleans())
def test_any_basic_header(browser: Browser, raw: bytes, is_encoded: bool) -> None:
    shown = base64.b64encode(raw) if is_encoded else raw.translate(None, b"\r\n\0").strip()
    for scheme in (b"Basic ", b"basic ", b"Bearer ", b""):
        for path in ("/token", "/revoke", "/introspect", "/par"):
            answer = browser.client.post(
                path,
                data={"grant_type": "client_credentials", "token": "x"},
                headers=[(b"authorization", scheme + shown)],
            )
            assert answer.status_code in (400, 401), answer.text
            assert answer.json()["error"] in ("invalid_client", "invalid_request")


@MANY
@given(token=JWT)
@pytest.mark.asvs("16.5.3")
def test_any_jwt_anywhere(browser: Browser, token: str) -> None:
    post, rp = browser.client.post, basic("rp", SECRET)
    assertion = {"client_assertion": token, "client_assertion_type": ASSERTION_TYPE}
    for grant in ("client_credentials", "refresh_token"):
        answer = post("/token", data={"grant_type": grant, **assertion})
        assert answer.status_code == 401
    for name in ("assertion", "subject_token"):
        assert post("/token", data={**GRANTS[name], name: token}, headers=rp).status_code == 400
    assert post("/par", data={**parameters(), "request": token}, headers=rp).status_code == 400
    assert browser.userinfo(token).status_code == 401
    proven = {"Authorization": f"DPoP {token}", "DPoP": token}
    assert browser.get("/userinfo", headers=proven).status_code in (400, 401)
    form = {"grant_type": "client_credentials"}
    assert post("/token", data=form, headers={**rp, "DPoP": token}).status_code == 400
    assert post("/introspect", data={"token": token}, headers=rp).json() == {"active": False}
    assert post("/revoke", data={"token": token}, headers=rp).status_code == 200
    for name in ("request", "id_token_hint"):
        answer = browser.get("/authorize", params={**parameters(), name: token})
        assert answer.status_code < 500
    assert browser.get("/end_session", params={"id_token_hint": token}).status_code < 500


@MANY
@given(body=st.dictionaries(st.sampled_from(list(parameters())), st.binary(max_size=30)))
def test_any_bytes_in_a_form(browser: Browser, body: dict[str, bytes]) -> None:
    encoded = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in body.items())
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in PATHS:
        assert browser.client.post(path, content=encoded, headers=form).status_code < 500


@MANY
@given(body=st.binary(max_size=80), content_type=st.sampled_from(TYPES) | st.text(max_size=20))
def test_any_bytes_as_a_body(browser: Browser, body: bytes, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode().translate(None, b"\r\n\0").strip())]
    for path in PATHS:
        answer = browser.client.post(path, content=body, headers=headers)
        assert answer.status_code < 500


@MANY
@given(verifier=st.text(max_size=140) | st.text("abc-._~", min_size=43, max_size=128))
@example(verifier=VERIFIER + "\n")
@example(verifier=VERIFIER[:-1])
@example(verifier=CHALLENGE)
def test_no_other_verifier_redeems_a_code(browser: Browser, verifier: str) -> None:
    answer = browser.redeem(browser.code(), code_verifier=verifier)
    is_unreadable = "\0" in verifier
    assert answer.status_code == 400
    assert answer.json()["error"] == ("invalid_request" if is_unreadable else "invalid_grant")


@given(scope=SCOPE)
def test_nothing_is_granted_but_what_was_asked_and_is_known(scope: str) -> None:
    asked = AuthorizationRequest.read(parameters(scope=scope))
    granted = granted_scopes(asked, party(grant_types=("authorization_code",)))
    assert set(granted) <= set(scope.split())
    assert all(one in SCOPE_CLAIMS or is_service(one) for one in granted)
    assert "offline_access" not in granted
    assert len(released_claims(granted)) >= granted.count("openid")
