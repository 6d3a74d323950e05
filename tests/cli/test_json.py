"""Standard output is the answer and nothing else: a program that reads it loses no secret."""

import json
import signal
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from idp.kit.db import make_engine, transaction
from tests.cli.test_rp import FILE
from tests.relying_parties.conftest import fill_register
from tests.support.postgres import Database
from tests.support.served import environment_for, free_port

IDP = [sys.executable, "-m", "idp"]
LONG = 60
"""Seconds after which a test fails instead of waiting on."""


@pytest.fixture
def environment(database: Database) -> dict[str, str]:
    return environment_for(database, issuer=f"http://localhost:{free_port()}")


def test_a_secret_is_not_lost_behind_a_line_of_log(
    database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    """C21: a client without PKCE is told of in the log; the secret is shown once, in JSON."""
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        fill_register(db)
    engine.dispose()
    file = tmp_path / "relying_party.toml"
    file.write_text(FILE.format(uri="https://gplx.example.vn/cb") + "require_pkce = false\n")
    command = [*IDP, "rp", "apply", str(file), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    [made] = json.loads(done.stdout)
    assert len(made["client_secret"]) >= 43
    [logged] = map(json.loads, done.stderr.splitlines())
    assert logged["event"] == "relying_party.legacy_without_pkce"


@pytest.mark.parametrize("words", [("migrate",), ("healthcheck", "--port", "1")], ids=" ".join)
def test_a_command_of_the_machine_room_answers_in_json(
    environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """C21: those that end by themselves."""
    done = subprocess.run(
        [*IDP, *words, "--json"], env=environment, capture_output=True, check=False
    )
    assert isinstance(json.loads(done.stdout), dict)


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("work",)], ids=" ".join)
def test_a_server_answers_in_json_once_and_logs_beside_it(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    """C21: those that go on until they are told to stop."""
    with (
        (tmp_path / "err").open("w") as logged,
        subprocess.Popen(
            [*IDP, *words, "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=logged,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        answer = "".join(takewhile(lambda line: line != "}\n", process.stdout)) + "}"
        process.send_signal(signal.SIGTERM)
        try:
            rest, _ = process.communicate(timeout=LONG)
        finally:
            process.kill()
    assert (process.returncode, rest) == (0, "")
    assert isinstance(json.loads(answer), dict)
