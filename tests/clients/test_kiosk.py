"""The kiosk asks as it is told to, shows nobody whose tokens are not in order, and forgets."""

import re
import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from tests.clients.conftest import CLIENT_ID, Provider

pytestmark = pytest.mark.parametrize("sample_name", ["kiosk"], indirect=True)


@dataclass
class Phone:
    """What the provider says of the person's decision, and the forms that the kiosk sent it."""

    error: str = "authorization_pending"
    forms: dict[str, dict[str, list[str]]] = field(default_factory=dict)


@pytest.fixture
def phone(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """A person who has not decided yet."""
    phone, answer = Phone(), provider.answer

    def decide(path: str, form: dict[str, list[str]]) -> dict[str, Any]:
        phone.forms[path] = form
        if path == "/device_authorization":
            told = {"device_code": "d", "user_code": "BCDF-GHJK", "interval": 0, "expires_in": 60}
            return told | {"verification_uri": f"{provider.issuer}/device"}
        if path == "/token" and phone.error:
            return {"error": phone.error}
        return answer(path, form)

    monkeypatch.setattr(provider, "answer", decide)
    return phone


@pytest.fixture
def screen(sample: ModuleType, phone: Phone) -> TestClient:
    """The kiosk's browser, while a code is shown."""
    screen = TestClient(sample.app)
    assert "BCDF-GHJK" in press(screen, sample, "begin").text
    return screen


def press(screen: TestClient, sample: ModuleType, button: str) -> Any:
    return screen.post(f"/{button}", data={"csrf": sample.screen.csrf})


def test_who_allows_it_is_greeted_and_forgotten(
    screen: TestClient, sample: ModuleType, phone: Phone
) -> None:
    assert "BCDF-GHJK" in screen.get("/").text
    phone.error = ""
    assert "Trần Văn An" in screen.get("/").text
    assert screen.post("/finish", data={"csrf": "guess"}).status_code == 200
    assert "Trần Văn An" in screen.get("/").text
    assert "Trần Văn An" not in press(screen, sample, "finish").text
    assert phone.forms["/token"]["device_code"] == ["d"]
    assert phone.forms["/revocation"]["token"] == ["a"]


@pytest.mark.parametrize(
    ("error", "words", "names_its_code"),
    [
        ("access_denied", "từ chối trên điện thoại", False),
        ("expired_token", "Mã đã hết hạn", True),
    ],
)
def test_a_refusal_ends_the_asking(
    screen: TestClient, phone: Phone, error: str, words: str, names_its_code: bool
) -> None:
    phone.error = error
    page = screen.get("/").text
    assert words in page
    assert (f"<code>{error}</code>" in page) is names_its_code, "who said no needs no code"
    assert "BCDF-GHJK" not in page


def test_a_provider_that_is_asked_too_often_is_asked_later(
    screen: TestClient, sample: ModuleType, phone: Phone
) -> None:
    phone.error = "slow_down"
    before = time.monotonic()
    assert "BCDF-GHJK" in screen.get("/").text
    assert sample.screen.asking.next_poll >= before + 5
    phone.error = ""
    assert "BCDF-GHJK" in screen.get("/").text


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://other.example"}, {"aud": "other"}, {"exp": int(time.time()) - 3600}, {}],
    ids=" ".join,
)
def test_a_spoiled_id_token_shows_nobody(
    screen: TestClient, phone: Phone, provider: Provider, claims: dict[str, Any]
) -> None:
    phone.error, provider.claims = "", claims
    page = screen.get("/").text
    assert ("Trần Văn An" in page, "invalid_id_token" in page) == (not claims, bool(claims))


def test_a_foreign_signature_shows_nobody(
    screen: TestClient, phone: Phone, provider: Provider
) -> None:
    phone.error, provider.signing_key = "", ECKey.generate_key("P-256", {"kid": "1"})
    assert "invalid_id_token" in screen.get("/").text


def test_a_kiosk_without_a_secret_names_itself_in_the_form(
    screen: TestClient, sample: ModuleType, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "client_id" not in phone.forms["/device_authorization"]
    monkeypatch.setattr(sample.provider, "client_secret", "")
    press(screen, sample, "begin")
    phone.error = ""
    assert "Trần Văn An" in screen.get("/").text
    press(screen, sample, "finish")
    for path in ("/device_authorization", "/token", "/revocation"):
        assert phone.forms[path]["client_id"] == [CLIENT_ID]


def test_an_address_that_is_none_has_a_page_that_leads_back(
    sample: ModuleType, screen: TestClient
) -> None:
    """F1: it answered in bare JSON; the screen is what it was in a moment."""
    page = screen.get("/nowhere")
    assert page.status_code == 404
    assert "Không có trang này" in page.text
    assert page.headers["refresh"].endswith("url=/")
    assert "BCDF-GHJK" not in page.text
    assert "BCDF-GHJK" in screen.get("/").text


def test_the_code_is_a_picture_and_a_short_address_too(screen: TestClient, phone: Phone) -> None:
    """C6: nobody types more than they must; giving up is the second choice."""
    page = screen.get("/").text
    assert '<img class="qr" src="data:image/svg+xml' in page
    assert re.search(r'id="verification-uri" href="https?://[^"]+">[^/:<]+(:\d+)?/device<', page)
    assert 'class="button quiet" name="finish"' in page


def test_the_screen_tells_whether_it_shows_something_else(
    screen: TestClient, sample: ModuleType, phone: Phone
) -> None:
    """A8: what is shown is loaded anew only when it is other than it was, script or not."""
    page = screen.get("/")
    shown = re.search(r'data-state="([^"]*)"', page.text)
    assert shown
    assert "refresh" not in page.headers
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert screen.get("/watch.js").status_code == 200
    assert "script-src 'self'; connect-src 'self'" in page.headers["content-security-policy"]
    assert screen.get("/state").json() == {"state": shown[1], "left": 0}
    phone.error = ""
    told = screen.get("/state").json()
    assert told["state"] != shown[1]
    assert told["left"] > 0


def test_whoever_needs_longer_gets_it_ten_times(
    screen: TestClient, sample: ModuleType, phone: Phone
) -> None:
    """A8 (WCAG 2.2.1)."""
    phone.error = ""
    assert "Thêm 60 giây" in screen.get("/").text
    before, state = sample.screen.leaves, screen.get("/state").json()["state"]
    assert screen.post("/more", data={"csrf": "guess"}).status_code == 200
    assert sample.screen.leaves == before
    press(screen, sample, "more")
    assert sample.screen.leaves == before + sample.VISIT
    assert screen.get("/state").json()["state"] != state
    for _ in range(20):
        page = press(screen, sample, "more").text
    assert sample.screen.leaves == before + sample.MOST_MORE * sample.VISIT
    assert "Thêm 60 giây" not in page
