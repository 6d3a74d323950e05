"""Every route, asked by everyone who may come: what each gets stands in `route_states`.

Generated from the program's routes: one without a line fails, and so does a line without one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response

from idp.app import create_app
from idp.relying_parties.models import RelyingPartyState
from idp.settings import Settings
from tests.architecture.route_states import (
    ADMITTED,
    AGENCY,
    CONSOLE,
    FRESH,
    INTERACTION,
    OWN,
    OWN_AGENCY,
    RESUMED,
    SHARED,
    TABLE,
    Line,
    State,
)
from tests.architecture.test_own_forms import OTHERS, SETTINGS, routes
from tests.support.states import BY_SECRET, Browser, World, whole_world

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIGNED_IN = (OWN, FRESH, AGENCY, OWN_AGENCY, CONSOLE)
OWN_FORMS = [r for r in TABLE if r.startswith("POST ") and r.split(" ")[1] not in OTHERS]


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    world = whole_world(module_settings)
    yield world
    world.app.state.runtime.engine.dispose()


@dataclass(frozen=True)
class Asked:
    """One route of the table in the world: what it names is there."""

    world: World
    method: str
    path: str
    line: Line
    names: Mapping[str, str]
    half_way: Browser

    def browser(self, state: State) -> Browser:
        """A browser of that state, before things as they were; the interaction's own stays one."""
        is_resumed = self.path.startswith("/console") and self.path.endswith("/resume")
        self.world.reset(RelyingPartyState.SUSPENDED if is_resumed else RelyingPartyState.LIVE)
        return self.half_way if state is State.HALF_WAY else self.world.browser(state)

    def send(self, state: State, browser: Browser, **changes: Any) -> Response:
        """The request, with the token of the browser's forms and the program's credential."""
        sent = {name: value.format(**self.names) for name, value in self.line.fields.items()}
        values: dict[str, Any] = {}
        if self.line.json is not None:
            values["json"] = {**self.line.json, "client_id": self.names["client_id"]}
        elif self.method == "GET":
            values["params"] = sent
        elif self.method == "POST":
            values["data"] = {"csrf_token": browser.csrf_token, **sent}
        if state is State.RELYING_PARTY and self.line.credential == "secret":
            values["auth"] = BY_SECRET
        elif state is State.RELYING_PARTY and self.line.credential:
            token = self.names[self.line.credential]
            values["headers"] = {"Authorization": f"Bearer {token}"}
        return browser.send(self.method, self.path, **{**values, **changes})

    def may_change(self, state: State) -> bool:
        """Whether this request is one by which that state changes what the world watches."""
        kind = self.line.kind
        if kind[state] is not ADMITTED or (kind in SHARED and state is not State.TWO_FACTORS):
            return False
        return self.method != "GET" or kind in (INTERACTION, RESUMED)

    def answer(self, response: Response) -> str:
        """As the table writes it."""
        if not response.is_redirect:
            return str(response.status_code)
        where = _UUID.sub("{id}", response.headers["location"].split("?")[0])
        where = where.replace(f"/{self.names['client_id']}", "/{id}")
        return f"{response.status_code} {where}"


def ask(world: World, route: str) -> Asked:
    """The route, with an interaction or software of its own where its address names one."""
    line, (method, path) = TABLE[route], route.split(" ")
    names = {**world.names, "sid": str(world.start(State.TWO_FACTORS).sid)}
    half_way = world.browser(line.signed_in)
    if "{interaction_id}" in path:
        names["interaction_id"] = world.begin(path, half_way)
    if line.credential == "registration_token":
        names |= world.register()
    path = path.replace(":path", "").format(**names)
    return Asked(world, method, path, line, names, half_way)


@pytest.mark.asvs("13.4.5")
def test_every_route_has_its_line_and_every_line_its_route() -> None:
    """HEAD is GET without its body, by one handler."""
    served = {
        f"{method} {route.path}"
        for route in routes(create_app(SETTINGS).routes)
        for method in route.methods or ()
    }
    heads = {f"HEAD {route.removeprefix('GET ')}" for route in served if route.startswith("GET ")}
    assert served - heads == set(TABLE)


@pytest.mark.asvs("2.3.1", "3.5.3", "4.1.1", "6.3.4", "7.4.4", "7.5.1", "7.5.2")
@pytest.mark.asvs("8.2.1", "8.2.2", "8.3.1", "8.4.1")
@pytest.mark.parametrize("route", TABLE)
def test_everyone_gets_what_the_table_says(world: World, route: str) -> None:
    """The refused change nothing of what is another's, and nobody reads another's name.

    A page of the signed-in leads to signing out, and every answer says what it is.
    """
    asked = ask(world, route)
    kind, interaction = asked.line.kind, asked.names.get("interaction_id", "")
    got: dict[State, str] = {}
    for state in sorted(State, key=lambda state: kind[state] is ADMITTED):
        browser = asked.browser(state)
        before = world.kept(interaction)
        response = asked.send(state, browser)
        got[state] = asked.answer(response)
        if not asked.may_change(state):
            assert world.kept(interaction) == before, state
        if state is not State.RELYING_PARTY:
            own = asked.line.signed_in if browser is asked.half_way else state
            assert world.strangers_on(response.text, reader=own) == [], state
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if kind in SIGNED_IN and got[state] == "200" and is_page:
            assert 'href="/end_session"' in response.text, state
        assert says_what_it_is(response), state
    line = asked.line
    assert got == {s: line.answer if kind[s] is ADMITTED else kind[s] for s in State}


def says_what_it_is(response: Response) -> bool:
    """Whether a body has a type, and a text its charset."""
    media_type, _, charset = response.headers.get("content-type", "").partition("; ")
    is_text = media_type.startswith(("text/", "image/svg"))
    return bool(media_type or not response.content) and (not is_text or charset == "charset=utf-8")


@pytest.mark.asvs("3.5.1")
@pytest.mark.parametrize("route", OWN_FORMS)
def test_a_form_sent_from_elsewhere_is_refused_to_whoever_may_send_it(
    world: World, route: str
) -> None:
    asked = ask(world, route)
    admitted = [state for state in State if asked.line.kind[state] is ADMITTED]
    interaction = asked.names.get("interaction_id", "")
    for state in admitted:
        browser = asked.browser(state)
        before = world.kept(interaction)
        from_elsewhere = {"headers": {"Sec-Fetch-Site": "cross-site"}}
        assert asked.send(state, browser, **from_elsewhere).status_code == 403
        assert asked.send(state, browser, data={}).status_code == 403
        assert world.kept(interaction) == before
        assert asked.answer(asked.send(state, browser)) == asked.line.answer


@pytest.mark.asvs("13.4.4")
def test_no_other_method_is_answered(world: World) -> None:
    """TRACE least of all."""
    methods: dict[str, set[str]] = {}
    for route in TABLE:
        method, path = route.split(" ")
        methods.setdefault(path, set()).add(method)
    for path, known in methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - known:
            answer = world.browser().send(method, path.replace("{name:path}", "app.css"))
            assert answer.status_code == 405, (method, path)
