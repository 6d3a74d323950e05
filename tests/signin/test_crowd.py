"""Many people type their password at once: they wait holding nothing, and nobody else waits."""

import asyncio
import re
import threading
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from idp.factors.models import FailureCounter
from idp.factors.password import Verification
from idp.settings.server import ServerSettings
from idp.web.lanes import Lanes
from tests.signin.conftest import World

CROWD = 160


def typed_password(world: World, nth: int) -> tuple[str, dict[str, str], str]:
    """Where a browser of its own is about to post a password: address, form, source."""
    address = f"198.51.100.{nth}"
    browser = world.browser(address=address)
    path = f"/signin/{browser.open()}/password"
    browser.post(path.replace("password", "identifier"), identifier=world.new_number())
    hidden = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', browser.get(path).text)
    return path, {**dict(hidden), "password": "wrong"}, address


def test_a_crowd_at_the_password_holds_no_connection_and_only_who_is_checked_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E5: 160 people, one core: pages answer, and 503 is for those beyond the queue alone."""
    server = ServerSettings(hashing_threads=1, queue_limit=CROWD // 2)
    monkeypatch.setattr("idp.web.lanes._HASH_WAIT", 60.0)
    monkeypatch.setitem(world.app.state.parts, Lanes, Lanes(server))
    hashing, released = threading.Event(), threading.Event()

    def verify(*_: Any) -> Verification:
        hashing.set()
        assert released.wait(60)
        return Verification(is_right=False)

    monkeypatch.setattr("idp.web.password_check.verify_password", verify)
    crowd = [typed_password(world, nth) for nth in range(CROWD)]
    page, cookies = crowd[0][0], world.browser().client.cookies
    pool: Any = world.app.state.runtime.engine.pool

    def client(source: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(world.app, client=(source, 50000))
        url = "http://localhost:8000"
        return httpx2.AsyncClient(transport=transport, base_url=url, cookies=cookies)

    async def post(path: str, form: dict[str, str], source: str) -> httpx2.Response:
        async with client(source) as browser:
            return await browser.post(path, data=form)

    async def play() -> list[httpx2.Response]:
        posting = [asyncio.create_task(post(*each)) for each in crowd]
        try:
            async with client("192.0.2.1") as browser:
                for _ in range(20):
                    assert (await browser.get(page)).status_code == 200
            assert await asyncio.to_thread(hashing.wait, 30)
            assert pool.checkedout() == 0
            assert count_failures(world) == before + 1
        finally:
            released.set()
        return await asyncio.gather(*posting)

    before = count_failures(world)
    answers = asyncio.run(play())
    refused = [answer for answer in answers if answer.status_code == 503]
    served = [answer for answer in answers if answer.status_code == 303]
    assert len(refused) + len(served) == CROWD
    assert len(served) == 1 + CROWD // 2
    assert all("retry-after" in answer.headers for answer in refused)
    assert count_failures(world) == before + len(served)


def count_failures(world: World) -> int:
    """Numbers somebody failed at."""
    with world.transaction() as db:
        return db.scalar(select(func.count()).select_from(FailureCounter)) or 0
