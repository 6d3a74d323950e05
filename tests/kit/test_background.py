"""Tasks go on through faults, end when they are told to, and are not done twice at a time."""

import threading
from datetime import timedelta

import psycopg
import psycopg.errors
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs

from idp.kit import clock
from idp.kit.background import Task, _repeat, alone, alone_in_batches, repeating
from idp.kit.db import try_lock

SOON = timedelta(milliseconds=5)
LONG = 20
"""Seconds within which anything here happens, however busy the machine is."""


def test_a_task_goes_on_after_a_fault() -> None:
    rounds, is_enough = [0], threading.Event()

    def work(_stop: threading.Event) -> None:
        rounds[0] += 1
        if rounds[0] == 1:
            raise RuntimeError("for once")
        if rounds[0] == 2:
            raise OperationalError("SELECT 1", {}, Exception())
        is_enough.set()

    with capture_logs() as logs, repeating([Task("flaky", SOON, work)]):
        assert is_enough.wait(LONG)
    told = [log["event"] for log in logs]
    assert told == ["task.failed", "task.waits_for_database", "task.works_again"]


FAULTS: dict[str, Exception] = {
    "refused": DBAPIError.instance("SELECT 1", {}, psycopg.DataError("too large"), psycopg.Error),
    "no right": psycopg.errors.InsufficientPrivilege("SELECT 'secret'"),
    "given up": psycopg.errors.QueryCanceled(""),
    "a bug": RuntimeError("for once"),
}
ABSENCES: dict[str, Exception] = {
    "lost": DBAPIError.instance("SELECT 1", {}, psycopg.OperationalError(""), psycopg.Error),
    "shut down": psycopg.errors.AdminShutdown(""),
    "full": psycopg.errors.TooManyConnections(""),
    "no connection free": PoolTimeout(),
}


def said_of(error: Exception, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is logged of a task that fails so for 22 minutes, and then works."""
    minutes, now = iter([0, 1, 9, 11, 12, 20, 22]), [0.0]
    monkeypatch.setattr(clock, "steady", lambda: now[0] * 60)

    def work(stop: threading.Event) -> None:
        if (minute := next(minutes, None)) is None:
            stop.set()
            return
        now[0] = minute
        raise error

    with capture_logs() as logs:
        _repeat(Task("sealing", timedelta(0), work), threading.Event())
    assert "secret" not in str(logs)
    return [(log["event"], log["log_level"]) for log in logs]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_database_refuses_is_a_fault_and_said_again(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G13: one row that cannot be read stops a task for ever, which no absence does."""
    said = said_of(FAULTS[fault], monkeypatch)
    assert said == [("task.failed", "error")] * 3 + [("task.works_again", "warning")]


@pytest.mark.parametrize("absence", ABSENCES)
def test_a_database_that_is_away_is_waited_for(
    absence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G13: the control."""
    said = said_of(ABSENCES[absence], monkeypatch)
    assert said == [("task.waits_for_database", "warning")] * 3 + [("task.works_again", "warning")]


def test_a_task_is_told_to_stop() -> None:
    began, ended = threading.Event(), threading.Event()

    def work(stop: threading.Event) -> None:
        began.set()
        assert stop.wait(LONG)
        ended.set()

    with repeating([Task("patient", SOON, work)]):
        assert began.wait(LONG)
    assert ended.wait(LONG)


def test_what_another_node_is_at_is_left_to_it(engine: Engine) -> None:
    done: list[str] = []

    def work(_connection: Connection) -> None:
        done.append("done")

    task = alone(engine, "tests.exclusive", SOON, work)
    with engine.begin() as other:
        assert try_lock(other, "tests.exclusive")
        task.work(threading.Event())
        assert done == []
    task.work(threading.Event())
    assert done == ["done"]


def test_what_came_in_faster_than_a_batch_is_caught_up_with(engine: Engine) -> None:
    """E9: a whole batch is followed by another at once, in a transaction of its own."""
    left, transactions = [10 * 4 + 3], set()

    def work(connection: Connection) -> int:
        transactions.add(connection.exec_driver_sql("SELECT pg_current_xact_id()").scalar_one())
        done = min(10, left[0])
        left[0] -= done
        return done

    alone_in_batches(engine, "many", timedelta(minutes=1), work, batch=10).work(threading.Event())
    assert (left, len(transactions)) == ([0], 5)


def test_a_round_of_batches_ends_with_its_time_or_when_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds, rounds = iter([0.0, 1.0, 29.0, 30.0, 60.0, 61.0]), [0]
    monkeypatch.setattr("idp.kit.background.time.monotonic", lambda: next(seconds))

    def work(_connection: Connection) -> int:
        rounds[0] += 1
        return 10

    task = alone_in_batches(engine, "endless", timedelta(seconds=30), work, batch=10)
    task.work(threading.Event())
    assert rounds == [2]
    stop = threading.Event()
    stop.set()
    task.work(stop)
    assert rounds == [2]


def test_batches_are_left_to_whoever_is_at_it(engine: Engine) -> None:
    with engine.begin() as connection:
        assert try_lock(connection, "taken")
        task = alone_in_batches(engine, "taken", SOON, lambda _: pytest.fail("twice"), batch=1)
        task.work(threading.Event())
