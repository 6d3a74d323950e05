"""The embedded cluster: its files, made once; its server process; its roles and its database."""

import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import psycopg

from idp.demo.postgres.layout import MAJOR_VERSION, Layout
from idp.demo.processes import launch_command
from idp.kit.errors import ConfigurationError

SUPERUSER = "postgres"
OWNER = "idp_owner"
APP = "idp_app"
SEALER = "idp_sealer"
AUDITOR = "idp_audit"
DATABASE = "idp"
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


def make_cluster(layout: Layout, *, durable: bool) -> None:
    """Create the cluster unless it exists; it appears whole or not at all."""
    if layout.cluster.is_dir():
        version = (layout.cluster / "PG_VERSION").read_text().strip()
        if version != str(MAJOR_VERSION):
            raise ConfigurationError(
                f"{layout.cluster} was made by PostgreSQL {version}, this is {MAJOR_VERSION}: "
                "move it away to start with an empty database."
            )
        return
    draft = layout.home / "cluster.new"
    _run_initdb(layout, draft, durable=durable)
    draft.rename(layout.cluster)


def _run_initdb(layout: Layout, draft: Path, *, durable: bool) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    command = [
        *(str(layout.binaries.initdb), "--pgdata", str(draft), "--username", SUPERUSER),
        *("--auth", "peer", "--encoding", "UTF8", "--no-instructions"),
        *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *(() if durable else ("--no-sync",)),
    ]
    account = pwd.getpwuid(layout.uid) if layout.uid else None
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=[] if account else None,
        )
    except OSError as error:
        raise ConfigurationError(
            f"The embedded PostgreSQL cannot be started: {error.strerror}."
        ) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or ["initdb failed"]
        raise ConfigurationError(
            f"The embedded PostgreSQL cannot be set up: {lines[0]}", detail=done.stderr
        )


def admit_only_us(layout: Layout) -> None:
    """Let in, over the socket, the present operating-system user and root, under any role."""
    names = {pwd.getpwuid(os.geteuid()).pw_name, "root"}
    rules = {
        "pg_hba.conf": "local all all peer map=us\n",
        "pg_ident.conf": "".join(f'us "{name}" all\n' for name in sorted(names)),
    }
    for name, text in rules.items():
        path = layout.cluster / name
        path.write_text(text)
        layout.make_own(path)


def ensure_roles_and_database(connection: psycopg.Connection) -> None:
    """Create what is missing: `idp_owner` owns the database, the other roles may only connect.

    What they may do with each table is said by the migrations. Needs autocommit.
    """
    roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role in (OWNER, APP, SEALER, AUDITOR):
        if role not in roles:
            connection.execute(f"CREATE ROLE {role} LOGIN")
    databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    if DATABASE not in databases:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
    connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}, {SEALER}, {AUDITOR}")


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
            launch_command(
                [str(layout.binaries.postgres), "-D", str(layout.cluster), *arguments],
                sign=signal.SIGINT,
                uid=layout.uid,
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            umask=0o077,
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
