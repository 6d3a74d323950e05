"""One-time things under threads: one winner; a loser's replay kills what the winner got."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.datastructures import Headers

from idp.kit.db import transaction
from idp.oidc.bridge.build import build_server
from idp.oidc.bridge.request import ProtocolRequest
from tests.oidc.conftest import SECRET, Browser, World, basic
from tests.oidc.test_token import CODE_FIELDS, offline_tokens, signed_in

THREADS = 10


def by_code(browser: Browser) -> dict[str, str]:
    return {**CODE_FIELDS, "code": browser.code()}


def by_refresh_token(browser: Browser) -> dict[str, str]:
    token = offline_tokens(browser)["refresh_token"]
    return {"grant_type": "refresh_token", "refresh_token": token}


@pytest.mark.parametrize("prepare", [by_code, by_refresh_token])
def test_of_parallel_redemptions_one_wins_and_its_tokens_die(
    world: World, prepare: Callable[[Browser], dict[str, str]]
) -> None:
    _, browser = signed_in(world)
    fields = prepare(browser)
    headers = Headers(basic("rp", SECRET))
    barrier = threading.Barrier(THREADS)
    answers: list[Any] = []

    def redeem() -> None:
        barrier.wait()
        with transaction(world.engine) as db:
            server = build_server(world.app.state, db)
            answer = server.create_token_response(ProtocolRequest("POST", fields, headers))
        answers.append(answer)

    threads = [threading.Thread(target=redeem) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (THREADS - 1)
    (winner,) = (answer for answer in answers if answer.status_code == 200)
    assert browser.userinfo(json.loads(winner.body)["access_token"]).status_code == 401
