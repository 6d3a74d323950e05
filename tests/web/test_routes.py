"""Pages are found by their `router`, in no order that anybody chose: none may hide another."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.testclient import TestClient

from idp.app import create_app
from idp.settings import Settings
from idp.web.routes import Finder
from idp.web.threads import ThreadRoute


@pytest.fixture
def routes(settings: Settings) -> Iterator[list[APIRoute]]:
    """Of the whole program, in the order in which they are asked."""
    app = create_app(settings)
    yield [route for route in app.routes if isinstance(route, APIRoute)]
    app.state.runtime.engine.dispose()


def test_every_room_of_pages_is_served(routes: list[APIRoute]) -> None:
    served = {route.path for route in routes}
    assert {
        *("/signin/{interaction_id}/password", "/account", "/portal", "/console", "/adoption"),
        *("/adoption.csv", "/authorize"),
    } <= served


def test_each_address_is_answered_by_its_own_page(routes: list[APIRoute]) -> None:
    for route in routes:
        path = re.sub(r"{\w+}", "0b7f7d5e-4c4b-4c57-9d3a-3f1c0c1d2e3f", route.path)
        for method in route.methods:
            scope = {"type": "http", "method": method, "path": path}
            answering = next(each for each in routes if each.matches(scope)[0] is Match.FULL)
            assert answering is route, (method, route.path, answering.path)


def test_every_page_reads_its_own_arguments(routes: list[APIRoute]) -> None:
    """FastAPI's search for them was a tenth of a page, and has 14 modules of its own."""
    straight = {
        route.path: isinstance(route, ThreadRoute) and route.is_straight for route in routes
    }
    assert len(straight) > 100
    assert {path for path, is_so in straight.items() if not is_so} == set()


def test_what_is_found_by_its_room_is_what_the_router_finds(settings: Settings) -> None:
    app = create_app(settings)
    finder, known = Finder(app.router), [r for r in app.routes if isinstance(r, ThreadRoute)]
    found = 0
    for path in {re.sub(r"{\w+}", "0b7f7d5e-4c4b-4c57-9d3a-3f1c0c1d2e3f", r.path) for r in known}:
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            scope = {"type": "http", "method": method, "path": path}
            routed = (r for r in app.routes if r.matches(scope)[0] is Match.FULL)
            route = finder.find(scope)
            assert route is next(routed, None) or path in ("/healthz", "/readyz")
            assert route is None or (scope["route"], "endpoint" in scope) == (route, True)
            found += route is not None
    assert found > len(known) / 2
    app.state.runtime.engine.dispose()


@pytest.mark.parametrize("path", ["/nobody", "/signin", "/signin/1", "//token", "*", ""])
def test_what_has_no_route_is_the_routers_to_answer(settings: Settings, path: str) -> None:
    app = create_app(settings)
    assert Finder(app.router).find({"type": "http", "method": "GET", "path": path}) is None
    app.state.runtime.engine.dispose()


def test_the_head_of_a_document_is_had_alone(settings: Settings) -> None:
    """C2: as balancers, monitors and link checkers ask (RFC 9110 section 9.1); a code has none."""
    app = create_app(settings)
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/.well-known/openid-configuration", "/jwks", "/healthz", "/static/app.css"):
        head, got = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
    refused = {path: client.head(path) for path in ("/userinfo", "/authorize", "/token")}
    assert {answer.status_code for answer in refused.values()} == {405}
    told = {path: answer.headers["allow"] for path, answer in refused.items()}
    assert told == {
        "/userinfo": "GET, OPTIONS, POST",
        "/authorize": "GET, POST",
        "/token": "OPTIONS, POST",
    }
    app.state.runtime.engine.dispose()
