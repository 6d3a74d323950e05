"""Who waits for what waits with their like, and keeps nobody else out."""

import asyncio
import inspect
import re
import threading
from datetime import timedelta
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message

import idp
from idp.settings.server import ServerSettings
from idp.web.cookies import CookieNames
from idp.web.lanes import Lane, in_lane
from tests.support.app import part_of
from tests.web.conftest import make_client

WAITING = 160
HASHES = {
    *("hash_password", "verify_password"),
    *("check_password", "check_against", "hash_after_check"),
}
BELOW_OR_APART = re.compile(r"idp\.(__main__|(cli|demo|factors|web)\b)").match


def test_a_request_beyond_the_limit_is_told_to_come_back() -> None:
    client = make_client(server=ServerSettings(threads=0, queue_limit=0))
    page, program = client.get("/form"), client.post("/token", data={})
    assert (page.status_code, page.headers["retry-after"]) == (503, "3")
    assert program.json()["error"] == "temporarily_unavailable"
    assert client.get("/static/app.css").status_code == 200


def test_a_reader_who_takes_nothing_holds_no_thread() -> None:
    """G10: with one thread, two requests are answered while no answer is taken."""
    app = make_client(server=ServerSettings(threads=1, queue_limit=0)).app
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/number"}
    asked_for = {"query_string": b"n=1", "headers": [(b"host", b"localhost")]}
    begun, never = list[int](), asyncio.Event()

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        begun.append(message["status"])
        await never.wait()

    async def play() -> None:
        asked = [
            asyncio.create_task(app({**scope, **asked_for}, receive, send))  # type: ignore[arg-type]
            for _ in range(2)
        ]
        for _ in range(30):
            await asyncio.sleep(0)
        assert begun == [200, 200]
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(play())


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is refused for a machine that is slow."""
    monkeypatch.setattr("idp.web.lanes._HASH_WAIT", 60.0)


def crowded_app(lane: Lane, *, slots: int) -> tuple[FastAPI, threading.Event, list[int]]:
    """An application where one page waits for the event, and what that page's threads were."""
    server = ServerSettings(
        threads=2,
        hashing_threads=slots,
        queue_limit=WAITING,
        queue_wait=timedelta(minutes=1),
    )
    app: Any = make_client(server=server).app
    released, threads = threading.Event(), list[int]()

    @app.get("/slow")
    @in_lane(lane)
    def slow() -> int:
        threads.append(threading.get_ident())
        return released.wait(30)

    @app.get("/signed-in")
    def signed_in() -> str:
        return "yes"

    @app.get("/register/a-client")
    def registered() -> str:
        return "yes"

    @app.get("/ready")
    @in_lane(Lane.HEALTH)
    def ready() -> str:
        return "yes"

    return app, released, threads


async def statuses_beside(app: FastAPI, released: threading.Event, *others: str) -> list[int]:
    """Answers to the others while so many wait at `/slow`; then those get theirs."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        crowd = [asyncio.create_task(client.get("/slow")) for _ in range(WAITING)]
        await asyncio.sleep(0)
        try:
            beside = [(await client.get(path)).status_code for path in others]
        finally:
            released.set()
        assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {200}
    return beside


def test_who_waits_for_a_hash_holds_no_thread_of_others() -> None:
    """E5: with three threads for passwords, 160 of them wait on none, and others are answered."""
    app, released, threads = crowded_app(Lane.HASHES, slots=3)
    others = ["/signed-in", "/ready"] * 20
    assert asyncio.run(statuses_beside(app, released, *others)) == [200] * len(others)
    assert len(threads) == WAITING
    assert len(set(threads)) <= 3 + 2 + 1


def test_who_is_signed_in_and_a_program_wait_behind_no_visitors() -> None:
    """E5: a crowd that is signing in asks for many pages; it has threads of its own for them."""
    app, released, threads = crowded_app(Lane.ROWS, slots=1)
    session = {"cookie": f"{part_of(app, CookieNames).session}=made-up-but-well-formed-0"}

    async def play() -> list[int]:
        transport, url = httpx2.ASGITransport(app), "http://localhost:8000"
        async with httpx2.AsyncClient(transport=transport, base_url=url) as client:
            crowd = [asyncio.create_task(client.get("/slow")) for _ in range(WAITING)]
            await asyncio.sleep(0)
            try:
                signed_in = await client.get("/signed-in", headers=session)
                program = await client.post("/token", data={})
                below = await client.get("/register/a-client")
                visitor = asyncio.create_task(client.get("/signed-in"))
                ready = await client.get("/ready")
                assert not visitor.done()
            finally:
                released.set()
            answers = await asyncio.gather(*crowd, visitor)
        return [each.status_code for each in (signed_in, program, below, ready, *answers)]

    statuses = asyncio.run(play())
    assert statuses == [200] * len(statuses)
    assert len(threads) == WAITING


def test_readiness_is_told_when_every_thread_is_taken() -> None:
    """E5: a load balancer hears that the node is well, however many wait for its pages."""
    app, released, _ = crowded_app(Lane.ROWS, slots=1)
    assert asyncio.run(statuses_beside(app, released, "/ready", "/ready")) == [200, 200]


def test_every_handler_that_hashes_a_password_waits_in_the_lane_for_it() -> None:
    """E5: and nothing but a handler hashes, above `web`."""
    names = [m.name for m in walk_packages(idp.__path__, "idp.") if not BELOW_OR_APART(m.name)]
    modules = [import_module(name) for name in names]
    routes = [r for m in modules if hasattr(m, "router") for r in m.router.routes]
    hashing = {
        code
        for module in modules
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and HASHES & {*(code := inspect.unwrap(function).__code__).co_names}
    }
    waiting = {inspect.unwrap(r.endpoint).__code__ for r in routes if r.lane is Lane.HASHES}
    assert len(hashing) == 9
    assert hashing == waiting
