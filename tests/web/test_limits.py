"""Only so much of a request is read."""

import pytest
from starlette.testclient import TestClient

from idp.settings.server import ServerSettings
from idp.web.limits import MAX_HEADERS, MAX_TARGET
from tests.web.conftest import make_client


@pytest.mark.parametrize(
    "target",
    ["/form%", "/form%zz", "/form%00", "/form%ff", "/query?a=%", "/query?a=%00", "/query?%c0%80=1"],
)
def test_an_unreadable_address_is_refused(client: TestClient, target: str) -> None:
    assert client.get(target).status_code == 400


def test_a_long_address_is_refused(client: TestClient) -> None:
    assert client.get("/query?a=" + "x" * 1000).status_code == 200
    assert client.get("/query?a=" + "x" * MAX_TARGET).status_code == 414


def test_long_headers_are_refused(client: TestClient) -> None:
    assert client.get("/form", headers={"x": "x" * 1000}).status_code == 200
    assert client.get("/form", headers={"x": "x" * MAX_HEADERS}).status_code == 431


@pytest.mark.asvs("5.2.1")
def test_a_large_body_is_refused_declared_or_streamed() -> None:
    client = make_client(server=ServerSettings(max_body_bytes=1000))
    form = {"content-type": "application/x-www-form-urlencoded"}

    def streamed(size: int) -> int:
        parts = (b"a" * 100 for _ in range(size // 100))
        return client.post("/token", content=parts, headers=form).status_code

    assert client.post("/token", data={"a": "x" * 900}).status_code == 200
    assert client.post("/token", data={"a": "x" * 1001}).status_code == 413
    assert (streamed(100), streamed(1100)) == (200, 413)
    odd = client.post("/token", content=b"a=1", headers={**form, "content-length": "x"})
    assert odd.status_code == 400


@pytest.mark.parametrize("name", ["Host", "Authorization", "Content-Type"])
def test_a_header_that_is_one_thing_is_not_sent_twice(client: TestClient, name: str) -> None:
    """C2: what a proxy adds beside a client's own; which of two was meant nobody can tell."""
    form = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "Basic eA==")]
    sent = [("Host", "testserver"), *form]
    body = b"a=1"
    value = dict(sent)[name]
    assert client.post("/token", content=body, headers=sent).status_code == 200
    for again in (value, "another"):
        twice = client.post("/token", content=body, headers=[*sent, (name, again)])
        assert twice.status_code == 400
    several = [*sent, ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "203.0.113.8")]
    assert client.post("/token", content=body, headers=several).status_code == 200
