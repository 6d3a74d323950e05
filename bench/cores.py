"""Which core serves and which one loads, and how busy they were."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """`serving`: the worker alone. `loading`: the database and the load generator."""

    serving: int
    loading: int

    @property
    def is_shared(self) -> bool:
        """Whether there is only one core, so that the load takes time from the worker."""
        return self.serving == self.loading


def choose_cores() -> Cores:
    """The last and the first core this process may use. This process moves to the second."""
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(serving=allowed[-1], loading=allowed[0])
    os.sched_setaffinity(0, {cores.loading})
    return cores


@dataclass(frozen=True)
class Clock:
    """A reading of a process's CPU seconds and of both cores' busy seconds."""

    process: float
    serving: float
    loading: float

    def since(self, before: "Clock") -> "Clock":
        """What passed between two readings."""
        return Clock(
            self.process - before.process,
            self.serving - before.serving,
            self.loading - before.loading,
        )


def read_clock(cores: Cores, pid: int) -> Clock:
    """CPU time used so far by all threads of `pid`, and by everybody on either core."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(fields[11]) + int(fields[12])) / _TICKS
    return Clock(used, _busy(cores.serving), _busy(cores.loading))


def _busy(core: int) -> float:
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
            return (user + nice + system + irq + softirq + steal) / _TICKS
    raise RuntimeError(f"/proc/stat has no core {core}")


@dataclass(frozen=True)
class Memory:
    """Of a process, in MB."""

    rss: float
    pss: float


def read_memory(pid: int) -> Memory:
    """Resident memory, and the part of it that is the process's own share."""
    values = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size, *_ = line.split()
        values[name] = int(size) * 1024 / 1e6
    return Memory(rss=values["Rss:"], pss=values["Pss:"])
