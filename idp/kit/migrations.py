"""Bringing a database to the newest schema. The steps themselves are in `migrations/versions`."""

from alembic import command
from alembic.config import Config

from idp.kit.revisions import migrations_folder


def upgrade(owner_url: str) -> None:
    """Apply every missing step, as the role that owns the tables, in one transaction.

    Two at the same time wait for each other. A step that waits for a lock held by the running
    service gives up after five seconds and leaves the database as it was.
    """
    command.upgrade(migration_config(owner_url), "head")


def check_drift(owner_url: str) -> None:
    """Raise `alembic.util.CommandError` when the models say more than the steps."""
    command.check(migration_config(owner_url))


def migration_config(owner_url: str) -> Config:
    """Alembic's configuration, wherever the current folder is."""
    settings = migrations_folder().parent / "pyproject.toml"
    return Config(toml_file=settings, attributes={"url": owner_url})
