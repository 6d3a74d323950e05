"""One JSON line per event on standard error, whatever the input holds, and so many a minute."""

import json
import logging
import os
import re
import socket
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

import structlog

from idp.kit.asked import add_request
from idp.kit.unread import PatientWriter, may_stall

MOST_A_MINUTE = 30
"""Records of one kind that a process writes in a minute; the rest are counted."""
_MOST_KINDS = 500
_NODE = socket.gethostname()

_UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What ends a line for some readers, controls a terminal, turns text about or cannot be encoded;
but for the line feed, by which lines do end."""
_log = structlog.get_logger(__name__)


class RationedHandler(logging.StreamHandler[TextIO | PatientWriter]):
    """Writes the first records of each kind in a minute, and later how many more there were.

    What strangers may cause in any number fills no disk, and hides nothing of another kind. A kind
    is an event of a logger, and of refusals theirs. The number is told before the first record of a
    later minute, or at the end.
    """

    def __init__(
        self, stream: TextIO | PatientWriter, *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(stream)
        self._seconds = seconds
        self._minute = 0
        self._seen: Counter[tuple[str, ...]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write or count it; the caller holds the handler's lock."""
        minute = int(self._seconds()) // 60
        if minute != self._minute:
            self._minute = minute
            self._tell_left_out()
            self._tell_lost()
        kind = _kind_of(record)
        if kind not in self._seen and len(self._seen) >= _MOST_KINDS:
            kind = ("any other",)
        self._seen[kind] += 1
        if self._seen[kind] <= MOST_A_MINUTE:
            super().emit(record)

    def close(self) -> None:
        """Tell what was left out and lost last."""
        self._tell_left_out()
        self._tell_lost()
        if isinstance(self.stream, PatientWriter):
            self.stream.drain()
        super().close()

    def _tell_lost(self) -> None:
        if isinstance(self.stream, PatientWriter) and (lost := self.stream.take_lost()):
            _log.warning("log.lost", records=lost)

    def _tell_left_out(self) -> None:
        seen, self._seen = self._seen, Counter()
        for kind, times in seen.items():
            if times > MOST_A_MINUTE:
                _log.warning("log.left_out", kind=" ".join(kind), records=times - MOST_A_MINUTE)


def _kind_of(record: logging.LogRecord) -> tuple[str, ...]:
    """Logger and event, and the `kind` that refusals have; of a library's, what it formats."""
    if isinstance(record.msg, dict):
        return (record.name, str(record.msg.get("event")), str(record.msg.get("kind", "")))
    return (record.name, str(record.msg)[:100])


def places_of(error: BaseException) -> list[str]:
    """Types and code lines of an exception and its causes; never messages, which quote values."""
    places = []
    link: BaseException | None = error
    while link is not None:
        places.append(type(link).__name__)
        frames = traceback.extract_tb(link.__traceback__)[-12:]
        places += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        link = link.__cause__ or link.__context__
    return places


def configure_logs(level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' records through one renderer. Call once per process.

    Where standard error is a pipe that nobody reads, records are lost and nobody waits. Authlib
    stays at INFO: at DEBUG it prints tokens.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_request,
        _add_process,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = RationedHandler(PatientWriter(sys.stderr) if may_stall(sys.stderr) else sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(_dumps),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("idp").setLevel(level)
    logging.getLogger("authlib").setLevel(logging.INFO)


def _add_process(_logger: object, _method: str, record: structlog.typing.EventDict) -> Any:
    """Which node it is, and which of its processes."""
    record["node"], record["pid"] = _NODE, os.getpid()
    return record


def _dumps(record: Any, **options: Any) -> str:
    """JSON on one line, readable, whatever the record holds."""
    text = json.dumps(record, ensure_ascii=False, **options)
    return printable(text)


def printable(text: str) -> str:
    """The text with everything but printed characters and line feeds escaped as JSON does."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
