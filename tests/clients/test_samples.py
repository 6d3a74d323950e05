"""The samples sign people in, refuse every spoiled answer, and keep secrets out of the browser."""

import importlib
import re
import time
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from idp.authorization.outcomes import CLOSED
from tests.clients.conftest import Provider


def begin(browser: TestClient, provider: Provider) -> dict[str, str]:
    """Press "sign in"; the authorization request that follows."""
    response = browser.get("/sign-in", follow_redirects=False)
    assert response.status_code == 303
    query = {
        name: values[0]
        for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }
    provider.nonce = query["nonce"]
    return query


def sign_in(browser: TestClient, provider: Provider, **changes: str) -> Any:
    """A whole sign-in; `changes` spoil the authorization response."""
    query = begin(browser, provider)
    answer = {"code": "c", "state": query["state"], "iss": provider.issuer} | changes
    return browser.get("/callback", params={k: v for k, v in answer.items() if v})


@pytest.mark.asvs("10.1.2", "10.2.1")
def test_a_person_signs_in_with_pkce_state_and_nonce(
    sample: ModuleType, provider: Provider
) -> None:
    browser = TestClient(sample.app)
    query = begin(browser, provider)
    assert query["code_challenge_method"] == "S256"
    assert "service:" in query["scope"]
    page = browser.get(
        "/callback", params={"code": "c", "state": query["state"], "iss": provider.issuer}
    )
    assert page.status_code == 200
    assert "Trần Văn An" in page.text
    assert "LoA2" in page.text
    assert len(provider.verifiers[0]) >= 43


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"aud": ["sample", "other"]},
        {"exp": int(time.time()) - 3600},
        {"nonce": "other"},
        {"nonce": None},
    ],
    ids=["issuer", "audience", "two audiences", "expired", "nonce", "no nonce"],
)
@pytest.mark.asvs("10.5.1", "10.5.3", "10.5.4")
def test_a_spoiled_id_token_signs_nobody_in(
    sample: ModuleType, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    browser = TestClient(sample.app)
    page = sign_in(browser, provider)
    assert page.status_code == 400
    assert "Trần Văn An" not in browser.get("/").text


def test_a_foreign_signature_signs_nobody_in(sample: ModuleType, provider: Provider) -> None:
    provider.signing_key = ECKey.generate_key("P-256", {"kid": "1"})
    assert sign_in(TestClient(sample.app), provider).status_code == 400


@pytest.mark.asvs("10.5.2")
def test_another_persons_userinfo_signs_nobody_in(sample: ModuleType, provider: Provider) -> None:
    provider.userinfo = {"sub": "s2", "name": "Trần Văn An"}
    assert sign_in(TestClient(sample.app), provider).status_code == 400


@pytest.mark.parametrize(
    "changes", [{"state": "other"}, {"iss": "https://other.example"}, {"iss": ""}]
)
@pytest.mark.asvs("10.2.1", "10.2.2")
def test_a_spoiled_response_signs_nobody_in(
    sample: ModuleType, provider: Provider, changes: dict[str, str]
) -> None:
    assert sign_in(TestClient(sample.app), provider, **changes).status_code == 400


@pytest.mark.asvs("10.1.2")
def test_a_response_works_once_and_only_in_its_own_browser(
    sample: ModuleType, provider: Provider
) -> None:
    browser = TestClient(sample.app)
    query = begin(browser, provider)
    answer = {"code": "c", "state": query["state"], "iss": provider.issuer}
    assert TestClient(sample.app).get("/callback", params=answer).status_code == 400
    assert browser.get("/callback", params=answer).status_code == 200
    assert browser.get("/callback", params=answer).status_code == 400


def test_a_refusal_is_explained(sample: ModuleType, provider: Provider) -> None:
    page = sign_in(TestClient(sample.app), provider, code="", error="access_denied")
    assert page.status_code == 400
    assert "đã dừng" in page.text


@pytest.mark.parametrize(
    ("language", "not_open", "declined"),
    [("vi", "chưa mở cho bạn", "đã dừng"), ("en", "not open to you", "stopped signing in")],
)
@pytest.mark.parametrize("is_closed", [True, False])
def test_who_was_not_asked_is_not_told_that_they_declined(
    sample: ModuleType,
    provider: Provider,
    language: str,
    not_open: str,
    declined: str,
    is_closed: bool,
) -> None:
    """F1: an application that is not open to a person said that they had not agreed.

    The description is the provider's own sentence; any other one is not shown, and changes nothing.
    """
    known = importlib.import_module("relying_party.refused").NOT_OPEN
    assert known == CLOSED.description
    browser = TestClient(sample.app)
    browser.get(f"/language/{language}")
    description = known if is_closed else "<b>Call 113</b>"
    page = sign_in(browser, provider, code="", error="access_denied", error_description=description)
    assert (not_open in page.text, declined in page.text) == (is_closed, not is_closed)
    assert "Call 113" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/", 405)]
)
@pytest.mark.parametrize(
    ("language", "says"), [("vi", "Không có trang này"), ("en", "There is no page")]
)
def test_an_address_that_is_none_has_a_page(
    sample: ModuleType, language: str, says: str, method: str, path: str, status: int
) -> None:
    """F1: it answered in bare JSON."""
    browser = TestClient(sample.app)
    browser.get(f"/language/{language}")
    page = browser.request(method, path)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert says in page.text
    assert 'href="/"' in page.text


