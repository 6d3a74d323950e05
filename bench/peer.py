"""node-oidc-provider with its in-memory store, when node and npm are there."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.flows import Party
from bench.provider import Server, free_port, pinned, wait_for_port
from bench.seed import REDIRECT_URI

_FOLDER = Path(__file__).parent / "node-oidc-provider"
_INSTALL_SECONDS = 90
PARTY = Party(
    client_id="bench",
    client_secret="a-client-secret-of-the-benchmark",
    redirect_uri=REDIRECT_URI,
    authorize_path="/auth",
)


class Skipped(Exception):
    """It cannot be measured here; the text says why."""


def install() -> None:
    """Its locked packages into `node_modules`. Raises Skipped."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Skipped(f"{program} is not installed")
    lock, stamp = _FOLDER / "package-lock.json", _FOLDER / "node_modules" / ".lock"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(
            command, cwd=_FOLDER, check=False, capture_output=True, timeout=_INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Skipped("npm ci took too long") from None
    if done.returncode:
        errors = [line for line in done.stderr.decode().splitlines() if "error" in line]
        raise Skipped(f"npm ci failed: {errors[0] if errors else done.returncode}")
    stamp.write_bytes(lock.read_bytes())


@contextmanager
def node_provider(*, core: int, log: Path) -> Iterator[Server]:
    """It, alone on its core. Raises Skipped when it does not start."""
    port = free_port()
    command = [
        *("env", "NODE_ENV=production", "node", str(_FOLDER / "server.mjs"), str(port)),
        *(PARTY.client_id, PARTY.client_secret, PARTY.redirect_uri),
    ]
    with pinned(command, core=core, log=log) as process:
        try:
            wait_for_port(process, port, log)
        except RuntimeError as error:
            raise Skipped(str(error)) from None
        yield Server(f"127.0.0.1:{port}", process.pid)
