"""Work that a node repeats beside its requests."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from idp.kit.db import try_lock

_log = structlog.get_logger(__name__)
_LAST_WORDS = 2.0
"""Seconds that a task under way may take to notice that it is to stop."""


@dataclass(frozen=True)
class Task:
    """Something done at once and then `every` so often.

    It must be safe to run on many nodes at a time and to be cut off anywhere; `work` looks at the
    event to see whether it is to stop.
    """

    name: str
    every: timedelta
    work: Callable[[threading.Event], object]


def alone(
    engine: Engine, name: str, every: timedelta, work: Callable[[Connection], object]
) -> Task:
    """A task in a transaction of its own, which nothing else does at the same time on any node."""

    def in_transaction(_stop: threading.Event) -> None:
        with engine.begin() as connection:
            if try_lock(connection, name):
                work(connection)

    return Task(name, every, in_transaction)


@contextmanager
def repeating(tasks: Sequence[Task]) -> Iterator[None]:
    """Do the tasks, each in a thread, as long as the block lasts."""
    stop = threading.Event()
    threads = [threading.Thread(target=_repeat, args=(t, stop), daemon=True) for t in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(_LAST_WORDS)


def _repeat(task: Task, stop: threading.Event) -> None:
    """A fault is reported once, and once more when it is over."""
    is_failing = False
    while True:
        try:
            task.work(stop)
        except SQLAlchemyError as error:
            if not is_failing:
                _log.warning("task.waits_for_database", task=task.name, error=type(error).__name__)
            is_failing = True
        except Exception:  # noqa: BLE001 - the thread must outlive every fault
            if not is_failing:
                _log.exception("task.failed", task=task.name)
            is_failing = True
        else:
            if is_failing:
                _log.warning("task.works_again", task=task.name)
            is_failing = False
        if stop.wait(task.every.total_seconds()):
            return
