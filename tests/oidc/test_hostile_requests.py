"""Whatever a stranger sends, every endpoint answers with less than 500 (hypothesis)."""

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.oidc.bridge.assertion import ASSERTION_TYPE
from tests.oidc.conftest import SECRET, Browser, World, basic, parameters

MANY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
        for path in ("/token", "/revoke", "/introspect"):
            answer = browser.client.post(
                path,
                data={"grant_type": "client_credentials", "token": "x"},
                headers=[(b"authorization", scheme + shown)],
            )
            assert answer.status_code in (400, 401), answer.text


@MANY
@given(token=JWT)
def test_any_jwt_anywhere(browser: Browser, token: str) -> None:
    post, rp = browser.client.post, basic("rp", SECRET)
    assertion = {"client_assertion": token, "client_assertion_type": ASSERTION_TYPE}
    for grant in ("client_credentials", "refresh_token"):
        answer = post("/token", data={"grant_type": grant, **assertion})
        assert answer.status_code == 401
    assert browser.userinfo(token).status_code == 401
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
    for path in ("/authorize", "/token", "/userinfo", "/revoke", "/introspect", "/end_session"):
        answer = browser.client.post(path, content=encoded, headers=form)
        assert answer.status_code < 500
