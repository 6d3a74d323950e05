"""E6: a writer whose reader is away keeps what it can, counts what it lost, and holds nobody up."""

import contextlib
import os
import select
import socket
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from idp.kit import unread
from idp.kit.unread import PatientWriter, may_stall

LONG = 30


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def within(seconds: float, work: threading.Thread) -> None:
    work.start()
    work.join(seconds)
    assert not work.is_alive(), "somebody waits"


def test_what_is_written_to_a_pipe_that_is_read_arrives(pipe: tuple[int, int]) -> None:
    writer = PatientWriter(os.fdopen(os.dup(pipe[1]), "w"))
    writer.write("mưa phùn\n")
    writer.drain()
    assert os.read(pipe[0], 100).decode() == "mưa phùn\n"
    assert writer.take_lost() == 0


def test_nobody_waits_for_a_pipe_that_is_not_read(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "_LAST_WORDS", 0.05)
    writer = PatientWriter(os.fdopen(os.dup(pipe[1]), "w"))
    line = "x" * 999 + "\n"

    def write() -> None:
        for _ in range(3 * unread.MOST_WAITING // len(line)):
            writer.write(line)
        writer.drain()

    within(LONG, threading.Thread(target=write, daemon=True))
    assert writer.take_lost() > unread.MOST_WAITING // len(line)
    assert writer.take_lost() == 0, "told once"

    def read_on() -> None:
        while writer._waiting:
            if select.select([pipe[0]], [], [], 0.01)[0]:
                os.read(pipe[0], 1 << 20)

    within(LONG, threading.Thread(target=read_on, daemon=True))
    assert not writer._lines, "what waited arrives when somebody reads again"


def test_a_reader_that_has_gone_stops_nothing(pipe: tuple[int, int]) -> None:
    writer = PatientWriter(os.fdopen(os.dup(pipe[1]), "w"))
    os.close(pipe[0])
    for _ in range(3):
        writer.write("nobody\n")
    writer.drain()
    assert writer.take_lost() == 3


def test_only_what_may_stall_is_written_aside(pipe: tuple[int, int], tmp_path: Path) -> None:
    one, other = socket.socketpair()
    with one, other, (tmp_path / "log").open("w") as file, os.fdopen(os.dup(pipe[1]), "w") as end:
        assert may_stall(end)
        assert may_stall(one.makefile("w"))
        assert not may_stall(file)
        assert not may_stall(StringIO())
