"""The processes of the demo: started together, watched, and ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable

_POLITE_SECONDS = 0.8
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened on
"""Where a program that listens on every address is asked."""


@immutable
class Program:
    """What to start, and where it answers when it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    health_path: str = "/healthz"
    host: str = "127.0.0.1"


@immutable
class Running:
    """A started program."""

    program: Program
    process: subprocess.Popen[bytes]
    log: Path

    def is_ready(self) -> bool:
        """Whether it answers its health request."""
        host = _EVERYWHERE.get(self.program.host, self.program.host)
        connection = HTTPConnection(host, self.program.port, timeout=2)
        try:
            connection.request("GET", self.program.health_path)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def launch_command(program: Sequence[str], *, sign: signal.Signals, uid: int = 0) -> list[str]:
    """The command that becomes `program`, under another user unless `uid` is 0.

    It is sent `sign` when the calling thread ends.
    """
    script = Path(__file__).with_name("launch.py")
    numbers = (os.getpid(), int(sign), uid)
    return [sys.executable, "-I", "-S", str(script), *map(str, numbers), *program]


def check_ports(ports: Sequence[int], *, host: str) -> None:
    """Raise ConfigurationError, in one line, for the first port that somebody else listens on."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise ConfigurationError(
                    f"Port {port} cannot be used ({error.strerror}): end the program that listens "
                    "there, perhaps another `idp demo`, or choose other ports with --port."
                ) from error


Report = Callable[[Sequence[Running]], None]
"""Called again and again with those that are waited for; at last with none."""


def _say_nothing(_waited_for: Sequence[Running]) -> None:
    """For callers that show no progress."""


@contextmanager
def running(
    programs: Sequence[Program], *, logs: Path, report: Report = _say_nothing
) -> Iterator[list[Running]]:
    """Start the programs; they answer inside the block, and are gone after it.

    A busy machine takes its time: each is waited for as long as it lives. Raises
    ConfigurationError when one ends.
    """
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    started: list[Running] = []
    try:
        started.extend(_start(program, logs) for program in programs)
        waiting = list(started)
        while waiting:
            report(waiting)
            check_alive(started)
            waiting = [one for one in waiting if not one.is_ready()]
            time.sleep(0.1 if waiting else 0)
        report(waiting)
        yield started
    finally:
        _end(started)


def check_alive(started: Sequence[Running]) -> None:
    """Raise ConfigurationError, in one line, when a program has ended."""
    for one in started:
        code = one.process.poll()
        if code is not None:
            raise ConfigurationError(
                f"{one.program.name} ended with code {code}: {_last_line(one.log)} (see {one.log})"
            )


def _start(program: Program, logs: Path) -> Running:
    path = logs / f"{program.name}.log"
    with path.open("wb") as log:
        log.write(f"{program.name} is being started: {' '.join(program.command)}\n".encode())
        log.flush()
        process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            launch_command(program.command, sign=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            process_group=0,  # a terminal's Ctrl-C is for us; we then end them in order
        )
    return Running(program, process, path)


def _end(started: Sequence[Running]) -> None:
    """Politely for a moment, then at any price, with whatever they started themselves."""
    for one in started:
        _signal(one, signal.SIGTERM)
    deadline = time.monotonic() + _POLITE_SECONDS
    for one in started:
        try:
            one.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(one, signal.SIGKILL)
            one.process.wait()


def _signal(one: Running, sign: signal.Signals) -> None:
    if one.process.poll() is None:
        os.killpg(one.process.pid, sign)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no message")
