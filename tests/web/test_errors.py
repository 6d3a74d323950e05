"""Two renderers, one error id, nothing of the input."""

import re

import pytest
from starlette.testclient import TestClient

REPORTS_PER_MINUTE = 60
ERROR_ID = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/number?n=hunter2", 400), ("/crash", 500)]
)
@pytest.mark.asvs("16.5.1")
def test_a_person_sees_a_page_with_an_error_id(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert ERROR_ID.search(answer.text)
    assert "hunter2" not in answer.text.partition("<main")[2]
    assert answer.text.count("<h1>") == 1


@pytest.mark.asvs("16.5.1")
def test_a_program_gets_oauth_json_and_the_wrong_method_says_which_is_right(
    client: TestClient,
) -> None:
    answer = client.get("/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"] == "invalid_request"
    assert ERROR_ID.search(answer.json()["error_description"])
    crash = client.get("/crash", headers={"accept": "application/json"})
    assert crash.json()["error"] == "server_error"


def test_the_page_speaks_the_person_s_language(client: TestClient) -> None:
    vietnamese = client.get("/nowhere")
    english = client.get("/nowhere", headers={"accept-language": "en"})
    assert "<h1>Không tìm thấy trang</h1>" in vietnamese.text
    assert "<h1>Page not found</h1>" in english.text


@pytest.mark.asvs("16.3.4")
def test_what_crashed_is_logged_without_the_values_it_quoted(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.get("/crash")
    log = capsys.readouterr().out
    assert "RuntimeError" in log
    assert "hunter2" not in log


@pytest.mark.asvs("16.3.2")
def test_every_code_on_a_page_can_be_looked_up_but_that_of_an_overload(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr(
        "idp.web.errors._report", lambda _request, failure, code: kept.update({code: failure.kind})
    )
    for path in ("/nowhere", "/number?n=x", "/crash"):
        code = ERROR_ID.search(client.get(path).text.partition("error-id")[2])
        assert code
        assert code[0] in kept
    assert list(kept.values()) == ["address.unknown", "input.unreadable", "crash"]


def test_rubbish_fills_no_table(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[str] = []
    monkeypatch.setattr(
        "idp.web.errors._report", lambda _request, failure, _id: reported.append(failure.kind)
    )
    for _ in range(REPORTS_PER_MINUTE + 20):
        assert client.get("/number?n=x").status_code == 400
        assert client.get("/nowhere").status_code == 404
    client.get("/crash")
    for kind in ("input.unreadable", "address.unknown"):
        assert REPORTS_PER_MINUTE <= reported.count(kind) < REPORTS_PER_MINUTE + 20
    assert reported[-1] == "crash"