@pytest.mark.asvs("10.1.1")
def test_the_cookie_is_opaque_and_new_after_sign_in(sample: ModuleType, provider: Provider) -> None:
    browser = TestClient(sample.app)
    begin(browser, provider)
    before = dict(browser.cookies)
    sign_in(browser, provider)
    (name,) = before
    assert browser.cookies[name] != before[name]
    assert re.fullmatch(r"[\w-]{43}", browser.cookies[name])
    response = TestClient(sample.app).get("/sign-in", follow_redirects=False)
    assert "HttpOnly" in response.headers["set-cookie"]
    assert "SameSite=lax" in response.headers["set-cookie"]


def test_sign_out_needs_our_own_form_and_ends_both_sessions(
    sample: ModuleType, provider: Provider
) -> None:
    browser = TestClient(sample.app)
    page = sign_in(browser, provider)
    assert browser.post("/sign-out", data={"csrf": "guess"}).status_code == 403
    assert "Trần Văn An" in browser.get("/").text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    leaving = browser.post("/sign-out", data={"csrf": csrf}, follow_redirects=False)
    target = urlsplit(leaving.headers["location"])
    query = parse_qs(target.query)
    assert target.path == "/end_session"
    assert query["post_logout_redirect_uri"] == ["http://testserver/signed-out"]
    assert "Trần Văn An" not in browser.get("/").text
    back = browser.get("/signed-out", params={"state": query["state"][0]})
    assert "khỏi Một Cửa ID" in back.text


def test_a_logout_token_ends_the_sessions_of_its_sign_in_and_no_other(
    sample: ModuleType, provider: Provider
) -> None:
    browsers = {sid: TestClient(sample.app) for sid in ("sid-1", "sid-2")}
    for sid, browser in browsers.items():
        provider.claims = {"sid": sid}
        sign_in(browser, provider)
    fields = {"logout_token": provider.logout_token()}
    assert TestClient(sample.app).post("/backchannel-logout", data=fields).status_code == 200
    assert "Trần Văn An" not in browsers["sid-1"].get("/").text
    assert "Trần Văn An" in browsers["sid-2"].get("/").text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"exp": int(time.time()) - 3600},
        {"nonce": "n"},
        {"events": {}},
        {"events": None},
        {"jti": None},
        {"sid": None, "sub": None},
        {"typ": "JWT"},
    ],
    ids=" ".join,
)
@pytest.mark.asvs("10.5.5")
def test_a_spoiled_logout_token_signs_nobody_out(
    sample: ModuleType, provider: Provider, changes: dict[str, Any]
) -> None:
    provider.claims = {"sid": "sid-1"}
    browser = TestClient(sample.app)
    sign_in(browser, provider)
    fields = {"logout_token": provider.logout_token(**changes)}
    assert TestClient(sample.app).post("/backchannel-logout", data=fields).status_code == 400
    assert "Trần Văn An" in browser.get("/").text
    provider.signing_key = ECKey.generate_key("P-256", {"kid": "1"})
    foreign = {"logout_token": provider.logout_token()}
    assert TestClient(sample.app).post("/backchannel-logout", data=foreign).status_code == 400
    assert "Trần Văn An" in browser.get("/").text


def test_pages_carry_safe_headers(sample: ModuleType) -> None:
    headers = TestClient(sample.app).get("/").headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sample_name", ["ministry-service"], indirect=True)
@pytest.mark.parametrize(("acr", "status"), [("LoA1", 403), ("", 403), ("LoA2", 200)])
def test_a_request_altered_to_ask_for_less_signs_nobody_in(
    sample: ModuleType, provider: Provider, acr: str, status: int
) -> None:
    provider.claims = {"acr": acr}
    browser = TestClient(sample.app)
    assert sign_in(browser, provider).status_code == status
    assert ("Trần Văn An" in browser.get("/").text) == (status == 200)


def test_sign_ins_of_two_tabs_both_come_back(sample: ModuleType, provider: Provider) -> None:
    """What one tab waits for is not forgotten when the other comes back first."""
    browser = TestClient(sample.app)
    queries = [begin(browser, provider) for _ in range(2)]
    for query in queries:
        provider.nonce = query["nonce"]
        answer = {"code": "c", "state": query["state"], "iss": provider.issuer}
        page = browser.get("/callback", params=answer)
        assert (page.status_code, "Trần Văn An" in page.text) == (200, True)


def payment(page: str) -> dict[str, str]:
    """The fields of the form that pays the dossier on the page."""
    _, _, form = page.partition('action="/pay"')
    return dict(re.findall(r'name="(csrf|number)" value="([^"]+)"', form))


