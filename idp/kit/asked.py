"""Which request a piece of work is for: what its records in the log say of it."""

import secrets
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any


class Asked:
    """One request: a random name for it, and when it came."""

    __slots__ = ("began", "id")

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self.began = time.perf_counter()


ASKED: ContextVar[Asked | None] = ContextVar("asked", default=None)
"""The request that is being answered in this context, on whatever thread."""


def add_request(
    _logger: object, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor of structlog: the request's name, and milliseconds since it came."""
    if (asked := ASKED.get()) is not None:
        record["request_id"] = asked.id
        record["ms"] = round((time.perf_counter() - asked.began) * 1000, 1)
    return record
