"""Who waits for a long command is told what it does."""

import subprocess
from pathlib import Path

import pytest

from idp.cli.progress import progress, tell_waiting
from idp.demo.processes import Program, Running


def test_it_says_who_is_waited_for_and_where_their_log_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """C18: once, until that changes; on standard error."""
    process = subprocess.Popen(["true"])
    process.wait()
    one, two = (
        Running(Program(name, ["true"], {}, 1), process, tmp_path / f"{name}.log")
        for name in ("provider", "kiosk")
    )
    report = tell_waiting(quiet=False)
    for waited_for in ([one, two], [one, two], [one], []):
        report(waited_for)
    tell_waiting(quiet=True)([one])
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        f"Waiting for provider, kiosk to answer; see {one.log}",
        f"Waiting for provider to answer; see {one.log}",
        "All answer.",
    ]


def test_it_says_nothing_where_nothing_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    """C18, control: `--prepare-only`."""
    tell_waiting(quiet=False)([])
    assert capsys.readouterr().err == ""


def test_a_step_is_shown_as_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Such as a file that somebody calls [final]."""
    with progress("agencies [final].csv", quiet=False):
        pass
    assert "agencies [final].csv" in capsys.readouterr().err
