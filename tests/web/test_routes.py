"""Pages are found by their `router`, in no order that anybody chose: none may hide another."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from idp.app import create_app
from idp.settings import Settings


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
