"""A database that was production's says so, whatever the environment of a shell says."""

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from idp.app import create_app
from idp.cli import build_app
from idp.kit.errors import ConfigurationError
from idp.settings import Settings
from idp.settings.deployment import settle_environment
from tests.support.postgres import Database


def settings_of(database: Database, environment: str, **urls: str) -> Settings:
    """As a shell has them; what production demands besides is not this test's."""
    urls = urls or {"url": database.app_url}
    base = Settings(environment="test")
    changed = base.database.model_copy(update=urls)
    return base.model_copy(update={"environment": environment, "database": changed})


def marks(database: Database) -> list[str]:
    with create_engine(database.app_url, poolclass=NullPool).begin() as connection:
        return list(connection.scalars(text("SELECT environment FROM deployment")))


def test_production_marks_its_database_once_and_for_good(database: Database) -> None:
    """G9: what says less never opens it again; production does."""
    for environment in ("development", "demo", "test"):
        settle_environment(settings_of(database, environment))
    assert marks(database) == [], "the control: nothing is guarded before"
    for _ in range(2):
        settle_environment(settings_of(database, "production"))
    assert marks(database) == ["production"]
    for environment in ("development", "demo", "test"):
        with pytest.raises(ConfigurationError, match="set IDP_ENVIRONMENT=production"):
            settle_environment(settings_of(database, environment))
    for role in ("owner_url", "sealer_url"):
        url = {"owner_url": database.owner_url, "sealer_url": database.sealer_url}[role]
        with pytest.raises(ConfigurationError, match="production's database"):
            settle_environment(settings_of(database, "development", url="", **{role: url}))


@pytest.mark.parametrize(
    "change", ["UPDATE deployment SET environment = ''", "DELETE FROM deployment"]
)
def test_the_serving_role_cannot_take_the_mark_away(database: Database, change: str) -> None:
    settle_environment(settings_of(database, "production"))
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        create_engine(database.app_url, poolclass=NullPool).begin() as connection,
    ):
        connection.execute(text(change))


def test_migrating_marks_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = {"url": "", "owner_url": database.owner_url}
    there = settings_of(database, "production", **urls)
    monkeypatch.setattr("idp.cli.migrate.Settings", lambda: there)
    assert CliRunner().invoke(build_app(), ["migrate"]).exit_code == 0
    assert marks(database) == ["production"]


@pytest.mark.parametrize(
    "words",
    [
        ("staff", "list", "001190000123"),
        ("rp", "list"),
        ("journal", "list"),
        ("keys", "rotate"),
        ("registry", "agencies", __file__),
        ("serve", "--port", "0"),
        ("work",),
        ("migrate",),
    ],
    ids=" ".join,
)
def test_a_command_asks(
    database: Database, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """G9: they reach the database through `connected` alone, which `test_doors` holds together."""
    settle_environment(settings_of(database, "production"))
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_DATABASE__OWNER_URL", database.owner_url)
    monkeypatch.setenv("IDP_ENVIRONMENT", "development")
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")
    answer = CliRunner().invoke(build_app(), words)
    assert isinstance(answer.exception, ConfigurationError), (answer.output, answer.exception)
    assert "production's database" in str(answer.exception)


def test_a_server_does_not_start_on_it(settings: Settings) -> None:
    """G9: started without `idp serve`, too."""
    with TestClient(create_app(settings)) as served:
        assert served.get("/healthz").status_code == 200, "the control"
    settle_environment(settings.model_copy(update={"environment": "production"}))
    with (
        pytest.raises(ConfigurationError, match="production's database"),
        TestClient(create_app(settings)),
    ):
        pass
