"""Work nobody waits for: sealing, rolling up, sweeping. One thread a task, safe on many nodes.

Each task takes its own advisory lock or skips locked rows, so any number of workers may run it.
A task that fails is logged and tried again: a database outage ends nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine

_log = structlog.get_logger("idp.background")


@dataclass(frozen=True)
class Task:
    """Something done again and again."""

    name: str
    every: timedelta
    run: Callable[[Engine], None]


class Background:
    """The threads of one process."""

    def __init__(self, engine: Engine, tasks: list[Task]) -> None:
        self._engine = engine
        self._tasks = tasks
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin every task."""
        for task in self._tasks:
            thread = threading.Thread(
                target=self._repeat, args=(task,), name=f"background-{task.name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 2) -> None:
        """Ask every task to end and wait a little for those at work."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout)

    def _repeat(self, task: Task) -> None:
        has_failed = False
        while not self._stopping.wait(task.every.total_seconds()):
            try:
                task.run(self._engine)
                has_failed = False
            except Exception as error:  # whatever it was, the next turn may succeed
                if not has_failed:
                    _log.warning("task.failed", task=task.name, error=type(error).__name__)
                has_failed = True
