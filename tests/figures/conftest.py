"""Whose connections the figures are tested on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from idp.kit.db import make_engine
from tests.support.postgres import Database


@pytest.fixture
def connection(owner: Engine) -> Iterator[Connection]:
    """One whose work is rolled back: the owner's, since the past is written on it."""
    with owner.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def auditor(database: Database) -> Iterator[Engine]:
    """The role that only reads, as an auditor has it."""
    if not database.auditor_url:
        pytest.skip("this server's auditor is not known")
    engine = make_engine(database.auditor_url)
    yield engine
    engine.dispose()
