"""What remembers the keys of a file's rows, so that one that stands there twice is told."""

from typing import Any, Protocol


class Seen(Protocol):
    """Remembers keys of rows; a room with millions of rows brings one that fits its keys."""

    def first_line(self, key: Any, line: int) -> int | None:
        """The line this key stood on before, 0 where that is not known; None for a new one."""


class Lines:
    """Remembers each key with its line."""

    def __init__(self) -> None:
        self._lines: dict[Any, int] = {}

    def first_line(self, key: Any, line: int) -> int | None:
        """The line this key stood on before; None for a new one."""
        first = self._lines.setdefault(key, line)
        return None if first == line else first
