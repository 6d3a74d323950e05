"""What a request says of our own name is nobody's word: no page, link or redirect repeats it."""

import pytest

from idp.settings import Settings
from tests.architecture.route_states import TABLE, State
from tests.architecture.test_route_states import ask
from tests.architecture.test_route_states import world as world  # noqa: PLC0414 - a fixture
from tests.support.states import World

EVIL = "evil.example"
TOLD = {"Host": EVIL, "X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}", "X-Host": EVIL}


@pytest.mark.parametrize("route", [route for route in TABLE if not route.startswith("HEAD")])
@pytest.mark.parametrize("state", [State.ANONYMOUS, State.TWO_FACTORS])
def test_no_answer_repeats_another_host(world: World, route: str, state: State) -> None:
    """T11: every route, asked by a stranger and by an owner; the control is the same without."""
    asked = ask(world, route)
    browser = asked.browser(state)
    answer = asked.send(state, browser, headers=TOLD)
    assert EVIL not in answer.text
    assert not [value for value in answer.headers.values() if EVIL in value]
    usual = asked.send(state, asked.browser(state))
    assert (answer.status_code < 500) is (usual.status_code < 500)


def test_the_settings_say_what_we_are_called(module_settings: Settings) -> None:
    """The control: the name is in no request."""
    assert EVIL not in module_settings.issuer.url
