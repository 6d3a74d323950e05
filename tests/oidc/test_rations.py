"""What a stranger sends uses up nobody else's error reports."""

from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import func, select
from starlette.testclient import TestClient

from idp.journal.models import ErrorReport
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.settings import Settings
from tests.oidc.conftest import ISSUER, SECRET, World, basic, parameters, serving

MOST = 5
STRANGER, AGENCY = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def world(settings: Settings, generated_keys: dict[str, RSAKey | ECKey]) -> Iterator[World]:
    """A provider in the first minute of its rations, with one client."""
    with serving(settings, generated_keys) as world:
        world.party()
        world.change(refusals=Ration(MOST, seconds=lambda: 0.0))
        yield world


def post(world: World, source: str, secret: str, **form: str) -> int:
    client = TestClient(world.app, base_url=ISSUER, client=(source, 4711))
    return client.post("/token", data=form, headers=basic("rp", secret)).status_code


def test_guesses_at_a_clients_secret_leave_its_own_refusals_to_be_found(world: World) -> None:
    """G17: at /token, in the name of an agency's client: the same error and another."""
    for _ in range(MOST * 4):
        assert post(world, STRANGER, "guessed", grant_type="client_credentials") == 401
    assert len(world.events("token.refused")) == MOST
    assert post(world, AGENCY, "expired", grant_type="client_credentials") == 401
    assert post(world, AGENCY, SECRET, grant_type="refresh_token", refresh_token="gone") == 400
    assert len(world.events("token.refused")) == MOST + 2


def test_bad_requests_from_one_source_hide_nothing_of_anothers(world: World) -> None:
    """G17: at /authorize, where no client shows that it is the one."""
    for source in [STRANGER] * 100 + [AGENCY] * 2:
        client = TestClient(world.app, base_url=ISSUER, client=(source, 4711))
        asked = parameters(redirect_uri="https://rp.example/not-registered")
        assert client.get("/authorize", params=asked).status_code == 400
    with transaction(world.engine) as db:
        assert db.scalar(select(func.count()).select_from(ErrorReport)) == 62


def test_no_more_keys_are_kept_than_a_process_can_hold() -> None:
    """G17: whoever has very many addresses fills no memory and no table."""
    ration = Ration(2, seconds=lambda: 0.0)
    admitted = [ration.admits(source) for source in range(5000)]
    assert admitted.count(True) == 2000
