"""An answer to a refresh is lost, or two tabs refresh at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select, update
from starlette.datastructures import Headers

from idp.kit.db import make_engine, transaction
from idp.oidc.authlib.build import GRANTS, build_server
from idp.oidc.authlib.request import ProtocolRequest
from idp.tokens.models import Grant, RefreshToken
from tests.oidc.conftest import SECRET, Browser, World, basic
from tests.oidc.dpop import KEY, OTHER, proof
from tests.oidc.test_dpop import PUBLIC, refusal_of
from tests.oidc.test_token import CODE_FIELDS, offline_code, signed_in
from tests.support.postgres import Database

BOUND: dict[str, dict[str, Any]] = {
    "in a browser": {**PUBLIC, "application_type": "web"},
    "on a phone": {**PUBLIC, "dpop_bound_access_tokens": True},
    "on a server": {"dpop_bound_access_tokens": True},
}
"""Clients that show a key with their refresh token."""


def ask(browser: Browser, values: dict[str, Any], *proofs: str, **fields: str) -> Response:
    """POST /token of the client `rp`, as it authenticates."""
    is_public = "token_endpoint_auth_method" in values
    credential = {} if is_public else basic("rp", SECRET)
    sent = {**fields, **({"client_id": "rp"} if is_public else {})}
    headers = [*credential.items(), *(("DPoP", each) for each in proofs)]
    return browser.client.post("/token", data=sent, headers=headers)


def first_token(browser: Browser, values: dict[str, Any], *proofs: str) -> str:
    answer = ask(browser, values, *proofs, **CODE_FIELDS, code=offline_code(browser))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["refresh_token"])


@pytest.mark.parametrize("values", BOUND.values(), ids=BOUND)
def test_a_lost_answer_costs_a_client_that_shows_its_key_nothing(
    world: World, values: dict[str, Any]
) -> None:
    """C5: it asks again with the token it has; every answer's tokens live."""
    _, browser = signed_in(world, **values)
    refreshing = {
        "grant_type": "refresh_token",
        "refresh_token": first_token(browser, values, proof()),
    }
    for _ in range(3):
        answer = ask(browser, values, proof(), **refreshing)
        assert answer.status_code == 200, answer.text
        assert "refresh_token" not in answer.json()
    with transaction(world.engine) as db:
        assert db.scalar(select(func.count()).select_from(RefreshToken)) == 1
        assert db.scalar(select(Grant.revoked_at)) is None


@pytest.mark.parametrize("values", BOUND.values(), ids=BOUND)
def test_without_the_key_it_is_nothing(world: World, values: dict[str, Any]) -> None:
    """C5, control: who copied it spends nothing and ends nothing by trying."""
    _, browser = signed_in(world, **values)
    refreshing = {
        "grant_type": "refresh_token",
        "refresh_token": first_token(browser, values, proof()),
    }
    without = ask(browser, values, **refreshing)
    assert without.status_code == 400
    if "token_endpoint_auth_method" in values:
        assert refusal_of(ask(browser, values, proof(OTHER), **refreshing))[1] == "invalid_grant"
    assert ask(browser, values, proof(), **refreshing).status_code == 200


@pytest.mark.parametrize("values", [{}, {**PUBLIC, "application_type": "web"}])
def test_a_token_that_anybody_may_use_is_used_once(world: World, values: dict[str, Any]) -> None:
    """C5, control: by a secret, or by nothing: reuse ends the family, also a moment later."""
    _, browser = signed_in(world, **values)
    refreshing = {"grant_type": "refresh_token", "refresh_token": first_token(browser, values)}
    successor = ask(browser, values, **refreshing).json()["refresh_token"]
    assert refusal_of(ask(browser, values, **refreshing)) == (400, "invalid_grant")
    again = ask(browser, values, **{**refreshing, "refresh_token": successor})
    assert refusal_of(again) == (400, "invalid_grant")


def test_one_that_is_bound_later_rotates_until_then(world: World) -> None:
    """C5, control: showing a key with an old token binds its successor, not what may be copied."""
    values = BOUND["in a browser"]
    _, browser = signed_in(world, **values)
    refreshing = {"grant_type": "refresh_token", "refresh_token": first_token(browser, values)}
    bound = ask(browser, values, proof(), **refreshing).json()["refresh_token"]
    using = {**refreshing, "refresh_token": bound}
    for _ in range(2):
        assert ask(browser, values, proof(), **using).status_code == 200
    assert refusal_of(ask(browser, values, proof(OTHER), **using)) == (400, "invalid_grant")


def test_one_that_ended_stays_ended(world: World) -> None:
    """C5, control: revoked, or spent before its kind stayed the same."""
    values = BOUND["in a browser"]
    _, browser = signed_in(world, **values)
    token = first_token(browser, values, proof())
    refreshing = {"grant_type": "refresh_token", "refresh_token": token}
    with transaction(world.engine) as db:
        db.execute(update(RefreshToken).values(used_at=func.now()))
    assert refusal_of(ask(browser, values, proof(), **refreshing)) == (400, "invalid_grant")
    with transaction(world.engine) as db:
        assert db.scalar(select(Grant.revoked_at)) is not None, "that was reuse"


def raced(
    world: World, database: Database, send: Callable[[], ProtocolRequest], many: int = 50
) -> list[int]:
    """The statuses of so many requests at the same moment."""
    engine = make_engine(database.app_url, pool_size=25, pool_timeout=timedelta(seconds=30))
    part, barrier, asked = world.part, Barrier(many), [send() for _ in range(many)]

    def one(request: ProtocolRequest) -> int:
        barrier.wait(30)
        with transaction(engine) as db:
            status: int = (
                build_server(part, db, grants=GRANTS).create_token_response(request).status_code
            )
            return status

    with ThreadPoolExecutor(many) as pool:
        statuses = list(pool.map(one, asked))
    engine.dispose()
    return sorted(statuses)


def test_fifty_tabs_refresh_at_once(world: World, database: Database) -> None:
    """C5: each with a proof of its own; all are answered, and the family lives."""
    values = BOUND["in a browser"]
    _, browser = signed_in(world, **values)
    token = first_token(browser, values, proof())
    fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "rp"}
    statuses = raced(
        world, database, lambda: ProtocolRequest("POST", fields, Headers(), proofs=[proof(KEY)])
    )
    assert statuses == [200] * 50
    assert ask(browser, values, proof(), **fields).status_code == 200


def test_one_of_fifty_has_a_token_that_anybody_may_use(world: World, database: Database) -> None:
    """C5, control."""
    values = {**PUBLIC, "application_type": "web"}
    _, browser = signed_in(world, **values)
    token = first_token(browser, values)
    fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "rp"}
    statuses = raced(world, database, lambda: ProtocolRequest("POST", fields, Headers()))
    assert statuses == [200, *[400] * 49]
