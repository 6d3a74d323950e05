"""How a command reaches its database: configured, or embedded and then started or joined."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from idp.demo.postgres import APP, OWNER, SEALER, EmbeddedPostgres
from idp.kit.db import database_now, make_engine, transaction
from idp.kit.errors import ConfigurationError
from idp.kit.migrations import is_current
from idp.settings import Settings
from idp.settings.deployment import settle_environment

_NO_DATABASE = (
    "No database is set. On a node, give the command the node's environment (IDP_DATABASE__URL …). "
    "For a private one in IDP_DATA_DIR, start the demo, or set IDP_ENVIRONMENT=development."
)


@contextmanager
def connected(settings: Settings) -> Iterator[Settings]:
    """The settings with every database URL filled in, as long as the block lasts.

    The embedded server is used when none is set and the environment says what this is; one that
    another process started is joined and outlives us. Raises ConfigurationError when nothing at all
    is set: a node's command without the node's environment must not begin a database. And where
    production's own is told to be something less.
    """
    if any(settings.database.urls.values()):
        _refuse_other_databases(settings)
        settle_environment(settings)
        yield settings
        return
    if settings.is_production:
        raise ConfigurationError(
            "Production needs a database of its own: set IDP_DATABASE__URL and "
            "IDP_DATABASE__OWNER_URL."
        )
    if not {"environment", "data_dir"} & settings.model_fields_set:
        raise ConfigurationError(_NO_DATABASE)
    with EmbeddedPostgres(settings.data_dir) as server:
        roles = {"url": APP, "owner_url": OWNER, "sealer_url": SEALER}
        urls = {name: server.url(role) for name, role in roles.items()}
        database = settings.database.model_copy(update=urls)
        yield settings.model_copy(update={"database": database})


@contextmanager
def serving_engine(settings: Settings) -> Iterator[Engine]:
    """The serving role's engine, for commands that need more than one unit of work."""
    with connected(settings) as ready:
        if not ready.database.url:
            raise ConfigurationError("Set IDP_DATABASE__URL, the serving role's database.")
        engine = make_engine(ready.database.url, lock_timeout=ready.database.lock_timeout)
        try:
            with engine.connect() as connection:
                database_now(connection)
            yield engine
        finally:
            engine.dispose()


@contextmanager
def unit_of_work(settings: Settings) -> Iterator[Session]:
    """A session of the serving role: commits when the block returns, rolls back when it raises."""
    with serving_engine(settings) as engine, transaction(engine) as db:
        yield db


def refuse_old_schema(settings: Settings) -> None:
    """Raise ConfigurationError unless the last migration has been applied."""
    if not is_current(settings.database.url):
        raise ConfigurationError("The database has not the newest schema: run `idp migrate`.")


def _refuse_other_databases(settings: Settings) -> None:
    for name, url in settings.database.urls.items():
        try:
            is_postgresql = not url or make_url(url).get_backend_name() == "postgresql"
        except (ArgumentError, ValueError):  # a port that is no number
            is_postgresql = False
        if not is_postgresql:
            raise ConfigurationError(
                f"{name} must look like postgresql+psycopg://role:password@host/name "
                "(only PostgreSQL is supported)."
            )
