"""E6: a log that nobody reads stops neither requests nor the stop."""

import fcntl
import signal
import subprocess
import sys
import time

import httpx2
import pytest

from tests.support.country import Country
from tests.support.postgres import Database
from tests.support.served import environment_for, free_port

F_SETPIPE_SZ = 1031
SMALL = 4096
"""Bytes that the pipe holds: a few records."""
SECONDS = 60


def await_ready(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            if httpx2.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("is_read", [False, True])
def test_nobody_reads_the_log(
    module_database: Database, country: Country, workers: int, is_read: bool
) -> None:
    """Read by somebody, it is whole: the control."""
    port = free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "idp", "serve", "--port", str(port), "--grace", "2"]
    process = subprocess.Popen(
        [*command, "--workers", str(workers)],
        env=environment_for(module_database, issuer=url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    if not is_read:
        fcntl.fcntl(process.stderr, F_SETPIPE_SZ, SMALL)
    try:
        await_ready(url)
        for number in range(80):
            path = f"/nowhere/{number}" if number % 2 else "/authorize?client_id=nobody"
            assert httpx2.get(f"{url}{path}", timeout=5).status_code in (400, 404), number
        assert httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
        process.send_signal(signal.SIGTERM)
        if is_read:
            assert process.stderr.read().count(b'"request.refused"') >= 60
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.stderr.close()
        process.wait(10)
