"""What rolls is the operator's and an agency's own: no other door shows it, whatever is asked."""

from collections.abc import Iterator

import pytest

from idp.figures.rolling import WINDOWS
from idp.settings import Settings
from tests.architecture.route_states import ADMITTED, TABLE, State
from tests.architecture.test_route_states import ask
from tests.support.long_lists import roll
from tests.support.states import World, whole_world

UNMISTAKABLE = 7_654_321
WRITTEN = ("7654321", "7,654,321", "7.654.321")
INSIDE = ("/console/", "/portal/")


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    world = whole_world(module_settings)
    with world.transaction() as db:
        roll(db, agencies=[], value=UNMISTAKABLE)
    yield world
    world.app.state.runtime.engine.dispose()


def shown(text: str) -> bool:
    return any(number in text for number in WRITTEN)


@pytest.mark.parametrize("window", ["", *WINDOWS])
def test_no_public_page_file_or_interface_shows_what_rolls(world: World, window: str) -> None:
    """Nor does the window that an operator may name change any of them."""
    looked = 0
    for route, line in TABLE.items():
        path = route.removeprefix("GET ")
        if path == route or path.startswith(INSIDE) or "adoption" not in path:
            continue
        state = next(each for each in State if line.kind[each] is ADMITTED)
        asked = ask(world, route)
        browser = asked.browser(state)
        query = {"window": window, "by": "places"} if window else {}
        answer = browser.get(asked.path, **query)
        assert answer.status_code < 500, route
        assert not shown(answer.text), route
        looked += 1
    assert looked > 25


def test_the_operators_page_and_file_show_it(world: World) -> None:
    browser = world.browser(State.OPERATOR)
    for path in ("/console/figures", "/console/figures.csv"):
        assert shown(browser.get(path, window="rolling_30").text)
