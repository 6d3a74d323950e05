"""A database that was production's says so, whatever the environment of a shell says."""

from collections.abc import Iterator

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from idp.app import create_app
from idp.cli import build_app
from idp.kit.db import make_engine
from idp.kit.errors import ConfigurationError
from idp.settings import Settings
from idp.settings.deployment import settle_environment
from tests.support.postgres import Database, DatabaseServer


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


@pytest.fixture
def scratch(database: Database, postgres: DatabaseServer) -> Iterator[Database]:
    """Another database of the same server, without a table."""
    made = postgres.create()
    yield made
    postgres.drop(made)


@pytest.mark.parametrize("hidden", ["owner_url", "sealer_url"])
def test_every_database_that_is_named_is_asked(
    database: Database, scratch: Database, hidden: str
) -> None:
    """G9: not the first only; with a scratch database in the front, the others do not open."""
    behind = {"owner_url": database.owner_url, "sealer_url": database.sealer_url}[hidden]
    urls = {"url": scratch.app_url, hidden: behind}
    settle_environment(settings_of(database, "development", **urls))
    settle_environment(settings_of(database, "production", **urls))
    settle_environment(settings_of(database, "production"))
    with pytest.raises(ConfigurationError, match=f"IDP_DATABASE__{hidden.upper()}: This is prod"):
        settle_environment(settings_of(database, "development", **urls))
    settle_environment(settings_of(database, "development", url=scratch.app_url))


@pytest.mark.parametrize("way", ["url", "environment", "role"])
def test_no_schema_stands_before_the_mark(
    database: Database, postgres: DatabaseServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """G9: neither for who is asked, nor for who then reads and writes; without it as usual."""
    settle_environment(settings_of(database, "production"))
    with create_engine(database.owner_url, poolclass=NullPool).begin() as owner:
        owner.execute(text("CREATE SCHEMA decoy"))
        owner.execute(text("CREATE TABLE decoy.deployment (LIKE public.deployment)"))
        owner.execute(text("CREATE VIEW decoy.pg_class AS SELECT 1 WHERE false"))
        owner.execute(text("GRANT USAGE ON SCHEMA decoy TO PUBLIC"))
        owner.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA decoy TO PUBLIC"))
    first, url = "decoy, public, pg_catalog", make_url(database.app_url)
    if way == "url":
        url = url.update_query_dict({"options": f"-csearch_path={first.replace(' ', '')}"})
    elif way == "environment":
        monkeypatch.setenv("PGOPTIONS", f"-csearch_path={first.replace(' ', '')}")
    else:
        with postgres.connect_as_admin() as admin:
            admin.execute(
                f"ALTER ROLE {url.username} IN DATABASE {database.name} "  # type: ignore[arg-type]
                f"SET search_path = {first}"
            )
    urls = {"url": url.render_as_string(hide_password=False)}
    with create_engine(urls["url"], poolclass=NullPool).begin() as fooled:
        assert fooled.scalar(text("SELECT count(*) FROM deployment")) == 0, "the control"
    with pytest.raises(ConfigurationError, match="production's database"):
        settle_environment(settings_of(database, "development", **urls))
    engine = make_engine(urls["url"])
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT environment FROM deployment")) == "production"
    engine.dispose()


def test_a_database_whose_mark_was_moved_away_is_refused(database: Database) -> None:
    """G9: what has our tables and not that one may be production's; an empty one is nobody's."""
    with create_engine(database.owner_url, poolclass=NullPool).begin() as owner:
        owner.execute(text("ALTER TABLE deployment RENAME TO elsewhere"))
    for environment in ("development", "demo", "test"):
        with pytest.raises(ConfigurationError, match=r"not public\.deployment"):
            settle_environment(settings_of(database, environment))
    settle_environment(settings_of(database, "production"))


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
