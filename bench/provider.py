"""The provider as it is run: `idp serve --workers 1`, pinned to one core, as in production."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from idp.demo.postgres import APP, OWNER, SEALER, EmbeddedPostgres
from idp.settings import Settings

_START_SECONDS = 180
ISSUER = "https://idp.bench.example"
_OPERATOR = {
    "IDP_OPERATOR__NAME_VI": "Trung tâm Đo",
    "IDP_OPERATOR__NAME_EN": "Centre for Measurement",
    "IDP_OPERATOR__HOTLINE": "1900 0000",
    "IDP_OPERATOR__ADDRESS_VI": "1 đường Đo",
    "IDP_OPERATOR__ADDRESS_EN": "1 Measurement Street",
    "IDP_OPERATOR__PRIVACY_URI": f"{ISSUER}/help/your-data",
    "IDP_OPERATOR__TERMS_URI": f"{ISSUER}/help/terms",
    "IDP_OPERATOR__ACCESSIBILITY_URI": f"{ISSUER}/help/accessibility",
}


@dataclass(frozen=True)
class Server:
    """A serving process; `host` is `name:port`. `started_in`: seconds until it answered."""

    host: str
    pid: int
    started_in: float = 0.0


def settle(postgres: EmbeddedPostgres, folder: Path) -> Settings:
    """Production settings at their defaults, with random secrets, on that database.

    They go into the environment, where the provider finds them. The journal's heads go into the
    folder.
    """
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        del os.environ[name]
    os.environ |= {
        "IDP_ENVIRONMENT": "production",
        "IDP_ISSUER__URL": ISSUER,
        **_OPERATOR,
        "IDP_DATABASE__URL": postgres.url(APP),
        "IDP_DATABASE__OWNER_URL": postgres.url(OWNER),
        "IDP_DATABASE__SEALER_URL": postgres.url(SEALER),
        "IDP_JOURNAL__HEADS_FILE": str(folder / "heads"),
        "IDP_SECRETS__ENCRYPTION_KEYS": json.dumps([secrets.token_hex(32)]),
        "IDP_SECRETS__LOOKUP_KEY": secrets.token_hex(32),
        "IDP_SECRETS__JOURNAL_KEYS": json.dumps([secrets.token_hex(32)]),
    }
    return Settings()


@contextmanager
def provider(
    *, core: int, log: Path, others: Sequence[int] = (), workers: int = 1
) -> Iterator[Server]:
    """One worker that answers, alone on its core, or more on others too, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "idp", "serve", "--port", str(port)]
    command += ["--workers", str(workers)]
    started = time.perf_counter()
    with pinned(command, core=core, log=log, others=others) as process:
        wait_for_port(process, port, log)
        seconds = time.perf_counter() - started
        yield Server(f"127.0.0.1:{port}", process.pid, seconds)


@contextmanager
def pinned(
    command: Sequence[str], *, core: int, log: Path, others: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process on one core, or on others too; it has ended when the block has."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        os.sched_setaffinity(process.pid, {core, *others})
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when the process accepts connections. RuntimeError with its last words otherwise."""
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if probe.recv(12).startswith(b"HTTP/1.1 "):
                    return
        except OSError:
            time.sleep(0.1)
    words = log.read_text(errors="replace").strip().splitlines()
    raise RuntimeError(f"it did not start: {words[-1] if words else 'no word from it'}")
