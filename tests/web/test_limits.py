"""Only so much of a request is read, and only so many are let in."""

import asyncio

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from idp.kit.errors import Overloaded
from idp.settings.server import ServerSettings
from idp.web.limits import MAX_HEADERS, MAX_TARGET, Gate, LimitsMiddleware
from tests.web.conftest import make_client


@pytest.mark.parametrize(
    "target",
    ["/form%", "/form%zz", "/form%00", "/form%ff", "/query?a=%", "/query?a=%00", "/query?%c0%80=1"],
)
def test_an_unreadable_address_is_refused(client: TestClient, target: str) -> None:
    assert client.get(target).status_code == 400


def test_a_long_address_is_refused(client: TestClient) -> None:
    assert client.get("/query?a=" + "x" * 1000).status_code == 200
    assert client.get("/query?a=" + "x" * MAX_TARGET).status_code == 414


def test_long_headers_are_refused(client: TestClient) -> None:
    assert client.get("/form", headers={"x": "x" * 1000}).status_code == 200
    assert client.get("/form", headers={"x": "x" * MAX_HEADERS}).status_code == 431


@pytest.mark.asvs("5.2.1")
def test_a_large_body_is_refused_declared_or_streamed() -> None:
    client = make_client(server=ServerSettings(max_body_bytes=1000))
    form = {"content-type": "application/x-www-form-urlencoded"}

    def streamed(size: int) -> int:
        parts = (b"a" * 100 for _ in range(size // 100))
        return client.post("/token", content=parts, headers=form).status_code

    assert client.post("/token", data={"a": "x" * 900}).status_code == 200
    assert client.post("/token", data={"a": "x" * 1001}).status_code == 413
    assert (streamed(100), streamed(1100)) == (200, 413)
    odd = client.post("/token", content=b"a=1", headers={**form, "content-length": "x"})
    assert odd.status_code == 400


@pytest.mark.asvs("15.2.2")
def test_the_gate_admits_as_many_as_it_has_slots_and_queues_few() -> None:
    async def play() -> None:
        gate = Gate(1, queue_limit=1, queue_wait=0.05)
        order = []

        async def work(name: str) -> None:
            async with gate.slot():
                order.append(name)

        async with gate.slot():
            queued = asyncio.create_task(work("queued"))
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                await work("beyond the queue")
            with pytest.raises(Overloaded):
                await queued
        await work("later")
        assert order == ["later"]

    asyncio.run(play())


def test_who_waited_for_a_slot_gets_it() -> None:
    async def play() -> None:
        gate = Gate(1, queue_limit=1, queue_wait=60)
        async with gate.slot():

            async def wait() -> bool:
                async with gate.slot():
                    return True

            queued = asyncio.create_task(wait())
            await asyncio.sleep(0)
        assert await queued

    asyncio.run(play())


def test_a_request_beyond_the_limit_is_told_to_come_back() -> None:
    client = make_client(server=ServerSettings(threads=0, queue_limit=0))
    page, program = client.get("/form"), client.post("/token", data={})
    assert (page.status_code, page.headers["retry-after"]) == (503, "3")
    assert program.json()["error"] == "temporarily_unavailable"
    assert client.get("/static/app.css").status_code == 200


def test_a_reader_who_takes_nothing_holds_no_thread() -> None:
    """G10: with one thread, two requests are answered while no answer is taken."""
    scope = {"type": "http", "path": "/", "headers": []}
    reached, never = [], asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        await never.wait()

    async def play() -> None:
        limited = LimitsMiddleware(app, settings=ServerSettings(threads=1, queue_limit=0))
        asked = [asyncio.create_task(limited(scope, receive, send)) for _ in range(2)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(reached) == 2
        never.set()
        await asyncio.gather(*asked)

    asyncio.run(play())
