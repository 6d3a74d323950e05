"""What people who are signed in notice while a crowd types its passwords.

Two workers share both cores with the database and the load. 160 clients sign in with passwords,
each beginning anew when it is done or was told to come back; meanwhile a few people with sessions
go to a service, and a load balancer asks whether the node is ready.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.client import Connection, Overloaded
from bench.flows import Party, code_flow, password_flow
from bench.load import Flow
from bench.seed import Country

CROWD = 160
SIGNED_IN = 4
_WARM_SECONDS = 2.0
_PAUSE = 0.05
"""Seconds between two flows of somebody signed in, and between two questions for readiness."""
_BACK_OFF = 0.25


@dataclass
class Told:
    """How one kind of client was answered."""

    seconds: list[float] = field(default_factory=list, repr=False)
    refused: int = 0

    @property
    def count(self) -> int:
        """Flows that were done."""
        return len(self.seconds)

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the flows was done; 0 when none was."""
        ordered = sorted(self.seconds) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Flood:
    """One flood, as those in it and beside it saw it."""

    seconds: float
    crowd: Told = field(default_factory=Told)
    signed_in: Told = field(default_factory=Told)
    readiness: Told = field(default_factory=Told)


async def measure_flood(
    country: Country, party: Party, *, host: str, cookie: bytes, seconds: float
) -> Flood:
    """Let the crowd in, and count for so many seconds what everybody is told."""
    flood = Flood(seconds)
    begin = time.perf_counter() + _WARM_SECONDS
    end = begin + seconds

    async def repeat(flow: Flow, told: Told, *, pause: float = 0.0, token: str = "") -> None:
        cookies = {cookie: token.encode()} if token else {}
        connection = Connection(host, cookies)
        while (started := time.perf_counter()) < end:
            try:
                await flow(connection)
            except Overloaded:
                told.refused += started >= begin
                await asyncio.sleep(max(pause, _BACK_OFF))
                continue
            if started >= begin:
                told.seconds.append(time.perf_counter() - started)
            await asyncio.sleep(pause)
        connection.close()

    async with asyncio.TaskGroup() as group:
        for citizen in country.citizens[:CROWD]:
            group.create_task(repeat(password_flow(party, citizen.number), flood.crowd))
        for token in _tokens(country):
            flow = code_flow(party)
            group.create_task(repeat(flow, flood.signed_in, pause=_PAUSE, token=token))
        group.create_task(repeat(_ask_readiness, flood.readiness, pause=_PAUSE))
    return flood


def _tokens(country: Country) -> Sequence[str]:
    return [citizen.session_token for citizen in country.citizens[-SIGNED_IN:]]


async def _ask_readiness(connection: Connection) -> None:
    (await connection.get("/readyz")).expect(200)
