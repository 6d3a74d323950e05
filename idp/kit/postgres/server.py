"""Starting, watching and stopping the embedded server."""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from sqlalchemy import URL

from idp.kit.errors import ConfigurationError
from idp.kit.postgres.cluster import (
    APP,
    DATABASE,
    SUPERUSER,
    admit_only_us,
    ensure_roles_and_database,
    make_cluster,
)
from idp.kit.postgres.layout import Layout, prepare_layout

_log = logging.getLogger(__name__)
_PORT = "5432"  # part of the socket's name; nothing listens on a network
_START_LIMIT = 60.0
_LARGEST_LOG = 10_000_000
_OPTIONS = {
    "listen_addresses": "",
    "port": _PORT,
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


class EmbeddedPostgres:
    """One private server per data folder, shared by all processes that use the folder.

    The first process to come starts and watches it, and ends it when it stops or dies; the others
    join, and never stop it. `durable=False` is for tests: a power cut may lose the cluster.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data_dir = data_dir
        self._durable = durable
        self._layout: Layout | None = None
        self._lock: IO[str] | None = None
        self._pid = 0
        self._stopping = threading.Event()
        self._exited = threading.Event()
        self._watcher: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def is_ours(self) -> bool:
        """Whether this process started or adopted the server, and so ends it."""
        return self._lock is not None

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """The SQLAlchemy URL of `database` for `role`, after `start`."""
        return URL.create(
            "postgresql+psycopg",
            username=role,
            database=database,
            query={"host": str(self._socket()), "port": _PORT},
        ).render_as_string()

    def connect(self, role: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        """A psycopg connection in autocommit mode, after `start`."""
        return psycopg.connect(
            host=str(self._socket()),
            port=_PORT,
            user=role,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def start(self) -> None:
        """Return when the server answers; ConfigurationError says in one line why it cannot."""
        self._layout = prepare_layout(self._data_dir)
        deadline = time.monotonic() + _START_LIMIT
        while not self._take_lock():
            if self._answers(DATABASE, APP):
                return
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"Another process holds {self._layout.lock}, but its database does not answer."
                )
            time.sleep(0.1)
        try:
            self._start_ours(self._layout, deadline)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server if it is ours: clean within two seconds, at any price within three."""
        if self._lock is None:
            return
        self._stopping.set()
        for sign, seconds in ((signal.SIGINT, 2.0), (signal.SIGQUIT, 0.7), (signal.SIGKILL, 5.0)):
            if not self._pid or not _is_alive(self._pid):
                break
            _send(self._pid, sign)
            _await_end(self._pid, seconds, self._exited)
        if self._watcher:
            self._watcher.join()
        self._watcher, self._pid = None, 0
        self._lock.close()
        self._lock = None

    def _socket(self) -> Path:
        if self._layout is None:
            raise RuntimeError("start() comes first")
        return self._layout.socket_folder

    def _take_lock(self) -> bool:
        assert self._layout is not None
        try:
            lock = self._layout.lock.open("a")
        except OSError as error:
            raise ConfigurationError(
                f"The data folder {self._layout.lock.parent} cannot be used ({error.strerror}); "
                "set IDP_DATA_DIR to a folder you can write to."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _start_ours(self, layout: Layout, deadline: float) -> None:
        """Adopt a server left behind by a process that died, or start a new one."""
        self._stopping.clear()
        self._exited.clear()
        make_cluster(layout, durable=self._durable)
        orphan = _running_server(layout.cluster)
        while orphan and _is_alive(orphan) and not self._answers():
            if time.monotonic() > deadline:
                raise ConfigurationError(f"The database process {orphan} does not answer; end it.")
            time.sleep(0.05)
        self._pid = orphan if orphan and _is_alive(orphan) else 0
        if not self._pid:
            (layout.cluster / "postmaster.pid").unlink(missing_ok=True)
        admit_only_us(layout)
        self._watcher = threading.Thread(target=self._watch, args=(layout,), daemon=True)
        self._watcher.start()
        while not self._answers():
            if self._exited.is_set() or time.monotonic() > deadline:
                raise ConfigurationError(
                    f"The embedded PostgreSQL does not start: {_last_words(layout)}"
                )
            time.sleep(0.02)
        with self.connect() as connection:
            ensure_roles_and_database(connection)

    def _answers(self, database: str = "postgres", role: str = SUPERUSER) -> bool:
        try:
            self.connect(role, database).close()
        except psycopg.Error:
            return False
        return True

    def _watch(self, layout: Layout) -> None:
        """Keep a server running until told to stop. The thread that forks is the one whose end the
        kernel reports to the server, so it lives as long as the process does.
        """
        while self._pid and _is_alive(self._pid) and not self._stopping.wait(0.2):
            pass
        delay = 0.1
        while not self._stopping.is_set():
            child = _launch(layout, durable=self._durable)
            self._pid = child.pid
            if self._stopping.is_set():
                child.send_signal(signal.SIGQUIT)
            began = time.monotonic()
            child.wait()
            self._exited.set()
            if not self._stopping.is_set():
                _log.warning(
                    "the embedded database ended (%s); starting it again", child.returncode
                )
            delay = 0.1 if time.monotonic() - began > 10 else min(delay * 2, 5.0)
            self._stopping.wait(delay)


def _launch(layout: Layout, *, durable: bool) -> subprocess.Popen[bytes]:
    if layout.log.exists() and layout.log.stat().st_size > _LARGEST_LOG:
        layout.log.write_bytes(b"")
    quoted = str(layout.socket_folder).replace('"', '""')
    options = (
        _OPTIONS | {"unix_socket_directories": f'"{quoted}"'} | ({} if durable else _NOT_DURABLE)
    )
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
            start_new_session=True,  # a terminal's Ctrl-C is for us; we then stop the server in order
        )


def _running_server(cluster: Path) -> int:
    """The process named in this cluster's lock file if it still is a PostgreSQL server, else 0."""
    try:
        pid, folder = (cluster / "postmaster.pid").read_text().splitlines()[:2]
        command = Path("/proc", pid, "cmdline")
        is_server = not Path("/proc/self").exists() or os.fsencode(cluster) in command.read_bytes()
    except (OSError, ValueError):
        return 0
    return int(pid) if folder == str(cluster) and is_server and _is_alive(int(pid)) else 0


def _is_alive(pid: int) -> bool:
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


def _send(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _await_end(pid: int, seconds: float, exited: threading.Event) -> None:
    deadline = time.monotonic() + seconds
    while _is_alive(pid) and time.monotonic() < deadline:
        exited.wait(0.02)


def _last_words(layout: Layout) -> str:
    """The last complaint in the server's log."""
    try:
        lines = layout.log.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    grave = (
        [line for line in lines if "FATAL" in line or "PANIC" in line] or lines or ["no message"]
    )
    return f"{grave[-1]} (see {layout.log})"
