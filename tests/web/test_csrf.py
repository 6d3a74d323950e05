"""Only our own pages, in the same browser, may post our forms."""

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import make_client


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_our_own_form_is_accepted(client: TestClient, site: str | None) -> None:
    token = client.get("/form").json()["csrf"]
    headers = {"sec-fetch-site": site, "origin": "null"} if site else {}
    answer = client.post("/form", data={"csrf_token": token, "a": "1"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"a": "1"})


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
@pytest.mark.asvs("3.5.1")
def test_a_post_from_another_site_is_refused_even_with_the_token(
    client: TestClient, site: str
) -> None:
    token = client.get("/form").json()["csrf"]
    answer = client.post("/form", data={"csrf_token": token}, headers={"sec-fetch-site": site})
    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["", "0" * 64, "é", None])
@pytest.mark.asvs("3.5.1")
def test_a_form_without_the_token_is_refused(client: TestClient, token: str | None) -> None:
    client.get("/form")
    assert client.post("/form", data={"csrf_token": token} if token else {}).status_code == 403


@pytest.mark.asvs("3.5.1")
def test_a_token_shown_to_another_browser_is_refused(client: TestClient) -> None:
    foreign = make_client().get("/form").json()["csrf"]
    client.get("/form")
    assert client.post("/form", data={"csrf_token": foreign}).status_code == 403


def test_what_people_type_is_kept_in_one_spelling(client: TestClient) -> None:
    """B7: NFC in the fields of our pages; a protocol endpoint's are as they were sent."""
    token = client.get("/form").json()["csrf"]
    apart = {"a": "Bo\u0323\u0302 Kie\u0302\u0309m thu\u031b\u0309"}
    assert client.post("/form", data={"csrf_token": token, **apart}).json() == {"a": "Bộ Kiểm thử"}
    assert client.post("/form", data={"csrf_token": token, "a": "Bộ"}).json() == {"a": "Bộ"}
    assert client.post("/token", data=apart).json() == apart
