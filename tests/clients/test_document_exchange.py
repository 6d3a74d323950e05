"""The sample of two agencies: what the ministry's service accepts, and what the city's asks for."""

import importlib
import re
import time
from types import ModuleType
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from tests.clients.conftest import Provider
from tests.clients.test_samples import sign_in

pytestmark = pytest.mark.parametrize("sample_name", ["document-exchange"], indirect=True)

AUDIENCE = "http://testserver/documents"
SCOPE = "service:1.020002"


def access_token(provider: Provider, *, typ: str = "at+jwt", **changes: Any) -> str:
    claims = {"iss": provider.issuer, "aud": AUDIENCE, "exp": int(time.time()) + 60, **changes}
    header = {"alg": "ES256", "kid": "1", "typ": typ}
    return jwt.encode(header, claims, provider.signing_key or provider.key)


def introspected(**changes: Any) -> dict[str, Any]:
    """What the provider says of a good token."""
    act = {"sub": "city", "act": {"sub": "counter"}}
    usual = {"active": True, "aud": AUDIENCE, "sub": "s9", "scope": SCOPE, "act": act}
    return {**usual, "acr": "LoA2", **changes}


@pytest.fixture
def documents(sample: ModuleType) -> TestClient:
    """The ministry's service."""
    assert sample
    return TestClient(importlib.import_module("documents").app)


def fetch(documents: TestClient, token: str) -> Any:
    return documents.get(
        "/documents/residence", headers={"Authorization": f"Bearer {token}"} if token else {}
    )


@pytest.mark.asvs("10.3.3")
def test_a_good_token_gets_a_document_that_names_person_and_callers(
    documents: TestClient, provider: Provider
) -> None:
    provider.introspection = introspected()
    answer = fetch(documents, access_token(provider))
    assert answer.status_code == 200
    document = answer.json()
    assert (document["subject"], document["actors"]) == ("s9", ["city", "counter"])
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "https://other.example"},
        {"exp": int(time.time()) - 60},
        {"typ": "JWT"},
    ],
    ids=" ".join,
)
@pytest.mark.asvs("9.2.3", "10.3.1")
def test_a_token_for_something_else_gets_nothing(
    documents: TestClient, provider: Provider, changes: dict[str, Any]
) -> None:
    provider.introspection = introspected()
    answer = fetch(documents, access_token(provider, **changes))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert fetch(documents, access_token(provider)).status_code == 200
    provider.signing_key = ECKey.generate_key("P-256", {"kid": "1"})
    assert fetch(documents, access_token(provider)).status_code == 401


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ({"active": False}, 401),
        (introspected(active="true"), 401),
        (introspected(aud="https://other.example"), 401),
        (introspected(act=None), 401),
        (introspected(cnf={"jkt": "k"}), 401),
        (introspected(scope="profile"), 403),
        (introspected(), 200),
    ],
)
@pytest.mark.asvs("10.3.1", "10.3.2")
def test_the_provider_has_the_last_word(
    documents: TestClient, provider: Provider, found: dict[str, Any], status: int
) -> None:
    provider.introspection = found
    assert fetch(documents, access_token(provider)).status_code == status


def test_without_a_token_only_that_one_is_needed(documents: TestClient) -> None:
    answer = fetch(documents, "")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_the_city_exchanges_for_one_purpose_and_keeps_no_token(
    sample: ModuleType, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = TestClient(sample.app)
    page = sign_in(browser, provider)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    assert browser.post("/document", data={"csrf": "guess"}).status_code == 403
    asked: list[dict[str, list[str]]] = []
    answer = provider.answer

    def note(path: str, form: dict[str, list[str]]) -> dict[str, Any]:
        if path != "/token":
            return answer(path, form)
        asked.append(form)
        return {"error": "invalid_target"}

    monkeypatch.setattr(provider, "answer", note)
    refused = browser.post("/document", data={"csrf": csrf})
    assert (refused.status_code, "invalid_target" in refused.text) == (502, True)
    (form,) = asked
    assert form["subject_token"] == ["a"]
    assert form["scope"] == [SCOPE]
    assert form["audience"] == [sample.DOCUMENTS]
