"""Bringing a database to the newest schema. The steps themselves are in `migrations/versions`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from idp.kit.errors import ConfigurationError

_CHECKOUT = Path(__file__).parents[2]


def upgrade(owner_url: str) -> None:
    """Apply every missing step, as the role that owns the tables, in one transaction.

    Two at the same time wait for each other. A step that waits for a lock held by the running
    service gives up after five seconds and leaves the database as it was.
    """
    command.upgrade(migration_config(owner_url), "head")


def check_drift(owner_url: str) -> None:
    """Raise `alembic.util.CommandError` when the models say more than the steps."""
    command.check(migration_config(owner_url))


def newest_revision() -> str | None:
    """The last step there is."""
    return ScriptDirectory.from_config(migration_config("")).get_current_head()


def is_current(url: str) -> bool:
    """Whether the last step has been applied to this database. Newer ones are no hindrance."""
    engine = create_engine(url, poolclass=NullPool)
    steps = ScriptDirectory.from_config(migration_config(""))
    try:
        with engine.connect() as connection:
            applied = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return False
    known = {step.revision for step in steps.walk_revisions()}
    return applied is not None and (applied == steps.get_current_head() or applied not in known)


def migration_config(owner_url: str) -> Config:
    """Alembic's configuration, wherever the current folder is."""
    for root in (_CHECKOUT, Path.cwd()):
        if (root / "migrations" / "env.py").is_file():
            return Config(toml_file=root / "pyproject.toml", attributes={"url": owner_url})
    raise ConfigurationError(
        "The folder 'migrations' is missing beside the package; run from a checkout of the source."
    )
