"""Machines whose clock is wrong."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest

from idp.kit import clock


@contextmanager
def wrong_machine(monkeypatch: pytest.MonkeyPatch, *, by: timedelta) -> Iterator[None]:
    """Within the block this process has just begun, on a machine whose clock is that far ahead."""
    seconds = by.total_seconds()
    wall = SimpleNamespace(time=lambda: time.time() + seconds, monotonic=time.monotonic)
    with monkeypatch.context() as changed:
        changed.setattr(clock, "time", wall)
        changed.setattr(clock, "_ahead", wall.time() - wall.monotonic())
        yield
