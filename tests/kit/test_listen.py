"""What one process commits, the others hear; a lost connection comes back and says so."""

import queue
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.kit.db import make_engine, transaction
from idp.kit.listen import Listener, Subscription, notify
from tests.support.postgres import Database, DatabaseServer

CONNECTED = "connected"


@pytest.fixture
def own_engine(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


def listening(engine: Engine, told: "queue.Queue[str]", hear: Callable[[str], object]) -> Listener:
    """On the channel `news`, and on another that must not be mixed up with it."""
    news = Subscription(channel="news", missed=lambda: told.put(CONNECTED), heard=hear)
    gossip = Subscription(
        channel="gossip", missed=lambda: None, heard=lambda payload: told.put(f"gossip {payload}")
    )
    return Listener(engine, (news, gossip))


@pytest.fixture
def heard(own_engine: Engine) -> Iterator["queue.Queue[str]"]:
    """What a listener on the channel `news` was told, in order."""
    told: queue.Queue[str] = queue.Queue()
    listener = listening(own_engine, told, told.put)
    listener.start()
    assert listener.wait_until_listening(10)
    assert told.get(timeout=10) == CONNECTED
    yield told
    listener.close()


def test_what_is_committed_is_heard_and_what_is_rolled_back_is_not(
    own_engine: Engine, heard: "queue.Queue[str]"
) -> None:
    with Session(own_engine) as db:
        notify(db, channel="news", payload="never")
        db.rollback()
    with transaction(own_engine) as db:
        notify(db, channel="other", payload="elsewhere")
        notify(db, channel="news", payload="one")
    assert heard.get(timeout=10) == "one"
    with transaction(own_engine) as db:
        notify(db, channel="gossip", payload="two")
    assert heard.get(timeout=10) == "gossip two"
    assert heard.empty()


def test_no_fault_of_whoever_is_told_stops_the_telling(own_engine: Engine) -> None:
    told: queue.Queue[str] = queue.Queue()

    def hear(payload: str) -> None:
        if payload == "bad":
            raise ValueError(payload)
        told.put(payload)

    listener = listening(own_engine, told, hear)
    listener.start()
    try:
        assert told.get(timeout=10) == CONNECTED
        with transaction(own_engine) as db:
            notify(db, channel="news", payload="bad")
        assert told.get(timeout=10) == CONNECTED
        with transaction(own_engine) as db:
            notify(db, channel="news", payload="good")
        assert told.get(timeout=10) == "good"
    finally:
        listener.close()


def test_a_lost_connection_comes_back_and_tells_that_something_was_missed(
    own_engine: Engine, heard: "queue.Queue[str]", postgres: DatabaseServer, database: Database
) -> None:
    with postgres.connect_as_admin() as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'idp-listen' AND datname = %s",
            [database.name],
        )
    assert heard.get(timeout=10) == CONNECTED
    with transaction(own_engine) as db:
        notify(db, channel="news", payload="two")
    assert heard.get(timeout=10) == "two"
