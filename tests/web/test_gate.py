"""A gate: so many at once, few more wait, and sources take turns."""

import asyncio
from collections.abc import Coroutine

import pytest

from idp.kit.errors import Overloaded
from idp.web.gate import Gate


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


async def until_they_wait(*workers: Coroutine[None, None, None]) -> list[asyncio.Task[None]]:
    """Begun, one after the other, and waiting."""
    tasks = [asyncio.create_task(worker) for worker in workers]
    await asyncio.sleep(0)
    return tasks


def test_sources_take_turns() -> None:
    """E5: whoever waits behind a crowd from one address waits for one of it at most."""

    async def play() -> list[str]:
        gate, served = Gate(1, queue_limit=10, queue_wait=60), []

        async def work(source: str) -> None:
            async with gate.slot(lambda: source):
                served.append(source)

        async with gate.slot():
            tasks = await until_they_wait(*map(work, ["crowd"] * 5 + ["one", "other"]))
        await asyncio.gather(*tasks)
        return served

    assert asyncio.run(play()) == ["crowd", "one", "other", *["crowd"] * 4]


def test_a_full_queue_of_one_source_makes_room_for_others_and_for_no_more_of_its_own() -> None:
    """E5: a crowd from one address does not fill the queue against the others."""

    async def play() -> tuple[list[str], list[str]]:
        gate, served, refused = Gate(1, queue_limit=4, queue_wait=60), [], []

        async def work(source: str) -> None:
            try:
                async with gate.slot(lambda: source[:-1]):
                    served.append(source)
            except Overloaded:
                refused.append(source)

        asked = ["crowd1", "crowd2", "crowd3", "crowd4", "crowd5", "a1", "b1", "a2", "c1"]
        async with gate.slot():
            tasks = await until_they_wait(*map(work, asked))
        await asyncio.gather(*tasks)
        return served, refused

    served, refused = asyncio.run(play())
    assert served == ["crowd1", "a1", "b1", "c1"]
    assert sorted(refused) == ["a2", "crowd2", "crowd3", "crowd4", "crowd5"]


def test_one_that_is_cancelled_while_it_waits_costs_no_slot() -> None:
    """Whether its turn has come at that very moment or not."""

    async def play(*, at_its_turn: bool) -> None:
        gate = Gate(1, queue_limit=2, queue_wait=60)

        async def work() -> None:
            async with gate.slot():
                pass

        async with gate.slot():
            cancelled, other = await until_they_wait(work(), work())
            if not at_its_turn:
                cancelled.cancel()
        cancelled.cancel()
        await other
        assert cancelled.cancelled()
        await work()

    for at_its_turn in (False, True):
        asyncio.run(play(at_its_turn=at_its_turn))
