"""What Alembic runs: connects as `idp_owner` and applies the steps under one lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from idp.demo.postgres import OWNER, EmbeddedPostgres
from idp.journal.models import Xid8
from idp.kit.db import SCHEMA
from idp.schema import metadata
from idp.settings import Settings

ischema_names["xid8"] = Xid8  # so that drift is seen in these columns too
_LOCK = 0x1D9  # any number, the same for every migrator
_IN_SCHEMA = {"options": f"-c search_path={SCHEMA}"}


@contextmanager
def owner_engine() -> Iterator[Engine]:
    """The caller's database; from Alembic's own command line, the configured or embedded one."""
    url = context.config.attributes.get("url") or Settings().database.owner_url
    if url:
        yield create_engine(url, poolclass=NullPool, connect_args=_IN_SCHEMA)
        return
    with EmbeddedPostgres(Settings().data_dir) as server:
        yield create_engine(server.url(OWNER), poolclass=NullPool, connect_args=_IN_SCHEMA)


def main() -> None:
    """Run the requested steps in one transaction."""
    with owner_engine() as engine, engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, compare_server_default=True
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            context.run_migrations()


main()
