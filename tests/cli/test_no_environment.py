"""E8: a command without its node's environment begins no database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    ["serve", "--port", "0"],
    ["work"],
    ["migrate"],
    ["person", "show", "001190000123"],
    ["registry", "agencies", "agencies.csv"],
    ["journal", "verify"],
    ["keys", "list"],
    ["adoption", "rollup"],
]


def give(words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return subprocess.run(
        [sys.executable, "-m", "idp", *words],
        env={**kept, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_that_is_told_nothing_begins_no_database(
    words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "agencies.csv").write_text("code,tier,name_vi,name_en,valid_on\n")
    done = give(words, tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "IDP_DATABASE__URL" in done.stderr or "IDP_SECRETS__JOURNAL_KEYS" in done.stderr
    assert not (tmp_path / "var").exists()


def test_one_that_is_told_to_keeps_a_private_one(tmp_path: Path) -> None:
    """The control."""
    tmp_path.chmod(0o755)
    folder = tmp_path / "here"
    done = give(["migrate"], tmp_path, IDP_DATA_DIR=str(folder))
    assert done.returncode == 0, done.stderr
    assert folder.exists()
