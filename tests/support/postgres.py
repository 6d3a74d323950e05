"""Databases for tests: one server a run, migrated once, cloned for whoever asks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, make_url

from idp.demo.postgres import APP, AUDITOR, OWNER, SEALER, EmbeddedPostgres
from idp.kit.migrations import upgrade

_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """One database and how its roles reach it."""

    name: str
    owner_url: str
    app_url: str
    sealer_url: str
    auditor_url: str = ""


@dataclass(frozen=True)
class DatabaseServer:
    """A server on which tests may create databases."""

    admin: URL
    owner: URL
    app: URL
    sealer: URL
    auditor: URL | None = None

    def database(self, name: str) -> Database:
        """The URLs of `name`, which need not exist."""
        owner, app, sealer = (
            url.set(database=name).render_as_string(hide_password=False)
            for url in (self.owner, self.app, self.sealer)
        )
        database = Database(name=name, owner_url=owner, app_url=app, sealer_url=sealer)
        if self.auditor is None:
            return database
        auditor = self.auditor.set(database=name).render_as_string(hide_password=False)
        return replace(database, auditor_url=auditor)

    def create(self, *, template: Database | None = None) -> Database:
        """An empty database, or a copy of `template`, to which nobody may be connected."""
        database = self.database(f"idp_test_{os.getpid()}_{next(_numbers)}")
        source = sql.Identifier(template.name if template else "template0")
        with self.connect_as_admin() as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(database.name), source, sql.Identifier(self.owner.username or "")
                )
            )
        return database

    def drop(self, database: Database) -> None:
        """Delete it, whoever is connected."""
        with self.connect_as_admin() as admin:
            name = sql.Identifier(database.name)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    @contextmanager
    def clone(self, template: Database) -> Iterator[Database]:
        """A copy of `template` that lives as long as the block."""
        database = self.create(template=template)
        try:
            yield database
        finally:
            self.drop(database)

    def connect_as_admin(self) -> psycopg.Connection:
        """A connection of the role that creates databases, in autocommit mode."""
        url = self.admin.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)


@contextmanager
def database_server() -> Iterator[DatabaseServer]:
    """An embedded server in a temporary folder, or the one IDP_TEST_OWNER_URL names.

    That role must be allowed to create databases; IDP_TEST_APP_URL and IDP_TEST_SEALER_URL are then
    the serving and the sealing role's.
    """
    if owner := os.environ.get("IDP_TEST_OWNER_URL"):
        url = make_url(owner)
        app, sealer = (make_url(os.environ[f"IDP_TEST_{role}_URL"]) for role in ("APP", "SEALER"))
        yield DatabaseServer(admin=url, owner=url, app=app, sealer=sealer)
        return
    folder = Path(tempfile.mkdtemp(prefix="idp-test-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder, durable=False) as server:
            yield DatabaseServer(
                admin=make_url(server.url("postgres", "postgres")),
                owner=make_url(server.url(OWNER)),
                app=make_url(server.url(APP)),
                sealer=make_url(server.url(SEALER)),
                auditor=make_url(server.url(AUDITOR)),
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def migrated_template(server: DatabaseServer) -> Iterator[Database]:
    """A database at the newest schema, from which others are cloned."""
    database = server.create()
    try:
        upgrade(database.owner_url)
        yield database
    finally:
        server.drop(database)


def answered(connection: Connection, sql: str) -> list[Any]:
    """What plain SQL answers, sent as it is written."""
    raw = connection.connection.driver_connection
    assert raw is not None
    return list(raw.cursor().execute(sql).fetchall())
