"""Plain handlers wait on threads of their own, and the loop goes on."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

import idp
from idp.web.routes import Router
from idp.web.threads import ThreadRoute, on_thread
from tests.web.conftest import make_client

_named: ContextVar[str] = ContextVar("named", default="nobody")


def at_once(*works: Callable[[], Any]) -> list[Any]:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*map(on_thread, works), return_exceptions=True)

    return asyncio.run(all_of_them())


def test_several_run_at_once_and_later_ones_on_the_same_threads() -> None:
    """Each waits for the other two: one after the other they would never end."""
    meet = threading.Barrier(3, timeout=30)

    def met() -> int:
        meet.wait()
        return threading.get_ident()

    first, then = set(at_once(met, met, met)), set(at_once(met, met, met))
    assert len(first) == 3
    assert first & then


def test_the_loop_goes_on_meanwhile() -> None:
    released = threading.Event()

    async def both() -> bool:
        waiting = asyncio.ensure_future(on_thread(released.wait, 30))
        await asyncio.sleep(0)
        released.set()
        return await waiting

    assert asyncio.run(both())


def test_what_is_raised_is_raised_to_who_waits() -> None:
    def fail() -> None:
        raise ValueError("wrong")

    def stop() -> None:
        raise StopIteration

    failed, stopped, done = at_once(fail, stop, lambda: "right")
    assert isinstance(failed, ValueError)
    assert isinstance(stopped, RuntimeError)
    assert done == "right"


def test_the_work_sees_its_callers_context_and_changes_only_a_copy() -> None:
    async def ask() -> tuple[str, str]:
        _named.set("caller")

        def work() -> str:
            told = _named.get()
            _named.set("work")
            return told

        return await on_thread(work), _named.get()

    assert asyncio.run(ask()) == ("caller", "caller")


def test_who_is_cancelled_waits_no_longer_and_the_thread_serves_on() -> None:
    released, ended = threading.Event(), threading.Event()

    def work() -> None:
        released.wait(30)
        ended.set()

    async def give_up() -> str:
        waiting = asyncio.ensure_future(on_thread(work))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        released.set()
        return await on_thread(lambda: "next")

    assert asyncio.run(give_up()) == "next"
    assert ended.wait(30)


def test_a_plain_handler_leaves_the_loop_and_an_async_one_stays() -> None:
    router = Router()

    @router.get("/plain/{number}")
    def plain(number: int) -> list[int]:
        return [number, threading.get_ident()]

    @router.get("/loop")
    async def loop() -> int:
        return threading.get_ident()

    app = cast(FastAPI, make_client().app)
    app.router.routes += router.routes
    with TestClient(app) as client:
        here = client.get("/loop").json()
        number, there = client.get("/plain/7").json()
        assert client.get("/plain/seven").status_code == 400
    assert number == 7
    assert here != there


def test_every_rooms_router_is_one_of_ours() -> None:
    names = [module.name for module in walk_packages(idp.__path__, "idp.")]
    modules = [import_module(name) for name in names if not name.endswith("__main__")]
    routers = [module.router for module in modules if hasattr(module, "router")]
    routes = [route for router in routers for route in router.routes]
    assert len(routes) > 100
    assert [r.path for r in routes if not isinstance(r, ThreadRoute)] == []
