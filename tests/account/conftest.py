"""The account's pages, beside those of signing in."""

import pytest

from idp.web.routes import room_router
from tests.signin.conftest import World
from tests.signin.conftest import world as sign_in_world  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def world(sign_in_world: World) -> World:  # noqa: F811 - the fixture
    """The same surface, with more pages."""
    sign_in_world.app.router.routes += room_router("idp.account").routes
    return sign_in_world
