"""What pages weigh on the wire: the phone of someone who pays by the megabyte loads them all."""

import gzip
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx2
import pytest

from idp.settings import Settings
from tests.architecture.route_states import ADMITTED, TABLE, State
from tests.architecture.test_route_states import ask
from tests.support.country import Country
from tests.support.long_lists import lengthen
from tests.support.served import Served
from tests.support.sign_in import sign_in
from tests.support.states import World, whole_world
from tests.support.visitor import Page, Visitor
from tests.support.weight import FIRST, HEAD, HEAVIER, LATER, most_of

PUBLIC = 30_000
"""Bytes of the figures, which a proxy compresses, with all that they load (decision 39)."""
ATTACHED = re.compile(r'(?:rel="(?:stylesheet|icon)"\s+href|<script src|<img src)="(/[^"]+)"')


def weigh(page: Page) -> int:
    """Of the page: head and body."""
    head = sum(len(name) + len(value) + 4 for name, value in page.headers.items())
    return head + len(page.text.encode())


def weigh_attached(page: Page) -> int:
    """What it loads besides, as a browser asks for it."""
    total = 0
    for address in set(ATTACHED.findall(page.text)):
        with (
            httpx2.Client(headers={"Accept-Encoding": "gzip, deflate, br"}) as client,
            client.stream("GET", urljoin(page.url, address)) as answer,
        ):
            assert answer.status_code == 200
            total += len(b"".join(answer.iter_raw())) + 500
    return total


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_first_page_is_light_with_all_that_it_loads(
    provider: Served, country: Country, visitor: Visitor, language: str
) -> None:
    visitor.client.headers["Accept-Language"] = language
    party = country.ministry(provider.url)
    for address in (party.authorize_url(scope="openid profile"), provider.url):
        page = visitor.open(address)
        assert weigh(page) + weigh_attached(page) <= FIRST
        assert weigh(page) <= LATER


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
            weight = len(answer.content) + HEAD
            if "text/html" in answer.headers.get("content-type", "") and weight > most_of(
                asked.path
            ):
                heavy[route] = max(weight, heavy.get(route, 0))
    assert not heavy, "\n".join(f"{weight} B {route}" for route, weight in heavy.items())


def test_what_is_heavier_has_a_reason_and_is_there() -> None:
    paths = [route.removeprefix("GET ") for route in TABLE if route.startswith("GET ")]
    for start, (size, reason) in HEAVIER.items():
        assert any(re.match(start, path) for path in paths), start
        assert size > LATER, start
        assert len(reason) > 20, start


def test_the_figures_hold_nothing_to_guess_and_are_light_compressed(
    provider: Served, country: Country, visitor: Visitor
) -> None:
    """Decision 39: the one page that a proxy compresses."""
    party = country.ministry(provider.url)
    sign_in(visitor, visitor.open(party.authorize_url(prompt="login")), country.citizen)
    page = visitor.open(f"{provider.url}/adoption")
    for secret in ("csrf_token", "Trần Thị Mai", country.citizen.number[-4:], "<form"):
        assert secret not in page.text
    assert len(gzip.compress(page.text.encode(), 1)) + weigh_attached(page) <= PUBLIC
