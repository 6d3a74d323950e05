"""One JSON line per event on standard error, whatever the input holds."""

import json
import logging
import re
import sys
from typing import Any

import structlog

_UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What ends a line for some readers, controls a terminal, turns text about or cannot be encoded;
but for the line feed, by which lines do end."""


def configure_logs(level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' records through one renderer. Call once per process.

    Authlib stays at INFO: at DEBUG it prints tokens.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
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


def _dumps(record: Any, **options: Any) -> str:
    """JSON on one line, readable, whatever the record holds."""
    text = json.dumps(record, ensure_ascii=False, **options)
    return printable(text)


def printable(text: str) -> str:
    """The text with everything but printed characters and line feeds escaped as JSON does."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
