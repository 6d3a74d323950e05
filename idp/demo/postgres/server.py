"""Starting, watching and stopping the embedded server."""

import logging
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

import psycopg
from sqlalchemy import URL

from idp.demo.environment import take_lock
from idp.demo.postgres.cluster import (
    APP,
    DATABASE,
    PORT,
    SUPERUSER,
    admit_only_us,
    await_end,
    ensure_roles_and_database,
    is_alive,
    last_words,
    launch,
    make_cluster,
    running_server,
)
from idp.demo.postgres.layout import Layout, prepare_layout
from idp.kit.errors import ConfigurationError

_log = logging.getLogger(__name__)
_START_LIMIT = 60.0


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

    def __exit__(self, *_: object) -> None:
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
            query={"host": str(self._socket()), "port": PORT},
        ).render_as_string()

    def connect(self, role: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        """A psycopg connection in autocommit mode, after `start`."""
        return psycopg.connect(
            host=str(self._socket()),
            port=PORT,
            user=role,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def start(self) -> None:
        """Return when the server answers; ConfigurationError says in one line why it cannot."""
        self._layout = prepare_layout(self._data_dir)
        deadline = time.monotonic() + _START_LIMIT
        while (lock := take_lock(self._layout.lock)) is None:
            if self._answers(DATABASE, APP):
                return
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"Another process holds {self._layout.lock}, but its database does not answer."
                )
            time.sleep(0.1)
        self._lock = lock
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
            if not self._pid or not is_alive(self._pid):
                break
            with suppress(ProcessLookupError):
                os.kill(self._pid, sign)
            await_end(self._pid, seconds, self._exited)
        if self._watcher:
            self._watcher.join()
        self._watcher, self._pid = None, 0
        self._lock.close()
        self._lock = None

    def _socket(self) -> Path:
        if self._layout is None:
            raise RuntimeError("start() comes first")
        return self._layout.socket_folder

    def _start_ours(self, layout: Layout, deadline: float) -> None:
        """Adopt a server left behind by a process that died, or start a new one."""
        self._stopping.clear()
        self._exited.clear()
        make_cluster(layout, durable=self._durable)
        orphan = running_server(layout.cluster)
        while orphan and is_alive(orphan) and not self._answers():
            if time.monotonic() > deadline:
                raise ConfigurationError(f"The database process {orphan} does not answer; end it.")
            time.sleep(0.05)
        self._pid = orphan if orphan and is_alive(orphan) else 0
        if not self._pid:
            (layout.cluster / "postmaster.pid").unlink(missing_ok=True)
        admit_only_us(layout)
        self._watcher = threading.Thread(target=self._watch, args=(layout,), daemon=True)
        self._watcher.start()
        while not self._answers():
            if self._exited.is_set() or time.monotonic() > deadline:
                words = last_words(layout)
                raise ConfigurationError(f"The embedded PostgreSQL does not start: {words}")
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
        """Keep a server running until told to stop.

        The kernel tells the server when the *thread* that forked it ends; this one lives as long
        as the process.
        """
        while self._pid and is_alive(self._pid) and not self._stopping.wait(0.2):
            pass
        delay = 0.1
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = self._run_once(layout)
            self._exited.set()
            if not self._stopping.is_set():
                _log.warning("the embedded database ended (%s); starting it again", reason)
            delay = 0.1 if time.monotonic() - began > 10 else min(delay * 2, 5.0)
            self._stopping.wait(delay)

    def _run_once(self, layout: Layout) -> str:
        """Start a server and await its end; what it ended with."""
        try:
            child = launch(layout, durable=self._durable)
        except OSError as error:
            return str(error)
        self._pid = child.pid
        if self._stopping.is_set():
            child.send_signal(signal.SIGQUIT)
        return f"status {child.wait()}"
