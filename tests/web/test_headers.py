"""The security headers are on every response, whoever made it."""

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from idp.web.headers import allow_form_action, allow_frame, policy
from idp.web.reply import reply_of
from tests.web.conftest import make_client


@pytest.mark.parametrize("path", ["/form", "/nowhere", "/crash", "/a%zz", "/language"])
@pytest.mark.asvs("3.2.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "14.2.2", "14.2.3")
@pytest.mark.asvs("14.3.1", "14.3.2")
def test_every_response_carries_them(client: TestClient, path: str) -> None:
    headers = client.get(path, follow_redirects=False).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'; base-uri 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "permissions-policy" in headers
    assert "strict-transport-security" not in headers


@pytest.mark.asvs("3.4.1", "12.2.1")
def test_https_demands_https_from_then_on() -> None:
    headers = make_client("https://id.example.vn").get("/form").headers
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


@pytest.mark.parametrize(
    ("uri", "sources"),
    [
        ("https://rp.example.vn/callback?a=1", "'self' https://rp.example.vn"),
        ("http://localhost:8001/callback", "'self' http://localhost:8001"),
        ("http://[::1]:5000/callback", "'self' http:"),
        ("vn.gov.app:/callback", "'self' vn.gov.app:"),
        ("https://user@rp.example.vn/", "'self' https://rp.example.vn"),
        ("https://rp;script-src *", "'self'"),
        ("", "'self'"),
    ],
)
@pytest.mark.asvs("1.2.1")
def test_forms_may_lead_to_the_redirect_origin(uri: str, sources: str) -> None:
    request = HTTPConnection({"type": "http"})
    allow_form_action(request, uri)
    assert f"form-action {sources}; frame-ancestors" in policy(reply_of(request))


def test_frames_show_exactly_the_origins_a_page_names() -> None:
    request = HTTPConnection({"type": "http"})
    assert "frame-src" not in policy(reply_of(request))
    for uri in ("https://a.example/out?x=1", "https://a.example/", "https://b.example:8443/out"):
        allow_frame(request, uri)
    sources = policy(reply_of(request)).split("; ")
    assert "frame-src https://a.example https://b.example:8443" in sources
    assert "frame-ancestors 'none'" in sources


@pytest.mark.asvs("3.4.3")
def test_no_script_runs_unless_the_page_takes_a_nonce() -> None:
    reply = reply_of(HTTPConnection({"type": "http"}))
    assert "script-src 'none'" in policy(reply)
    assert f"script-src 'nonce-{reply.nonce}'" in policy(reply)


def test_static_files_are_kept_only_under_the_address_of_their_content(client: TestClient) -> None:
    page = client.get("/nowhere").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    exact, bare = client.get(address), client.get("/static/app.css?v=old")
    assert exact.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert bare.headers["cache-control"] == "public, max-age=300"
    assert exact.headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/static/../settings.py").status_code == 404
