"""Commands that are given in this process leave its logs as they found them."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command configures logging for the life of its process, and loggers remember how."""
    root, configure = logging.getLogger(), structlog.configure
    handlers, level = root.handlers[:], root.level

    def configure_for_now(**values: Any) -> None:
        configure(**{**values, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", configure_for_now)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
