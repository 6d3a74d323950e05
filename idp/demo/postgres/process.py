"""The server as an operating-system process: launched, recognised, signalled."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from idp.demo.postgres.layout import Layout

PORT = "5432"  # part of the socket's name; nothing listens on a network
_LARGEST_LOG = 10_000_000
_OPTIONS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm 64 MB
    "io_method": "sync",
    "jit": "off",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def launch(layout: Layout, *, durable: bool) -> subprocess.Popen[bytes]:
    """Start the server under the calling thread; it ends when that thread does."""
    if layout.log.exists() and layout.log.stat().st_size > _LARGEST_LOG:
        layout.log.write_bytes(b"")
    quoted = str(layout.socket_folder).replace('"', '""')
    options = _OPTIONS | {"unix_socket_directories": f'"{quoted}"'}
    options |= {} if durable else _NOT_DURABLE
    arguments = [
        argument for name, value in options.items() for argument in ("-c", f"{name}={value}")
    ]
    with layout.log.open("ab") as log:
        layout.make_own(layout.log)
        return subprocess.Popen(  # noqa: S603 - our own program, no shell
            [
                *(sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py"))),
                *(str(os.getpid()), str(layout.uid)),
                *(str(layout.binaries.postgres), "-D", str(layout.cluster), *arguments),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            start_new_session=True,  # a terminal's Ctrl-C is for us; we stop the server
        )


def running_server(cluster: Path) -> int:
    """The process that serves this cluster, by its lock file; 0 when the file is stale."""
    try:
        pid, folder = (cluster / "postmaster.pid").read_text().splitlines()[:2]
        command = Path("/proc", pid, "cmdline")
        has_proc = Path("/proc/self").exists()
        is_server = not has_proc or os.fsencode(cluster) in command.read_bytes()
    except (OSError, ValueError):
        return 0
    return int(pid) if folder == str(cluster) and is_server and is_alive(int(pid)) else 0


def is_alive(pid: int) -> bool:
    """Whether it exists and has not ended; a zombie has."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] != "Z"
    except OSError:
        return True


def send(pid: int, sign: signal.Signals) -> None:
    """Signal a process that may be gone."""
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def await_end(pid: int, seconds: float, exited: threading.Event) -> None:
    """Return when it has ended or the time is over."""
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        exited.wait(0.02)


def last_words(layout: Layout) -> str:
    """The last complaint in the server's log."""
    try:
        lines = layout.log.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    grave = (
        [line for line in lines if "FATAL" in line or "PANIC" in line] or lines or ["no message"]
    )
    return f"{grave[-1]} (see {layout.log})"
