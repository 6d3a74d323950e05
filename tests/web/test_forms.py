"""Forms and queries are read strictly."""

import pytest
from starlette.testclient import TestClient

from idp.web.forms import MAX_VALUE, parse
from idp.web.refusals import RequestRefused


def test_a_well_formed_form_is_read() -> None:
    assert parse(b"ten=Nguy%E1%BB%85n+V%C4%83n&rong=&a=%26") == {
        "ten": "Nguyễn Văn",
        "rong": "",
        "a": "&",
    }


@pytest.mark.asvs("1.1.1")
def test_what_was_encoded_twice_is_decoded_once() -> None:
    assert parse(b"a=%2527%253Cb%253E&c=%25zz") == {"a": "%27%3Cb%3E", "c": "%zz"}


@pytest.mark.parametrize(
    "encoded",
    [
        b"a=1&a=2",
        b"a=1&%61=2",
        b"a=%",
        b"a=%zz",
        b"a=%ff",
        b"a=%ed%a0%80",
        b"a=%00",
        b"a\x00=1",
        b"a=" + b"x" * (MAX_VALUE + 1),
        b"x" * 101 + b"=1",
        b"&".join(b"f%d=1" % n for n in range(101)),
    ],
    ids=lambda encoded: encoded[:12].decode("latin-1"),
)
@pytest.mark.asvs("15.3.7")
def test_what_is_not_a_plain_form_is_refused(encoded: bytes) -> None:
    with pytest.raises(RequestRefused) as refusal:
        parse(encoded)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "a/b;"],
)
def test_only_the_form_content_type_is_accepted(client: TestClient, content_type: str) -> None:
    refused = client.post("/token", content=b"a=1", headers={"content-type": content_type})
    accepted = client.post("/token", data={"a": "1"})
    assert (refused.status_code, accepted.status_code) == (415, 200)
    assert accepted.json() == {"a": "1"}


@pytest.mark.asvs("15.3.7")
def test_duplicate_query_parameters_are_refused(client: TestClient) -> None:
    assert client.get("/query?a=1&b=2").json() == {"a": "1", "b": "2"}
    assert client.get("/query?a=1&a=1").status_code == 400


@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8"])
def test_no_body_is_no_fields_whatever_type_it_has(client: TestClient, content_type: str) -> None:
    """C13: an odd but legal request; HTTP clients name a type by habit, with nothing after it."""
    empty = client.post("/token", content=b"", headers={"content-type": content_type})
    assert (empty.status_code, empty.json()) == (200, {})
    assert (
        client.post("/token", content=b"{}", headers={"content-type": content_type}).status_code
        == 415
    )
