"""What a command took: seconds on the wall, seconds of CPU here and in the database, memory."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

_TICKS = os.sysconf("SC_CLK_TCK")


class OutOfTime(Exception):
    """The bench's minutes are over; what has not been measured is not."""


@dataclass
class Deadline:
    """When the bench is to end."""

    ends_at: float

    @property
    def left(self) -> float:
        """Seconds."""
        return self.ends_at - time.perf_counter()


@dataclass(frozen=True)
class Took:
    """One step. CPU seconds of our process and of the database; memory of ours at most, in MB."""

    seconds: float
    cpu: float
    database_cpu: float
    memory: float = 0.0


@dataclass
class Meter:
    """Runs steps one after the other and keeps what each took."""

    engine: Engine
    deadline: Deadline
    took: dict[str, Took] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    _postmaster: int = 0

    def command(self, name: str, *arguments: str) -> Took | None:
        """A Python module as a process of its own. Raises RuntimeError with its last words."""
        started, before = time.perf_counter(), self._database_cpu()
        with subprocess.Popen(
            [sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            usage = self._wait(process)
            words = process.stderr.read().decode(errors="replace") if process.stderr else ""
        if usage is None:
            self.skipped[name] = f"not done in {time.perf_counter() - started:.0f} s"
            return None
        status, used, memory = usage
        if status:
            raise RuntimeError(f"{name}: {words.strip().splitlines()[-1:] or status}")
        return self._keep(
            name,
            Took(
                time.perf_counter() - started,
                used.ru_utime + used.ru_stime,
                self._database_cpu() - before,
                memory,
            ),
        )

    def here(self, name: str, work: Callable[[], object]) -> Took:
        """Something of this process, whose memory says nothing."""
        started, before, cpu = time.perf_counter(), self._database_cpu(), time.process_time()
        work()
        return self._keep(
            name,
            Took(
                time.perf_counter() - started,
                time.process_time() - cpu,
                self._database_cpu() - before,
            ),
        )

    def _keep(self, name: str, took: Took) -> Took:
        """Say how far it is, for whoever waits."""
        self.took[name] = took
        told = f"{took.seconds:.1f} s, CPU {took.cpu:.1f} + {took.database_cpu:.1f} s"
        print(f"{name}: {told}", file=sys.stderr, flush=True)
        return took

    def _wait(
        self, process: subprocess.Popen[bytes]
    ) -> tuple[int, resource.struct_rusage, float] | None:
        """Its status and what it used; None where the time was over first: it is ended."""
        memory = 0.0
        try:
            while self.deadline.left > 0:
                memory = max(memory, _most_memory(process.pid))
                pid, status, used = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    process.returncode = os.waitstatus_to_exitcode(status)
                    return process.returncode, used, memory
                time.sleep(0.02)
        finally:
            if process.returncode is None:
                process.kill()
        process.wait(10)
        return None

    def _database_cpu(self) -> float:
        """Seconds of all that the server has done, in processes that ended and that run."""
        if not self._postmaster:
            with self.engine.connect() as connection:
                backend = connection.scalar(text("SELECT pg_backend_pid()"))
            self._postmaster = int(_stat(int(backend or 0))[1])
        own = _stat(self._postmaster)
        running = (_stat(pid) for pid in _processes())
        return sum(map(float, own[11:15])) / _TICKS + sum(
            sum(map(float, each[11:13])) / _TICKS
            for each in running
            if each and int(each[1]) == self._postmaster
        )


def _most_memory(pid: int) -> float:
    """MB that it had resident at most; what the kernel tells at its end is its parent's, too."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0


def _processes() -> Sequence[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields that follow the program's name; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
