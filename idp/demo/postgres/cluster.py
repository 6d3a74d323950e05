"""The contents of the embedded cluster: made once; roles and database ensured at every start."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg

from idp.demo.postgres.binaries import MAJOR_VERSION
from idp.demo.postgres.layout import Layout
from idp.kit.errors import ConfigurationError

SUPERUSER = "postgres"
OWNER = "idp_owner"
APP = "idp_app"
SEALER = "idp_sealer"
DATABASE = "idp"


def make_cluster(layout: Layout, *, durable: bool) -> None:
    """Create the cluster unless it exists; it appears whole or not at all."""
    if layout.cluster.is_dir():
        found = (layout.cluster / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise ConfigurationError(
                f"{layout.cluster} was made by PostgreSQL {found}, this is {MAJOR_VERSION}: "
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
    for role in (OWNER, APP, SEALER):
        if role not in roles:
            connection.execute(f"CREATE ROLE {role} LOGIN")
    databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    if DATABASE not in databases:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
    connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}, {SEALER}")