@pytest.mark.parametrize("sample_name", ["ministry-service"], indirect=True)
def test_two_tabs_pay_each_its_own_dossier(sample: ModuleType, provider: Provider) -> None:
    """Filed and paid side by side: what each tab shows is what its sign-in pays."""
    browser = TestClient(sample.app)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', sign_in(browser, provider).text)[0]
    plates = ("43A-123.45", "30A-678.90")
    tabs = [browser.post("/dossier", data={"csrf": csrf, "plate": plate}).text for plate in plates]
    asked = []
    for tab in tabs:
        leaving = browser.post("/pay", data=payment(tab), follow_redirects=False)
        asked.append(parse_qs(urlsplit(leaving.headers["location"]).query))
    provider.claims = {"acr": "LoA3"}
    for query, own, other in zip(asked, plates, reversed(plates), strict=True):
        provider.nonce = query["nonce"][0]
        answer = {"code": "c", "state": query["state"][0], "iss": provider.issuer}
        page = browser.get("/callback", params=answer).text
        assert ('id="paid"' in page, own in page, other in page) == (True, True, False)


@pytest.mark.parametrize("sample_name", ["ministry-service"], indirect=True)
def test_a_plate_is_read_as_people_write_it(sample: ModuleType, provider: Provider) -> None:
    """A8: with spaces, and with the dash that phones make; what is no plate is not."""
    browser = TestClient(sample.app)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', sign_in(browser, provider).text)[0]
    plates = {"43A 123.45": 200, "43a - 12345": 200, "43A–123.45": 200, "43A 12": 422, "": 422}
    answers = {p: browser.post("/dossier", data={"csrf": csrf, "plate": p}) for p in plates}
    assert {plate: answer.status_code for plate, answer in answers.items()} == plates


@pytest.mark.parametrize("sample_name", ["ministry-service"], indirect=True)
def test_paying_asks_for_a_fresh_sign_in_at_a_higher_level(
    sample: ModuleType, provider: Provider
) -> None:
    browser = TestClient(sample.app)
    page = sign_in(browser, provider)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    assert browser.post("/dossier", data={"csrf": csrf, "plate": "?"}).status_code == 422
    browser.post("/dossier", data={"csrf": csrf, "plate": "43A-123.45"})
    for acr, paid in (("LoA2", False), ("LoA3", True)):
        leaving = browser.post("/pay", data=payment(browser.get("/").text), follow_redirects=False)
        query = parse_qs(urlsplit(leaving.headers["location"]).query)
        assert (query["acr_values"], query["max_age"]) == (["LoA3"], ["300"])
        provider.nonce, provider.claims = query["nonce"][0], {"acr": acr}
        answer = {"code": "c", "state": query["state"][0], "iss": provider.issuer}
        page = browser.get("/callback", params=answer)
        said = re.findall(
            r'id="result">.*02 ngày làm việc .*<strong>(G01-\d{6})</strong>', page.text
        )
        assert ('id="paid"' in page.text, len(said)) == (paid, int(paid)), "and when it comes"


@pytest.mark.parametrize("sample_name", ["ministry-service"], indirect=True)
@pytest.mark.parametrize(
    ("payer", "is_paid"),
    [
        ({"sub": "s1", "organization": {"tax_code": "0100233488"}}, True),
        ({"sub": "s1"}, False),
        ({"sub": "s1", "organization": {"tax_code": "0100109106"}}, False),
    ],
)
def test_who_pays_acts_for_the_same_organization_as_who_filed(
    sample: ModuleType, provider: Provider, payer: dict[str, Any], is_paid: bool
) -> None:
    provider.userinfo = {"sub": "s1", "organization": {"tax_code": "0100233488"}}
    browser = TestClient(sample.app)
    page = sign_in(browser, provider)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    filed = browser.post("/dossier", data={"csrf": csrf, "plate": "43A-123.45"})
    leaving = browser.post("/pay", data=payment(filed.text), follow_redirects=False)
    query = parse_qs(urlsplit(leaving.headers["location"]).query)
    provider.nonce, provider.claims = query["nonce"][0], {"acr": "LoA3"}
    provider.userinfo = payer
    answer = {"code": "c", "state": query["state"][0], "iss": provider.issuer}
    assert ('id="paid"' in browser.get("/callback", params=answer).text) == is_paid


@pytest.mark.parametrize("sample_name", ["ministry-service"], indirect=True)
def test_a_stale_sign_in_pays_nothing(sample: ModuleType, provider: Provider) -> None:
    browser = TestClient(sample.app)
    page = sign_in(browser, provider)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    filed = browser.post("/dossier", data={"csrf": csrf, "plate": "43A-123.45"})
    leaving = browser.post("/pay", data=payment(filed.text), follow_redirects=False)
    query = parse_qs(urlsplit(leaving.headers["location"]).query)
    provider.nonce = query["nonce"][0]
    provider.claims = {"acr": "LoA3", "auth_time": int(time.time()) - 900}
    answer = {"code": "c", "state": query["state"][0], "iss": provider.issuer}
    assert browser.get("/callback", params=answer).status_code == 400
