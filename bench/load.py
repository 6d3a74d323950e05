"""A closed loop of connections, bounded in count and time, and what it measured."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.client import Connection, Overloaded
from bench.cores import Cores, read_clock

Flow = Callable[[Connection], Awaitable[None]]
"""One whole story over one connection, from its first request to its last answer."""

WARM_SECONDS = 1.5
LIMIT = 100_000
"""Flows at most, whatever the time."""
_BACK_OFF = 0.25
"""Seconds after which a connection that was told to come back does."""


@dataclass(frozen=True)
class Measured:
    """One flow under load. CPU seconds are the serving process's; busy shares are of one core."""

    count: int
    refused: int
    seconds: float
    cpu_seconds: float
    serving_busy: float
    loading_busy: float
    latencies: list[float] = field(repr=False)

    @property
    def rate(self) -> float:
        """Whole flows a second."""
        return self.count / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        """CPU time of the serving process for one flow."""
        return 1000 * self.cpu_seconds / self.count

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the flows was done."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(
    flows: Sequence[tuple[Connection, Flow]], *, cores: Cores, pid: int, seconds: float
) -> Measured:
    """Run one flow per connection again and again: a warm-up, then `seconds` that count.

    `pid` is the process whose CPU time is read. A flow answered 503 is counted apart and begun
    again; any other failure of a flow ends the measurement.
    """
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + seconds
    latencies: list[float] = []
    refused = 0

    async def repeat(connection: Connection, flow: Flow) -> None:
        nonlocal refused
        while len(latencies) < LIMIT:
            started = time.perf_counter()
            if started >= end:
                return
            try:
                await flow(connection)
            except Overloaded:
                refused += started >= begin
                await asyncio.sleep(_BACK_OFF)
                continue
            done = time.perf_counter()
            if begin <= done < end:
                latencies.append(done - started)

    async with asyncio.TaskGroup() as group:
        for connection, flow in flows:
            group.create_task(repeat(connection, flow))
        await asyncio.sleep(begin - time.perf_counter())
        before, started = read_clock(cores, pid), time.perf_counter()
        await asyncio.sleep(end - time.perf_counter())
        passed, elapsed = read_clock(cores, pid).since(before), time.perf_counter() - started
    if not latencies:
        raise RuntimeError("not one flow was done in time")
    return Measured(
        count=len(latencies),
        refused=refused,
        seconds=elapsed,
        cpu_seconds=passed.process,
        serving_busy=passed.serving / elapsed,
        loading_busy=passed.loading / elapsed,
        latencies=latencies,
    )
