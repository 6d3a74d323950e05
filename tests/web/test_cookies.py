"""Cookies: as strict as the issuer allows, and not believed when planted."""

from dataclasses import asdict
from typing import cast
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from idp.settings.server import IssuerSettings
from idp.web.browser import browser_id
from idp.web.cookies import CookieNames, set_session
from idp.web.db import transaction
from idp.web.refusals import RequestRefused
from tests.web.conftest import make_client


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.4")
def test_under_https_cookies_are_host_bound_and_secure() -> None:
    cookie = make_client("https://id.example.vn").get("/form").headers["set-cookie"]
    assert cookie.startswith("__Host-browser=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.asvs("3.3.1", "3.3.3")
def test_under_https_every_cookie_is_host_bound() -> None:
    names = asdict(CookieNames.under(IssuerSettings(url="https://id.example.vn")))
    assert names.pop("is_secure")
    assert names == {cookie: f"__Host-{cookie}" for cookie in names}
    assert "session" in names


def test_under_loopback_http_they_are_neither_and_carry_the_port(client: TestClient) -> None:
    cookie = client.get("/form").headers["set-cookie"]
    assert cookie.startswith("browser_8000=")
    assert "Secure" not in cookie
    other = CookieNames.under(IssuerSettings(url="http://localhost:8100"))
    assert other.session == "session_8100"


def test_a_browser_keeps_its_id(client: TestClient) -> None:
    first, second = client.get("/form"), client.get("/form")
    assert first.json()["browser"] == second.json()["browser"]
    assert "set-cookie" not in second.headers


def test_a_malformed_or_doubled_cookie_is_not_believed(client: TestClient) -> None:
    good, planted = "g" * 43, "p" * 43

    def session(header: str) -> object:
        return client.get("/form", headers={"cookie": header}).json()["session"]

    assert session(f"session_8000={good}") == good
    assert session(f"session_8000={good}; session_8000={good}") == good
    assert session(f"session_8000={planted}; session_8000={good}") is None
    assert session("session_8000=short") is None
    assert session(f"session_8100={good}") is None


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_cookie_of_rows_that_are_not_kept_does_not_leave(is_kept: bool) -> None:
    """Else a browser holds the value of a session that no row has, and has lost the one it had."""
    client = make_client()

    def sign_in(request: Request) -> Response:
        with transaction(request):
            set_session(request, "a-session-token-of-the-tests", sid=uuid4())
            browser_id(request)
            if not is_kept:
                raise RequestRefused(409, "The rows were not kept.")
            return JSONResponse({})

    cast(FastAPI, client.app).add_api_route("/signed", sign_in)
    answer = client.get("/signed")
    assert answer.status_code == (200 if is_kept else 409)
    assert ("session_8000" in answer.cookies) is is_kept
    assert "browser_8000" in answer.cookies
