"""The journal as each role of the database sees it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, text

from idp.journal.models import JournalEntry
from idp.journal.record import entry
from idp.journal.seal import seal_once
from idp.kit.db import make_engine
from idp.kit.signatures import Signer
from tests.support.postgres import Database

SIGNER = Signer(["demo-journal-key-of-the-tests-000001"])


@pytest.fixture
def serving(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sealing(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.sealer_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sealed(serving: Engine, sealing: Engine) -> Engine:
    """Three seals over two entries each."""
    for first in (1, 3, 5):
        with serving.begin() as connection:
            write(connection, first, first + 1)
        seal(sealing)
    return serving


def write(connection: Connection, *subjects: int) -> None:
    rows = [entry(event="person.registered", subject_number=n) for n in subjects]
    connection.execute(insert(JournalEntry), rows)


def seal(engine: Engine, *, signer: Signer = SIGNER) -> int:
    with engine.begin() as connection:
        return seal_once(connection, signer=signer)


@contextmanager
def behind_our_back(database: Database) -> Iterator[Connection]:
    """A connection of the tables' owner, whom no trigger stops."""
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        for table in ("journal_entry", "journal_seal"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield connection
        for table in ("journal_entry", "journal_seal"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    engine.dispose()
