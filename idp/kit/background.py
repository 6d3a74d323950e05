"""Work that a node repeats beside its requests."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from idp.kit import clock, measures
from idp.kit.db import is_away, try_lock
from idp.kit.immutable import immutable
from idp.kit.logs import places_of

_log = structlog.get_logger(__name__)
_LAST_WORDS = 2.0
"""Seconds that a task under way may take to notice that it is to stop."""
TOLD_EVERY = timedelta(minutes=10)


@immutable
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


def alone_in_batches(
    engine: Engine, name: str, every: timedelta, work: Callable[[Connection], int], *, batch: int
) -> Task:
    """The same, at once again as long as `work` dealt with a whole batch: a transaction for each.

    What comes in faster than a batch each time is caught up with. A round lasts `every` at most.
    """

    def in_transactions(stop: threading.Event) -> None:
        ends_at, done = time.monotonic() + every.total_seconds(), batch
        while done >= batch and not stop.is_set() and time.monotonic() < ends_at:
            with engine.begin() as connection:
                done = work(connection) if try_lock(connection, name) else 0

    return Task(name, every, in_transactions)


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
    faults = _Faults(task.name)
    while True:
        try:
            task.work(stop)
        except Exception as error:  # noqa: BLE001 - the thread must outlive every fault
            faults.tell(error)
            measures.task_ended(task.name, is_well=False)
        else:
            faults.end()
            measures.task_ended(task.name, is_well=True)
        if stop.wait(task.every.total_seconds()):
            return


class _Faults:
    """Reports a task's fault once, while it lasts every TOLD_EVERY, and once that it is over."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._told, self._again_at = "", 0.0

    def tell(self, error: Exception) -> None:
        """A database that is away is waited for; anything else is a fault, whoever raised it."""
        event = "task.waits_for_database" if is_away(error) else "task.failed"
        if event == self._told and clock.steady() < self._again_at:
            return
        self._told, self._again_at = event, clock.steady() + TOLD_EVERY.total_seconds()
        if is_away(error):
            _log.warning(event, task=self._task, error=type(error).__name__)
        elif isinstance(error, (SQLAlchemyError, psycopg.Error)):
            _log.error(event, task=self._task, places=places_of(error))
        else:
            _log.error(event, task=self._task, exc_info=error)

    def end(self) -> None:
        """It works."""
        if self._told:
            _log.warning("task.works_again", task=self._task)
        self._told = ""
