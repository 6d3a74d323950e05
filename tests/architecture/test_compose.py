"""docker-compose.yml, where no Docker engine is: its form, and that its commands exist and run.

`compose_spec.json` is the Compose Specification's schema as shipped in docker-compose 1.29.2
(Apache-2.0).
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft201909Validator
from pydantic import ValidationError

from idp.demo.postgres import APP, DATABASE, OWNER, SEALER
from idp.settings import Settings
from tests.support.postgres import Database

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def dependencies() -> list[tuple[str, str, str]]:
    return [
        (name, other, how["condition"])
        for name, service in SERVICES.items()
        for other, how in service.get("depends_on", {}).items()
    ]


def test_file_follows_the_compose_specification() -> None:
    schema = json.loads(Path(__file__).with_name("compose_spec.json").read_text())
    assert [error.message for error in Draft201909Validator(schema).iter_errors(COMPOSE)] == []


def test_every_service_waits_for_something_that_reports() -> None:
    for name, other, condition in dependencies():
        has_check = "test" in SERVICES[other].get("healthcheck", {})
        assert has_check == (condition == "service_healthy"), f"{name} waits for {other}"


def test_only_loopback_is_published() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == [f"127.0.0.1:{port}:{port}" for port in range(8000, 8006)]


def test_image_contains_every_file_the_commands_name() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = [name for line in re.findall(r"(?m)^COPY (.*) \S+$", text) for name in line.split(" ")]
    named = [
        part
        for service in SERVICES.values()
        for part in service.get("command", [])
        if part.endswith(".py")
    ]
    assert all((ROOT / name).exists() for name in [*copied, *named])
    assert all(any(name.startswith(f"{folder}/") for folder in copied) for name in named)


@pytest.mark.asvs("13.4.1", "15.2.3")
def test_image_holds_what_is_listed_and_no_history_or_test() -> None:
    excluded, *kept = (ROOT / ".dockerignore").read_text().split()
    assert excluded == "*"
    assert {line.removeprefix("!") for line in kept if line.startswith("!")} == {
        *("pyproject.toml", "README.md", "LICENSE"),
        *("requirements", "idp", "migrations", "clients"),
    }
    assert not [
        name for name in ("idp", "migrations", "clients") if (ROOT / name / ".git").exists()
    ]


@pytest.mark.parametrize(
    "name", [name for name, service in SERVICES.items() if "python" in service.get("command", [])]
)
def test_sample_finds_what_it_imports(name: str) -> None:
    program = SERVICES[name]["command"][1]
    done = subprocess.run(
        [sys.executable, "-c", f"import runpy; runpy.run_path({program!r})"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            **SERVICES[name]["environment"],
            "CREDENTIALS_FILE": "",
            "CLIENT_ID": name,
            "CLIENT_SECRET": "secret",
        },
    )
    assert done.returncode == 0, done.stderr


def test_secrets_are_ones_that_production_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICES["provider"]["environment"].items():
        monkeypatch.setenv(name, value)
    assert Settings().environment == "demo"
    monkeypatch.setenv("IDP_ENVIRONMENT", "production")
    monkeypatch.setenv("IDP_ISSUER__URL", "https://id.example")
    with pytest.raises(ValidationError, match="each be random"):
        Settings()


def test_roles_are_those_of_the_embedded_server() -> None:
    """That the script runs, and runs again, `journeys/test_postgres_versions.py` shows."""
    statements = (ROOT / "deploy" / "roles.sql").read_text()
    made = set(re.findall(r"\('(idp\w*)', :'\w+_password'\)", statements))
    assert made == {OWNER, APP, SEALER}
    assert f"CREATE DATABASE {DATABASE} OWNER {OWNER} " in statements


@pytest.mark.parametrize("name", ["migrate", "seed"])
def test_one_shot_command_runs(name: str, database: Database, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **SERVICES[name]["environment"],
        "IDP_DATA_DIR": str(tmp_path),
        "IDP_DATABASE__URL": database.app_url,
        "IDP_DATABASE__OWNER_URL": database.owner_url,
        "IDP_DATABASE__SEALER_URL": database.sealer_url,
    }
    program, *arguments = SERVICES[name]["command"]
    assert program == "idp"
    for _ in range(2 if name == "migrate" else 1):  # seeding again is tests/demo's
        done = subprocess.run(
            [sys.executable, "-m", "idp", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
    written = {path.name for path in tmp_path.glob("clients/*.json")}
    agencies = ("ministry-service", "province-portal", "building-permits", "residence-documents")
    samples = {f"{sample}.json" for sample in (*agencies, "kiosk")}
    assert written == (samples if name == "seed" else set())
