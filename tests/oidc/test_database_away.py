"""Without the database, and with nothing at hand, every address says so instead of failing."""

import pytest

from idp.kit.db import make_engine
from idp.relying_parties.cache import RelyingPartyCache
from idp.web.db import Database
from tests.oidc.conftest import World, basic, parameters


@pytest.fixture
def away(world: World) -> World:
    """The protocol of a process that has just started when the database goes away."""
    hint = world.party() and world.someone()
    world.hint = hint.redeem(hint.code()).json()  # type: ignore[attr-defined]
    engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    world.change(relying_parties=RelyingPartyCache(engine))
    world.app.state.parts[Database] = Database(engine, world.settings.database)
    return world


@pytest.mark.asvs("16.5.2")
def test_each_address_answers_503_and_says_when_to_come_back(away: World) -> None:
    browser = away.browser()
    tokens = away.hint  # type: ignore[attr-defined]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    hint = {"id_token_hint": tokens["id_token"]}
    machine = {"grant_type": "client_credentials"}
    for answer in (
        browser.authorize(),
        browser.client.post("/authorize", data=parameters()),
        browser.get(f"/authorize/resume/{away.agency_id}"),
        browser.get("/end_session", params=hint),
        browser.client.post("/end_session", data=hint),
        browser.get("/userinfo", headers=bearer),
        browser.client.post("/token", data=machine, headers=basic("rp", "x")),
        browser.redeem("x"),
    ):
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
    for path in ("/.well-known/openid-configuration", "/jwks"):
        assert browser.get(path).status_code == 200
