"""A page of another origin reads every answer where clients in browsers call, refusals too."""

from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from idp.oidc.endpoints import revocation, token, userinfo
from idp.oidc.endpoints.cors import CROSS_ORIGIN_PATHS
from idp.oidc.routes import router
from idp.settings import Settings
from idp.settings.server import ServerSettings
from idp.web.messages import N_
from idp.web.refusals import TooManyRequests
from tests.oidc.conftest import ISSUER, World
from tests.support.app import room_app

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGE = {"Origin": "https://rp.example"}
POSTED = ("/token", "/revoke", "/userinfo")

REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "a field twice": (400, {"headers": FORM, "content": "token=a&token=b"}),
    "no UTF-8": (400, {"headers": FORM, "content": b"token=%ff"}),
    "another method": (405, {"method": "DELETE"}),
    "too long a body": (413, {"headers": FORM, "content": b"a" * 100_000}),
    "too long an address": (414, {"params": {"a": "x" * 20_000}}),
    "JSON": (415, {"json": {}}),
    "too many headers": (431, {"headers": {"X": "x" * 40_000}}),
}


def assert_readable(answer: Response) -> None:
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("status", "sent"), REFUSED.values(), ids=list(REFUSED))
@pytest.mark.parametrize("path", POSTED)
def test_what_is_refused_before_the_handler_can_be_read(
    shared_world: World, path: str, status: int, sent: dict[str, Any]
) -> None:
    """C1: a page saw only "CORS error" and could not tell its developer why."""
    method, headers = sent.get("method", "POST"), {**PAGE, **sent.get("headers", {})}
    rest = {name: value for name, value in sent.items() if name not in ("method", "headers")}
    answer = shared_world.browser().client.request(method, path, headers=headers, **rest)
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"
    assert_readable(answer)


@pytest.mark.parametrize("path", CROSS_ORIGIN_PATHS)
def test_another_method_can_be_read_everywhere(shared_world: World, path: str) -> None:
    """C1: discovery and the key set, too."""
    answer = shared_world.browser().client.delete(path, headers=PAGE)
    assert answer.status_code == 405
    assert_readable(answer)


@pytest.mark.parametrize("path", POSTED)
def test_an_overload_can_be_read_and_its_preflight_is_let_in(settings: Settings, path: str) -> None:
    """C1: 503 with Retry-After; a preflight refused by the same overload would hide it."""
    full = ServerSettings(threads=0, queue_limit=0)
    app = room_app(settings.model_copy(update={"server": full}), router)
    client = TestClient(app, base_url=ISSUER)
    answer = client.post(path, data={"token": "a"}, headers=PAGE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert_readable(answer)
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    allowed = client.options(path, headers={**PAGE, "Access-Control-Request-Method": "POST"})
    assert allowed.status_code == 204
    assert_readable(allowed)
    assert client.post("/par").status_code == 503, "what takes a slot is refused"


@pytest.mark.parametrize(
    ("raised", "status"),
    [(TooManyRequests(N_("Wait."), retry_after=7), 429), (RuntimeError("a bug"), 500)],
    ids=["429", "500"],
)
def test_a_limit_and_a_crash_can_be_read(
    shared_world: World, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int
) -> None:
    """C1: wherever in a request it happens."""

    def fail(*args: object, **values: object) -> None:
        raise raised

    monkeypatch.setattr(token, "read_asked", fail)
    monkeypatch.setattr(revocation, "answer_client", fail)
    monkeypatch.setattr(userinfo, "_answer", fail)
    for path in POSTED:
        answer = shared_world.browser().client.post(path, data={"token": "a"}, headers=PAGE)
        assert answer.status_code == status
        assert_readable(answer)


def test_nothing_else_can_be_read(shared_world: World) -> None:
    """C1: control; neither answers nor refusals, nor what lies beside those addresses."""
    client = shared_world.browser().client
    for path in ("/authorize", "/par", "/introspect", "/device", "/token/", "/tokens", "/none"):
        for answer in (client.get(path, headers=PAGE), client.delete(path, headers=PAGE)):
            assert "access-control-allow-origin" not in answer.headers, path
