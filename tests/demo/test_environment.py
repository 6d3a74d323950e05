"""The demo's secrets: made once, closed to others, worthless in production."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from idp.demo.environment import join_demo, prepare_environment, sole_demo
from idp.kit.errors import ConfigurationError
from idp.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDP_SECRETS__ENCRYPTION_KEYS", "IDP_SECRETS__LOOKUP_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = prepare_environment(tmp_path, issuer="http://localhost:8000")
    assert prepare_environment(tmp_path, issuer="http://localhost:8000") == first
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0


def test_production_refuses_the_demos_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = prepare_environment(tmp_path, issuer="https://id.example")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings().secrets.keyring()
    monkeypatch.setenv("IDP_ENVIRONMENT", "production")
    with pytest.raises(ValidationError, match="each be random"):
        Settings()


def test_a_command_joins_the_demo_unless_it_is_configured(tmp_path: Path) -> None:
    environment = prepare_environment(tmp_path, issuer="http://localhost:8000")
    joining = {"IDP_DATA_DIR": str(tmp_path)}
    join_demo(joining)
    assert joining["IDP_SECRETS__LOOKUP_KEY"] == environment["IDP_SECRETS__LOOKUP_KEY"]
    configured = {"IDP_DATA_DIR": str(tmp_path), "IDP_ENVIRONMENT": "production"}
    join_demo(configured)
    assert "IDP_SECRETS__LOOKUP_KEY" not in configured


def test_a_damaged_file_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(ConfigurationError, match="--reset"):
        prepare_environment(tmp_path, issuer="http://localhost:8000")


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(json.dumps({}))
    with pytest.raises(ConfigurationError, match="IDP_DATA_DIR"):
        prepare_environment(tmp_path / "file", issuer="http://localhost:8000")


def test_a_second_demo_on_the_same_folder_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    with (
        sole_demo(tmp_path),
        sole_demo(tmp_path / "another"),
        pytest.raises(ConfigurationError, match="already"),
        sole_demo(tmp_path),
    ):
        pass
    with sole_demo(tmp_path):
        assert (tmp_path / "demo.lock").stat().st_mode & 0o077 == 0
