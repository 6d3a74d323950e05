"""Which schema a database has, which is the newest, and bringing a database to it.

The steps themselves are in `migrations/versions`. Alembic is imported only where steps are applied:
a serving process does without it.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from idp.kit.db import SCHEMA
from idp.kit.errors import ConfigurationError

if TYPE_CHECKING:
    from alembic.config import Config

_CHECKOUT = Path(__file__).parents[2]
_REVISION = re.compile(r'^(?:down_)?revision = (?:"(\w+)"|None)$', re.MULTILINE)


def migrations_folder() -> Path:
    """Where the steps are, wherever the current folder is. Raises ConfigurationError."""
    for root in (_CHECKOUT, Path.cwd()):
        if (root / "migrations" / "env.py").is_file():
            return root / "migrations"
    raise ConfigurationError(
        "The folder 'migrations' is missing beside the package; run from a checkout of the source."
    )


def newest_revision() -> str:
    """The last step there is: the one no other goes on from."""
    steps = _steps()
    [newest] = steps.keys() - steps.values()
    return newest


def is_current(url: str) -> bool:
    """Whether the last step has been applied to this database. Newer ones are no hindrance."""
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"options": f"-c search_path={SCHEMA}"}
    )
    try:
        with engine.connect() as connection:
            applied = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return False
    return applied is not None and (applied == newest_revision() or applied not in _steps())


def upgrade(owner_url: str) -> None:
    """Apply every missing step, as the role that owns the tables, in one transaction.

    Two at the same time wait for each other. A step that waits for a lock held by the running
    service gives up after five seconds and leaves the database as it was.
    """
    from alembic import command  # noqa: PLC0415 - see above

    command.upgrade(migration_config(owner_url), "head")


def migration_config(owner_url: str) -> "Config":
    """Alembic's configuration, wherever the current folder is."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    settings = migrations_folder().parent / "pyproject.toml"
    return Config(toml_file=settings, attributes={"url": owner_url})


def _steps() -> dict[str, str]:
    """Each step with the one it goes on from; the first goes on from none."""
    files = (migrations_folder() / "versions").glob("*.py")
    pairs = (_REVISION.findall(file.read_text("utf-8")) for file in files)
    return dict(pairs)
