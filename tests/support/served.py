"""The provider as operators run it: `idp serve` in processes of its own, on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx2

from tests.support.postgres import Database

START_SECONDS = 60
_PLACES, _WIDTH = 2_000, 10
_looked_at = count(step=7)


@dataclass(frozen=True)
class Served:
    """A serving process: the provider's, or a relying party's. `log` is what it wrote so far."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        """Its standard output and error."""
        return self.log_file.read_text(errors="replace")

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.process.kill()
        self.process.wait(10)


def free_port(*, in_a_row: int = 1) -> int:
    """The first of so many ports on which nobody listens at this moment.

    Of those that the system hands to no connection, and each process looks from another place on:
    two runs beside each other, and what they start, get others.
    """
    for _ in range(_PLACES):
        first = 12_000 + (os.getpid() + next(_looked_at)) % _PLACES * _WIDTH
        try:
            for port in range(first, first + in_a_row):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError(f"no {in_a_row} free ports in a row")


def environment_for(database: Database, *, issuer: str, **more: str) -> dict[str, str]:
    """The environment of a process on that database, with the tests' secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return kept | {
        "IDP_ENVIRONMENT": "test",
        "IDP_ISSUER__URL": issuer,
        "IDP_DATABASE__URL": database.app_url,
        "IDP_DATABASE__OWNER_URL": database.owner_url,
        "IDP_DATABASE__SEALER_URL": database.sealer_url,
        "IDP_SECRETS__ENCRYPTION_KEYS": json.dumps(["demo-encryption-key-of-the-tests-0001"]),
        "IDP_SECRETS__LOOKUP_KEY": "demo-lookup-key-of-the-tests-00000001",
        "IDP_SECRETS__JOURNAL_KEYS": json.dumps(["demo-journal-key-of-the-tests-000001"]),
        "IDP_PASSWORDS__ARGON2_MEMORY_KIB": "1024",
        "IDP_PASSWORDS__ARGON2_TIME": "1",
        **more,
    }


@contextmanager
def served(
    database: Database,
    *,
    issuer: str = "",
    port: int = 0,
    workers: int = 1,
    settings: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> Iterator[Served]:
    """A provider that answers, until the block ends."""
    port = port or free_port()
    url = f"http://localhost:{port}"
    environment = environment_for(database, issuer=issuer or url, **(settings or {}))
    command = [sys.executable, "-m", "idp", "serve", "--port", str(port)]
    command += ["--workers", str(workers), "--grace", "2", *options]
    with serving(command, environment, url=url, ready_path="/readyz") as provider:
        yield provider


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], *, url: str, ready_path: str
) -> Iterator[Served]:
    """A process that answers at `url`, once `ready_path` there does, until the block ends."""
    with running(command, environment, url=url) as server:
        _wait_until_ready(server, ready_path)
        yield server


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], *, url: str = ""
) -> Iterator[Served]:
    """A process, until the block ends; SIGTERM ends it."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Served(url=url, process=process, log_file=Path(log.name))
        finally:
            _stop(process)


def _wait_until_ready(server: Served, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            if httpx2.get(f"{server.url}{path}", timeout=2).status_code < 500:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{server.log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
