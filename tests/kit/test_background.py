"""Tasks go on through faults, end when they are told to, and are not done twice at a time."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from idp.kit.background import Task, alone, repeating
from idp.kit.db import try_lock

SOON = timedelta(milliseconds=5)
LONG = 20
"""Seconds within which anything here happens, however busy the machine is."""


def test_a_task_goes_on_after_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    rounds, is_enough = [0], threading.Event()

    def work(_stop: threading.Event) -> None:
        rounds[0] += 1
        if rounds[0] == 1:
            raise RuntimeError("for once")
        if rounds[0] == 2:
            raise OperationalError("SELECT 1", {}, Exception())
        is_enough.set()

    with repeating([Task("flaky", SOON, work)]):
        assert is_enough.wait(LONG)
    said = capsys.readouterr().out
    assert "task.failed" in said
    assert "task.works_again" in said
    assert said.count("task.failed") == 1


def test_a_task_is_told_to_stop() -> None:
    began, ended = threading.Event(), threading.Event()

    def work(stop: threading.Event) -> None:
        began.set()
        assert stop.wait(LONG)
        ended.set()

    with repeating([Task("patient", SOON, work)]):
        assert began.wait(LONG)
    assert ended.wait(LONG)


def test_what_another_node_is_at_is_left_to_it(engine: Engine) -> None:
    done: list[str] = []

    def work(_connection: Connection) -> None:
        done.append("done")

    task = alone(engine, "tests.exclusive", SOON, work)
    with engine.begin() as other:
        assert try_lock(other, "tests.exclusive")
        task.work(threading.Event())
        assert done == []
    task.work(threading.Event())
    assert done == ["done"]
