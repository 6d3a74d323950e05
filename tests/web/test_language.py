"""Vietnamese or English."""

import html
import re

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from idp.web.language import apply_ui_locales, language_of
from idp.web.links import is_local_return


def request_with(client: TestClient, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "app": client.app, "headers": raw, "path": "/"})


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("fr, vi;q=0.5, en;q=0.9", "en"),
        ("fr", "vi"),
        ("en;q=x, vi;q=0.1", "vi"),
        ("en;q=nan", "vi"),
        (",;;q=1,=", "vi"),
    ],
)
def test_the_browser_s_preference_decides(client: TestClient, accepted: str, language: str) -> None:
    assert language_of(request_with(client, accept_language=accepted)) == language


def test_a_choice_beats_the_browser_and_ui_locales_beat_the_choice(client: TestClient) -> None:
    request = request_with(client, accept_language="vi", cookie="language_8000=en")
    assert language_of(request) == "en"
    apply_ui_locales(request, "fr vi-VN en")
    assert language_of(request) == "vi"
    apply_ui_locales(request, "fr xx")
    assert language_of(request) == "vi"
    assert language_of(request_with(client, cookie="language_8000=xx")) == "vi"


def test_the_link_changes_the_language_and_returns(client: TestClient) -> None:
    page = client.get("/nowhere?a=1&b=%26")
    assert 'lang="vi"' in page.text
    found = re.search(r'class="language"\s+href="([^"]+)"', page.text)
    assert found
    link = html.unescape(found[1])
    back = client.get(link, follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, "/nowhere?a=1&b=%26")
    assert '<html lang="en">' in client.get(back.headers["location"]).text


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/%0a/../" + "\n",
        "javascript:alert(1)",
        "",
        "evil",
        "/é",
    ],
)
@pytest.mark.asvs("1.2.2", "3.7.2")
def test_it_returns_nowhere_else(client: TestClient, target: str) -> None:
    assert not is_local_return(target)
    answer = client.get("/language", params={"to": "en", "return": target}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_local_targets_are_local() -> None:
    assert is_local_return("/account/activity?page=2#last")
    assert is_local_return("/a?return=https%3A%2F%2Fb")
