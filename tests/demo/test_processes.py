"""The demo's programs start together, are watched, and leave nothing behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from idp.demo import processes
from idp.demo.processes import Program, Running, check_alive, check_ports, running
from idp.kit.errors import ConfigurationError

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(code: str, port: int, *, host: str = "127.0.0.1") -> Program:
    """A small program."""
    command = [sys.executable, "-c", code, str(port)]
    return Program("sample", command, dict(os.environ), port, host=host)


def test_a_taken_port_is_refused_and_a_free_one_accepted(port: int) -> None:
    check_ports([port], host="127.0.0.1")
    with socket.create_server(("127.0.0.1", port)), pytest.raises(ConfigurationError, match="Port"):
        check_ports([port], host="127.0.0.1")


def test_programs_answer_inside_the_block_and_are_gone_after_it(tmp_path: Path, port: int) -> None:
    with running([program(SERVER, port)], logs=tmp_path) as (one,):
        check_alive([one])
        assert one.is_ready()
    assert one.process.returncode is not None
    assert not one.is_ready()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0"])
def test_a_program_is_asked_where_it_listens(tmp_path: Path, port: int, host: str) -> None:
    """C18: elsewhere it would be waited for without an end."""
    listening = program(SERVER.replace("127.0.0.1", host), port, host=host)
    with running([listening], logs=tmp_path) as (one,):
        assert one.is_ready()


def test_a_program_that_does_not_start_is_named_with_its_last_words(
    tmp_path: Path, port: int
) -> None:
    failing = program("raise SystemExit('no luck')", port)
    with pytest.raises(ConfigurationError, match="no luck"), running([failing], logs=tmp_path):
        pass


def test_a_program_that_dies_later_is_noticed(tmp_path: Path, port: int) -> None:
    with running([program(SERVER, port)], logs=tmp_path) as (one,):
        one.process.kill()
        one.process.wait()
        with pytest.raises(ConfigurationError, match="sample ended"):
            check_alive([one])


@pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's parent-death signal")
def test_a_program_ends_with_the_process_that_started_it(tmp_path: Path, port: int) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from tests.demo.test_processes import SERVER, program, running\n"
        "from pathlib import Path\n"
        f"with running([program(SERVER, {port})], logs=Path({str(tmp_path)!r})) as (one,):\n"
        "    print(one.process.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z" in _state(pid):
            return
        time.sleep(0.05)
    pytest.fail("the program outlived its parent")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return "Z"


SLOW = """
import pathlib, sys, time
while not pathlib.Path({sign!r}).exists(): time.sleep(0.01)
"""


def test_a_slow_program_is_waited_for_as_long_as_it_lives(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C18: an hour by the clock; ready means answering, and its log says what it does meanwhile."""
    sign, hours, told = tmp_path / "sign", iter(range(0, 10**9, 3600)), []
    monkeypatch.setattr(processes.time, "monotonic", lambda: float(next(hours)))

    def report(waited_for: Sequence[Running]) -> None:
        told.append([one.log.read_text().splitlines()[0] for one in waited_for])
        if len(told) == 3:
            sign.touch()

    slow = program(SLOW.format(sign=str(sign)) + SERVER, port)
    with running([slow], logs=tmp_path, report=report) as (one,):
        assert one.is_ready()
        monkeypatch.undo()
    assert len(told) > 3
    assert told[0][0].startswith("sample is being started: ")
    assert told[-1] == []


def test_what_ends_while_it_is_waited_for_ends_the_wait(tmp_path: Path, port: int) -> None:
    """C18, control: with its last words."""
    sign = tmp_path / "sign"
    ending = program(SLOW.format(sign=str(sign)) + "raise SystemExit('no luck')", port)
    with (
        pytest.raises(ConfigurationError, match="no luck"),
        running([ending], logs=tmp_path, report=lambda _: sign.touch()),
    ):
        pytest.fail("it never answered")
