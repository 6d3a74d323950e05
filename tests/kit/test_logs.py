"""One record is one line, for whatever reads lines, and leaves a terminal alone."""

import io
import json
import logging
import os
import sys
import unicodedata
from collections.abc import Iterator

import pytest
import structlog

from idp.kit import unread
from idp.kit.logs import MOST_A_MINUTE, RationedHandler, configure_logs

BREAKING = [c for c in map(chr, range(0x11000)) if len(f"a{c}b".splitlines()) > 1]
CONTROLS = [c for c in map(chr, range(0x11000)) if unicodedata.category(c) == "Cc"]
OTHERS = [
    "\ud800",
    "\udfff",
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, "utf-8", write_through=True))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.reset_defaults()
    configure_logs()
    yield raw
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("character", sorted({*BREAKING, *CONTROLS, *OTHERS}), ids=ascii)
@pytest.mark.asvs("1.3.3", "16.4.1")
def test_no_input_makes_two_records_of_one(written: io.BytesIO, character: str) -> None:
    """F7: every character that ends a line somewhere, controls a terminal or turns a text about."""
    evil = f'a{character}{{"event": "forged"}}'
    structlog.get_logger("idp.test").info("said", **{"what": evil, f"k{character}": [evil]})
    logging.getLogger("idp.test").warning("library says %s", evil)
    text = written.getvalue().decode()
    assert len(text.splitlines()) == text.count("\n") == 2
    assert character == "\n" or character not in text
    said, library = (json.loads(line) for line in text.splitlines())
    assert (said["what"], library["event"]) == (evil, f"library says {evil}")


def test_other_characters_stay_readable(written: io.BytesIO) -> None:
    """F7: the control: Vietnamese is written as it is."""
    structlog.get_logger("idp.test").info("said", what="Nguyễn Thị Hoa 😀")
    assert "Nguyễn Thị Hoa 😀" in written.getvalue().decode()


def test_of_each_kind_so_many_are_written_and_the_rest_counted(written: io.BytesIO) -> None:
    """G12: refused requests, or what a library says of them, fill no disk and hide no other."""
    clock = [60.0]
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, RationedHandler)
    handler._seconds = lambda: clock[0]

    def records() -> list[dict[str, str]]:
        return [json.loads(line) for line in written.getvalue().decode().splitlines()]

    log = structlog.get_logger("idp.test")
    for number in range(MOST_A_MINUTE + 70):
        log.info("request.refused", kind="address.unknown", error_id=str(number))
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request from %s", number)
    log.info("request.refused", kind="overloaded")
    log.info("journal.head")
    flood = [each for each in records() if each.get("kind") == "address.unknown"]
    assert [each["error_id"] for each in flood] == [str(number) for number in range(MOST_A_MINUTE)]
    assert len(records()) == 2 * MOST_A_MINUTE + 2
    clock[0] = 120.0
    log.info("request.refused", kind="address.unknown", error_id="next")
    left_out, more, newest = records()[-3:]
    assert left_out["event"] == "log.left_out"
    assert left_out["kind"] == "idp.test request.refused address.unknown"
    assert (left_out["records"], more["records"], newest["error_id"]) == (70, 70, "next")


def test_what_was_left_out_last_is_told_at_the_end(written: io.BytesIO) -> None:
    """G12: a process that ends before the minute does."""
    for _ in range(MOST_A_MINUTE + 1):
        structlog.get_logger("idp.test").info("said")
    logging.getLogger().handlers[0].close()
    assert json.loads(written.getvalue().decode().splitlines()[-1])["records"] == 1


def test_what_was_lost_last_is_told_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """E6: on a pipe that was read too slowly; what found room arrives."""
    reading, writing = os.pipe()
    monkeypatch.setattr(unread, "MOST_WAITING", 2000)
    with os.fdopen(writing, "w") as end:
        monkeypatch.setattr(sys, "stderr", end)
        structlog.reset_defaults()
        configure_logs()
        structlog.get_logger("idp.test").info("said")
        structlog.get_logger("idp.test").info("shouted", what="x" * 3000)
        logging.getLogger().handlers[0].close()
    with os.fdopen(reading) as read:
        said, lost = map(json.loads, read)
    assert said["event"] == "said"
    assert (lost["event"], lost["records"]) == ("log.lost", 1)


def test_kinds_without_number_are_one(written: io.BytesIO) -> None:
    """G12: an event that holds what was sent would make a kind of each record."""
    for number in range(2000):
        logging.getLogger("idp.test").warning(f"refused {number}")  # noqa: G004 - that is the case
    assert len(written.getvalue().decode().splitlines()) < 600
