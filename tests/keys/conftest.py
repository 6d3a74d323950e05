"""A database of keys, processes that hold them, and time that passes for all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, Key
from sqlalchemy import Engine, select

from idp.journal.models import JournalEntry
from idp.keys.cache import SigningKeys
from idp.keys.creation import ensure_keys
from idp.keys.operations import KeyLine, list_keys
from idp.keys.rotation import keep_keys
from idp.keys.schedule import Schedule
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine, transaction
from idp.kit.listen import Listener
from tests.support.postgres import Database

KEYRING = Keyring(["one secret of the tests"], "another secret of the tests")
LEAD, LIFE, QUARTER = timedelta(days=1), timedelta(hours=25), timedelta(days=90)
SCHEDULE = Schedule(rotate_every=QUARTER, publish_for=LEAD, verify_for=LIFE)
A_MOMENT = timedelta(minutes=5)
Process = Callable[[], SigningKeys]


@pytest.fixture
def own_engine(database: Database) -> Iterator[Engine]:
    """A database of this test alone, with its first keys."""
    engine = make_engine(database.app_url, pool_size=10)
    with transaction(engine) as db:
        ensure_keys(db, keyring=KEYRING)
    yield engine
    engine.dispose()


@pytest.fixture
def process(own_engine: Engine) -> Iterator[Process]:
    """Makes what a serving process has: keys in memory that follow the table."""
    running: list[Listener] = []

    def make() -> SigningKeys:
        keys = SigningKeys(own_engine, KEYRING)
        listener = Listener(own_engine, (keys.subscription,))
        running.append(listener)
        keys.start()
        listener.start()
        assert listener.wait_until_listening(10)
        return keys

    yield make
    for listener in running:
        listener.close()


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small keys for every algorithm, where only their times matter."""

    def generate(_alg: str) -> Key:
        return ECKey.generate_key("P-256")

    monkeypatch.setattr("idp.keys.creation.generate_key", generate)


def states(engine: Engine, alg: str = "ES256") -> dict[str, str]:
    """What each key of the algorithm does, oldest first."""
    return {line.kid: str(line.state) for line in lines(engine, alg)}


def lines(engine: Engine, alg: str = "ES256") -> list[KeyLine]:
    """The keys of the algorithm, oldest first."""
    with transaction(engine) as db:
        return [line for line in list_keys(db, keyring=KEYRING) if line.alg == alg]


def events(engine: Engine) -> list[tuple[str, str]]:
    """The journal's rows about keys of ES256: the event and the kid."""
    with transaction(engine) as db:
        rows = db.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    return [(row.event, row.data["kid"]) for row in rows if row.data["alg"] == "ES256"]


@contextmanager
def later(engine: Engine, by: timedelta, schedule: Schedule = SCHEDULE) -> Iterator[None]:
    """So much later, after a round of upkeep."""
    with clock.shifted(by):
        with engine.begin() as connection:
            keep_keys(connection, keyring=KEYRING, schedule=schedule)
        yield
