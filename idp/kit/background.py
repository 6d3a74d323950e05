"""Work that a serving process repeats beside its requests."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

_log = structlog.get_logger(__name__)


def repeat(
    engine: Engine,
    stop: threading.Event,
    *,
    every: timedelta,
    name: str,
    work: Callable[[Connection], object],
) -> None:
    """Run `work` in a transaction of its own, at once and then `every` so often, until `stop`.

    As `keep_doing`.
    """

    def in_transaction() -> None:
        with engine.begin() as connection:
            work(connection)

    keep_doing(in_transaction, stop=stop, every=every, name=name)


def keep_doing(
    work: Callable[[], object], *, stop: threading.Event, every: timedelta, name: str
) -> None:
    """Run `work` at once and then `every` so often, until `stop`.

    A database that is away is reported once, and once more when it is back; the work must be safe
    to run on many nodes at a time and to be cut off anywhere.
    """
    is_failing = False
    while True:
        try:
            work()
        except SQLAlchemyError as error:
            if not is_failing:
                _log.warning("task.waits_for_database", task=name, error=type(error).__name__)
            is_failing = True
        except Exception:  # noqa: BLE001 - the thread must outlive every fault
            if not is_failing:
                _log.exception("task.failed", task=name)
            is_failing = True
        else:
            if is_failing:
                _log.warning("task.works_again", task=name)
            is_failing = False
        if stop.wait(every.total_seconds()):
            return
