"""A PostgreSQL server of a given version, of its own, as an administrator would install one."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg


@dataclass(frozen=True)
class OwnPostgres:
    """A running server; everybody on this machine may enter as any role, over its socket."""

    programs: Path
    folder: Path

    def url(self, role: str, database: str = "idp") -> str:
        """As the settings have it."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def connect(self, role: str, database: str) -> psycopg.Connection:
        """A connection in autocommit mode."""
        return psycopg.connect(host=str(self.folder), user=role, dbname=database, autocommit=True)

    def psql(self, script: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """What the administrator's psql says to a script."""
        return subprocess.run(
            [
                *(self.programs / "psql", "-X", "-h", self.folder, "-U", "admin"),
                *("-d", "postgres", "-f", script),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )

    def restart(self, *options: str) -> None:
        """Stop it and start it with further options of the server."""
        self.stop()
        self.start(*options)

    def stop(self) -> None:
        """Stop it."""
        self._control("stop", "-m", "fast")

    def start(self, *options: str) -> None:
        """Start it, and wait until it answers."""
        told = " ".join(("-c listen_addresses=''", f"-k {self.folder}", "-c fsync=off", *options))
        self._control("start", "-o", told, "-l", str(self.folder / "log"))

    def promote(self) -> None:
        """Have a standby lead from now on."""
        self._control("promote")

    def _control(self, *arguments: str) -> None:
        _run([self.programs / "pg_ctl", "-w", "-D", self.folder / "data", *arguments])


@contextmanager
def own_postgres(programs: Path) -> Iterator[OwnPostgres]:
    """A server of these programs, as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="idp-own-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)
    server = OwnPostgres(programs, folder)
    made = ("-D", folder / "data", "-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8")
    try:
        _run([programs / "initdb", *made, "--locale=C.UTF-8"])
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[Path | str]) -> None:
    """PostgreSQL refuses to run as root."""
    subprocess.run(
        command,
        user="nobody" if os.geteuid() == 0 else None,
        check=True,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
