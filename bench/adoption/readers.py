"""Readers of the figures at a fixed rate, beside people who sign in; after a day's sign-ins.

Readers come when they come, whether or not those before them were answered; a wait is counted from
the instant at which one came.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import uvloop
from sqlalchemy import Engine, text

from bench.adoption.country import sign_in
from bench.adoption.pages import FULL, TODAY
from bench.client import Connection, UnexpectedAnswer
from bench.cores import Cores, read_clock, read_memory
from bench.flood import SIGNED_IN, Told
from bench.flows import Party, code_flow
from bench.provider import Server, provider
from bench.seed import CLIENT_ID, REDIRECT_URI, Country, found_country
from idp.figures.days import day_start
from idp.kit import clock
from idp.settings import Settings
from idp.web.cookies import CookieNames

_ADDRESSES = (FULL, "/adoption/places", FULL, "/adoption/agencies", FULL, "/adoption/scores")
_EVERY_TENTH = 10
"""One reader in so many reads today's figures, which no page keeps."""
_CONNECTIONS = 128
_PAUSE = 0.05
_WARM_SECONDS = 2.0
_PEOPLE = 20
_WORKERS = 2


@dataclass
class Crowd:
    """What readers and people who sign in were told; milliseconds through `Told.percentile`."""

    today: int
    rate: int
    readers: Told = field(default_factory=Told)
    of_today: Told = field(default_factory=Told)
    alone: Told = field(default_factory=Told)
    """Sign-ins without readers."""
    beside: Told = field(default_factory=Told)
    """Sign-ins beside them."""
    cpu_milliseconds: float = 0.0
    """Of the workers, for each reader; sign-ins beside them are in it."""
    memory: float = 0.0


def measure_crowd(
    settings: Settings,
    engine: Engine,
    owner: Engine,
    *,
    size: tuple[int, int, int, float],
    close: Callable[[], object],
    log: Path,
) -> Crowd:
    """Let so many sign in today, the minute's rollup read them, then let the readers in."""
    subjects, today, rate, seconds = size
    zone = settings.country.time_zone
    since = day_start(clock.today(zone), zone)
    with owner.begin() as connection:
        passed = (clock.now() - since).total_seconds()
        sign_in(connection, since, today, known=subjects, seconds=passed)
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence('person', 'subject_number'), :last)"),
            {"last": subjects},
        )
    close()
    country = found_country(engine, settings=settings, people=_PEOPLE, holders=0)
    party = Party(CLIENT_ID, country.client_secret, REDIRECT_URI)
    cookie = CookieNames.under(settings.issuer).session.encode()
    allowed = sorted(os.sched_getaffinity(0))
    with (
        provider(core=allowed[0], others=allowed, workers=_WORKERS, log=log) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        people = _People(country, party, cookie)
        return runner.run(_measure(server, people, Crowd(today, rate), seconds))


@dataclass(frozen=True)
class _People:
    """Who signs in, at which service."""

    country: Country
    party: Party
    cookie: bytes


async def _measure(server: Server, people: _People, crowd: Crowd, seconds: float) -> Crowd:
    tokens = [citizen.session_token for citizen in people.country.citizens[:SIGNED_IN]]

    async def signing_in(told: Told, end: float) -> None:
        async with asyncio.TaskGroup() as group:
            for token in tokens:
                connection = Connection(server.host, {people.cookie: token.encode()})
                group.create_task(_sign_in(connection, people.party, told, end))

    await signing_in(Told(), time.perf_counter() + _WARM_SECONDS)
    await signing_in(crowd.alone, time.perf_counter() + seconds)
    await _read(server, Crowd(crowd.today, crowd.rate), _WARM_SECONDS)
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(allowed[-1], allowed[0])
    before = [read_clock(cores, pid).process for pid in _family(server.pid)]
    async with asyncio.TaskGroup() as group:
        group.create_task(signing_in(crowd.beside, time.perf_counter() + seconds))
        group.create_task(_read(server, crowd, seconds))
    after = [read_clock(cores, pid).process for pid in _family(server.pid)]
    read = max(1, crowd.readers.count + crowd.of_today.count)
    crowd.cpu_milliseconds = 1000 * (sum(after) - sum(before)) / read
    crowd.memory = max(read_memory(pid).rss for pid in _family(server.pid))
    return crowd


async def _sign_in(connection: Connection, party: Party, told: Told, end: float) -> None:
    flow = code_flow(party)
    while (started := time.perf_counter()) < end:
        try:
            await flow(connection)
            told.seconds.append(time.perf_counter() - started)
        except (UnexpectedAnswer, OSError):
            told.refused += 1
        await asyncio.sleep(_PAUSE)
    connection.close()


async def _read(server: Server, crowd: Crowd, seconds: float) -> None:
    """So many readers a second over kept-alive connections, each at its own instant."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        free.put_nowait(Connection(server.host))
    begin, numbers = time.perf_counter(), count()

    async def read(number: int, came: float) -> None:
        is_today = number % _EVERY_TENTH == 0
        told = crowd.of_today if is_today else crowd.readers
        address = TODAY if is_today else _ADDRESSES[number % len(_ADDRESSES)]
        connection = await free.get()
        try:
            (await connection.get(address)).expect(200)
            told.seconds.append(time.perf_counter() - came)
        except (UnexpectedAnswer, OSError):
            told.refused += 1
            connection.close()
        finally:
            free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            came = begin + number / crowd.rate
            if came - begin >= seconds:
                break
            await asyncio.sleep(max(0.0, came - time.perf_counter()))
            group.create_task(read(number, came))
    while not free.empty():
        free.get_nowait().close()


def _family(pid: int) -> list[int]:
    """A process and those it started, as they are now."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found
