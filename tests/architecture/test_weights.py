"""No page of the table of routes is heavy, in whatever language, however much there is to list."""

import re
from collections.abc import Iterator

import pytest

from idp.console.people_page import Act
from idp.figures.definitions import DEFINITIONS
from idp.figures.lever_definitions import LEVER_DEFINITIONS
from idp.figures.open_tables import TABLES
from idp.personal_data.export import SECTIONS
from idp.portal.figures import PARTS as OWN_PARTS
from idp.portal.form_parts import PARTS
from idp.relying_parties.models import RelyingPartyState
from idp.settings import Settings
from tests.architecture.route_states import ADMITTED, TABLE, State
from tests.architecture.test_route_states import ask
from tests.support.long_lists import lengthen
from tests.support.states import World, whole_world
from tests.support.weight import HEAD, HEAVIER, LATER, most_of, on_the_wire


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    world = whole_world(module_settings)
    lengthen(world)
    yield world
    world.app.state.runtime.engine.dispose()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_light_however_long_its_list(world: World, language: str) -> None:
    """Every route of the table that shows a page, to everyone who is shown it."""
    heavy: dict[str, int] = {}
    for route, line in TABLE.items():
        if not route.startswith("GET "):
            continue
        for state in State:
            if line.kind[state] is not ADMITTED:
                continue
            asked = ask(world, route)
            browser = asked.browser(state)
            browser.client.headers["Accept-Language"] = language
            answer = asked.send(state, browser)
            weight = on_the_wire(answer) + HEAD
            if "text/html" in answer.headers.get("content-type", "") and weight > most_of(
                asked.path
            ):
                heavy[route] = max(weight, heavy.get(route, 0))
    assert not heavy, "\n".join(f"{weight} B {route}" for route, weight in heavy.items())


ONE_OF_SEVERAL = {
    State.ANONYMOUS: [
        *(f"/adoption/definitions?figure={each.figure}" for each in DEFINITIONS),
        *(f"/adoption/definitions?figure={each.figure}" for each in LEVER_DEFINITIONS),
        *(f"/adoption/data?table={name}" for name in TABLES),
        *("/adoption/data?table=adoption-actions", "/adoption/data?table=adoption"),
        *("/adoption/data?table=adoption-places", "/adoption/data?table=adoption-agencies"),
    ],
    State.TWO_FACTORS: [
        *(f"/account/data?part={section.key}" for section in SECTIONS),
        "/account/data/requests/{long_request}",
    ],
    State.OPERATOR: [
        *(f"/console/people?act={act}" for act in Act),
        "/console/requests/{long_request}",
    ],
    State.OWNER: [
        *(
            f"/portal/applications/{{client_id}}/configuration?snippet={number}"
            for number in range(1, 6)
        ),
        *(f"/portal/applications/{{client_id}}/edit/{part}" for part in PARTS),
        *(f"/portal/figures?part={part}" for part in OWN_PARTS),
    ],
}
"""Pages of one address that show one of several things."""


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_a_page_shows_one_of_is_light(world: World, language: str) -> None:
    world.reset(RelyingPartyState.LIVE)
    for state, addresses in ONE_OF_SEVERAL.items():
        browser = world.browser(state)
        browser.client.headers["Accept-Language"] = language
        for address in addresses:
            answer = browser.send("GET", address.format(**world.names))
            assert answer.status_code == 200, address
            path = address.partition("?")[0]
            assert on_the_wire(answer) + HEAD <= most_of(path), address


def test_what_is_heavier_has_a_reason_and_is_there() -> None:
    paths = [route.removeprefix("GET ") for route in TABLE if route.startswith("GET ")]
    for start, (size, reason) in HEAVIER.items():
        assert any(re.match(start, path) for path in paths), start
        assert size > LATER, start
        assert len(reason) > 20, start
