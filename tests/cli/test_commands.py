import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import typer

from idp.cli import build_app
from tests.support.postgres import Database, DatabaseServer
from tests.support.served import served


def idp(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("IDP_")} | settings
    command = [sys.executable, "-m", "idp", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


@pytest.fixture
def empty(postgres: DatabaseServer) -> Iterator[Database]:
    database = postgres.create()
    yield database
    postgres.drop(database)


@pytest.fixture
def healthz() -> Iterator[tuple[HTTPServer, list[int]]]:
    """A server that answers with the status in the list."""
    statuses = [200]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server, statuses
        server.shutdown()
        thread.join()


def test_migrate_is_repeatable(empty: Database) -> None:
    first, second = (
        idp("migrate", "--json", IDP_DATABASE__OWNER_URL=empty.owner_url) for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == json.loads(second.stdout)


def test_serve_refuses_a_database_of_another_schema(empty: Database) -> None:
    done = idp("serve", "--port", "0", IDP_DATABASE__URL=empty.app_url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "idp migrate" in done.stderr


def test_serve_names_a_taken_port(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = idp("serve", "--port", port, IDP_DATABASE__URL=database.app_url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"port {port}" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_TOKENS__CODE_LIFETIME", "secret-nonsense"),
        ("IDP_DATABASE__OWNER_URL", "sqlite:///x.db"),
        ("IDP_DATABASE__OWNER_URL", "secret-nonsense"),
        ("IDP_SECRETS__ENCRYPTION_KEYS", "secret-nonsense"),
        ("IDP_ENVIRONMENT", "production"),
    ],
)
def test_wrong_setting_is_one_line_that_does_not_repeat_it(name: str, value: str) -> None:
    done = idp("migrate", **{name: value})
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "secret-nonsense" not in done.stderr


def test_unreachable_database_is_one_line() -> None:
    url = "postgresql+psycopg://idp_owner:swordfish@127.0.0.1:1/idp"
    done = idp("migrate", IDP_DATABASE__OWNER_URL=url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "swordfish" not in done.stderr


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_healthcheck_tells_by_exit_code(
    healthz: tuple[HTTPServer, list[int]], status: int, code: int
) -> None:
    server, statuses = healthz
    statuses[0] = status
    done = idp("healthcheck", "--port", str(server.server_port), "--json")
    assert done.returncode == code
    assert json.loads(done.stdout)["ready"] is (code == 0)


def test_every_command_speaks_json() -> None:
    def without_json(command: Any, name: str) -> list[str]:
        if commands := getattr(command, "commands", None):
            return [lack for key, sub in commands.items() for lack in without_json(sub, key)]
        options = {option for parameter in command.params for option in parameter.opts}
        return [] if "--json" in options else [name]

    assert without_json(typer.main.get_command(build_app()), "idp") == []


def test_a_serving_process_carries_no_other_commands_and_no_migrator(database: Database) -> None:
    with served(database, settings={"PYTHONPROFILEIMPORTTIME": "1"}) as provider:
        imported = {line.rpartition("|")[2].strip() for line in provider.log.splitlines()}
    assert {"idp.app", "idp.demo.marker"} <= imported
    assert not {"alembic", "mako", "idp.demo.seed", "idp.demo.samples"} & imported


def test_every_command_is_found_alone_as_among_all() -> None:
    for name in typer.main.get_group(build_app()).commands:
        assert list(typer.main.get_group(build_app(name)).commands) == [name]
