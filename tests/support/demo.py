"""The demo as a newcomer starts it: `idp demo`, in a folder of its own, on free ports."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from tests.support.served import free_port

START_SECONDS = 240


@dataclass(frozen=True)
class Demo:
    """A running demo and what it printed."""

    facts: dict[str, Any]
    process: subprocess.Popen[bytes]
    data_dir: Path

    @property
    def issuer(self) -> str:
        """The provider's address."""
        return str(self.facts["issuer"])

    def service(self, name: str) -> str:
        """A sample relying party's address."""
        return str(self.facts["services"][name])

    def player(self, role: str) -> "Player":
        """One of the people printed."""
        return Player(next(p for p in self.facts["people"] if p["role"] == role))

    def run(self, *arguments: str) -> Any:
        """An `idp` command beside the running demo; what it printed as JSON."""
        result = subprocess.run(
            [sys.executable, "-m", "idp", *arguments, "--json"],
            env=_without_settings() | {"IDP_DATA_DIR": str(self.data_dir)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert result.returncode == 0, result.stderr.decode()
        return json.loads(result.stdout)


class Player:
    """Someone of the demo, with their authenticator app."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.number: str = facts["number"]
        self.name: str = facts["name"]
        self.birthdate: str = facts["birthdate"]
        self.sex: str = facts["sex"]
        self.password: str = facts["password"]
        self.totp_secret: str = facts["totp_secret"]


_spent: dict[str, int] = {}


def next_code(secret: str) -> str:
    """A code of that secret which was not used before; waits for the next one if need be."""
    now = int(time.time()) // 30
    step = max(now, _spent.get(secret, 0) + 1)
    while step > int(time.time()) // 30 + 1:
        time.sleep(0.5)
    _spent[secret] = step
    return pyotp.TOTP(secret).generate_otp(step)


@contextmanager
def running_demo() -> Iterator[Demo]:
    """`idp demo` from nothing; it must end within seconds of the signal that Ctrl-C sends."""
    folder = Path(tempfile.mkdtemp(prefix="idp-demo-"))
    folder.chmod(0o711)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "idp", "demo", "--json", "--port", str(free_port(in_a_row=6))],
            env=_without_settings() | {"IDP_DATA_DIR": str(folder / "var")},
            stdout=out,
            stderr=errors,
            start_new_session=True,
        )
    try:
        yield Demo(_await_facts(process, folder), process, folder / "var")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}


def _await_facts(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            facts: dict[str, Any] = json.loads((folder / "out").read_text())
        except ValueError:
            time.sleep(0.3)
        else:
            return facts
    raise AssertionError((folder / "err").read_text())
