"""Writing to a pipe that perhaps nobody reads: whoever writes never waits."""

import os
import stat
import threading
import time
from collections import deque
from typing import TextIO

MOST_WAITING = 1_000_000
"""Characters that wait to be read; what comes beyond is counted and lost."""
_LAST_WORDS = 1.0
"""Seconds that the rest has when all ends."""


def may_stall(stream: TextIO) -> bool:
    """Whether a write there waits for a reader: a pipe's or a socket's."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # a stream without a file, such as a test's
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class PatientWriter:
    """A text stream on the file of another, written by a thread of its own.

    That thread alone waits for the reader. It writes past Python's own stream, whose lock would
    keep the interpreter from ending while it waits.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._file = stream, stream.fileno()  # the file lasts as long as the stream
        self._lines: deque[str] = deque()
        self._waiting, self._lost = 0, 0
        self._changed = threading.Condition()
        threading.Thread(target=self._work, name="log", daemon=True).start()

    def write(self, text: str) -> int:
        """Take the text, or lose it when too much waits already."""
        with self._changed:
            if self._waiting + len(text) > MOST_WAITING:
                self._lost += 1
            else:
                self._lines.append(text)
                self._waiting += len(text)
                self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Nothing: the thread writes as soon as it can."""

    def take_lost(self) -> int:
        """How many texts were lost since this was last asked."""
        with self._changed:
            lost, self._lost = self._lost, 0
        return lost

    def drain(self) -> None:
        """Wait until all is written, for a moment."""
        ends_at = time.monotonic() + _LAST_WORDS
        with self._changed:
            while self._waiting and (left := ends_at - time.monotonic()) > 0:
                self._changed.wait(left)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._lines:
                    self._changed.wait()
                text = self._lines.popleft()
            self._write(text.encode(errors="backslashreplace"))
            with self._changed:
                self._waiting -= len(text)
                self._changed.notify_all()

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:  # the reader has gone: nobody is there to be told
            with self._changed:
                self._lost += 1
