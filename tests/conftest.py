"""Fixtures every test may ask for: a database of its own, and settings that point to it."""

import logging
from collections.abc import Generator, Iterator
from typing import Any

import hypothesis
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.kit.db import make_engine
from idp.settings import Settings
from idp.settings.people import PasswordSettings
from idp.settings.server import DatabaseSettings, SecretsSettings
from tests.support.postgres import Database, DatabaseServer, database_server, migrated_template

hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("steady")
"""Every run tries the same examples; `--hypothesis-profile=default` looks for new ones."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test wrote may be no text; what a run in several processes reports must be."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command configures logging for the life of its process, and loggers remember how."""
    root, configure = logging.getLogger(), structlog.configure
    handlers, level = root.handlers[:], root.level

    def configure_for_now(**values: Any) -> None:
        configure(**{**values, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", configure_for_now)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """The run's database server."""
    with database_server() as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: DatabaseServer) -> Iterator[Database]:
    """A migrated, empty database to clone. Never connect to it."""
    with migrated_template(postgres) as database:
        yield database


@pytest.fixture
def database(postgres: DatabaseServer, template: Database) -> Iterator[Database]:
    """A migrated, empty database for this test alone; what it commits is dropped with it."""
    with postgres.clone(template) as database:
        yield database


@pytest.fixture(scope="module")
def module_database(postgres: DatabaseServer, template: Database) -> Iterator[Database]:
    """A migrated database shared by the tests of one file."""
    with postgres.clone(template) as database:
        yield database


@pytest.fixture(scope="module")
def engine(module_database: Database) -> Iterator[Engine]:
    """The serving role's engine on the file's database."""
    engine = make_engine(module_database.app_url, pool_size=10)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def owner(module_database: Database) -> Iterator[Engine]:
    """The engine of the tables' owner, who alone may date entries of the journal."""
    engine = make_engine(module_database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    """A session whose work is rolled back after the test, even what the test commits."""
    with engine.connect() as connection:
        transaction = connection.begin()
        session = Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        yield session
        session.close()
        transaction.rollback()


def make_settings(database: Database) -> Settings:
    """Settings of a test: placeholder secrets, cheap password hashing, the given database."""
    return Settings(
        environment="test",
        database=DatabaseSettings(
            url=database.app_url, owner_url=database.owner_url, sealer_url=database.sealer_url
        ),
        passwords=PasswordSettings(argon2_memory_kib=1024, argon2_time=1),
        secrets=SecretsSettings(
            encryption_keys=(SecretStr("demo-encryption-key-of-the-tests-0001"),),
            lookup_key=SecretStr("demo-lookup-key-of-the-tests-00000001"),
            journal_keys=(SecretStr("demo-journal-key-of-the-tests-000001"),),
        ),
    )


@pytest.fixture
def settings(database: Database) -> Settings:
    """Settings on this test's own database."""
    return make_settings(database)


@pytest.fixture(scope="module")
def module_settings(module_database: Database) -> Settings:
    """Settings on the file's database."""
    return make_settings(module_database)
