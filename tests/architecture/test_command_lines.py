"""E12: no secret is given on a command line, which every process of the machine may read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from idp.cli import build_app

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("*.md"),
    *ROOT.glob("clients/*/README.md"),
    ROOT / "Makefile",
    ROOT / "docker-compose.yml",
]
SECRET = re.compile(
    r"password|passphrase|secret|private|token|credential|totp|pin\b", re.IGNORECASE
)
BY_FILE_OR_MADE = {"--password-file", "--totp", "--remove-totp"}
"""A file that holds it, and what is made or taken away: neither takes a secret's value."""


def options(command: Any, name: str = "idp") -> Iterator[tuple[str, str]]:
    for below, sub in getattr(command, "commands", {}).items():
        yield from options(sub, f"{name} {below}")
    for parameter in command.params:
        yield from ((name, option) for option in parameter.opts)


def test_no_option_takes_a_secret() -> None:
    told = list(options(typer.main.get_command(build_app())))
    assert len(told) > 100, "the control: they are found"
    taking = {option for _, option in told if SECRET.search(option)}
    assert taking <= BY_FILE_OR_MADE
    assert "--password-file" in taking


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_shows_one_on_a_command_line(page: Path) -> None:
    for line in page.read_text("utf-8").splitlines():
        before, found, after = line.partition("idp ")
        assert not (found and re.search(r"IDP_\w*(URL|KEYS?|PASSWORD)=\S", before)), line
        assert not (found and re.search(r"--(password|secret|token)[ =]", after)), line
        assert not re.search(
            r"\b(curl|psql|openssl)\b.*(--user|-u|PGPASSWORD|pass:)[ =]?\S+:\S", line
        ), line
