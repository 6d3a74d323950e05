"""One record is one line, for whatever reads lines, and leaves a terminal alone."""

import io
import json
import logging
import sys
import unicodedata
from collections.abc import Iterator

import pytest
import structlog

from idp.kit.logs import configure_logs

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
