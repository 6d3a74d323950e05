"""The pages of the figures on a test's own database, as its owner fills it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from idp.kit.db import make_engine
from idp.settings import Settings
from idp.web.routes import room_router
from tests.support.app import room_app


@pytest.fixture
def owner(settings: Settings) -> Iterator[Engine]:
    """The engine of the tables' owner on the database of `settings`."""
    engine = make_engine(settings.database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def browser(owner: Engine, settings: Settings) -> Iterator[TestClient]:
    """Somebody who reads English."""
    app = room_app(settings, room_router("idp.adoption"))
    with TestClient(app, headers={"Accept-Language": "en"}) as client:
        yield client
    app.state.runtime.engine.dispose()
