"""The page for whose number somebody else uses says what a desk does, by the desk's own rule."""

import pytest

from idp.account.number_is_mine import PATH, NumberIsMinePage
from idp.accounts.reclaim import is_given_back
from idp.people.declaration import FACE_TO_FACE, LEVELS
from idp.web.routes import room_router
from tests.signin.conftest import World
from tests.signin.conftest import world as world  # noqa: PLC0414 - the same surface, with more pages


@pytest.fixture(autouse=True)
def _account_pages(world: World) -> None:
    if not any(getattr(route, "path", "") == PATH for route in world.app.routes):
        world.app.include_router(room_router("idp.account"))


def test_it_promises_no_account_that_a_desk_keeps(world: World) -> None:
    """F1: it promised everybody a new password; a desk refuses what was proven face to face."""
    kept = [level for level in LEVELS if not is_given_back(level)]
    assert kept == [FACE_TO_FACE], "the page tells of this one exception"
    assert not NumberIsMinePage().is_verified_given_back
    page = world.browser().get(PATH).text
    assert "If the account was verified face to face" in page
    assert "see below" in page
