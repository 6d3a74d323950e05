"""What a database is: production says so once in it, and what says less does not open it then.

The environment is a variable, which whoever has a shell sets; the row is the database's own.
Commands ask when they connect, servers when they start; no request does.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Connection, NullPool, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import SCHEMA, Base, table_of
from idp.kit.errors import ConfigurationError
from idp.settings import Settings


class Deployment(Base, kw_only=True):
    """What the database is, `since` when. The serving role adds the row and cannot change it."""

    __tablename__ = "deployment"
    __table_args__ = (CheckConstraint("is_only", name="only"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, default=True)
    environment: Mapped[str]
    since: Mapped[datetime]


_TABLE = table_of(Deployment)
_PRODUCTION = "production"
_FOUND = text("""
SELECT
    pg_catalog.to_regclass(:table) IS NOT NULL AS is_there,
    EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'journal_entry') AS has_others
""").bindparams(table=f"{SCHEMA}.{_TABLE.name}")


def settle_environment(settings: Settings) -> None:
    """Have production's databases say that they are. Raises ConfigurationError for what says less.

    Every database that is configured is asked, whatever schema its URL, its role or the
    environment would look in first. One without any of our tables has nothing to guard. The
    sealing role reads the row only.
    """
    for name, url in settings.database.urls.items():
        if not url:
            continue
        engine = create_engine(
            url,
            poolclass=NullPool,
            connect_args={"options": "-c search_path=pg_catalog"},
            execution_options={"schema_translate_map": {None: SCHEMA}},
        )
        with engine.begin() as connection:
            fault = _find_fault(connection, settings)
            if fault:
                raise ConfigurationError(f"{name}: {fault}")
            if settings.is_production and url != settings.database.sealer_url:
                _mark(connection)


def _find_fault(connection: Connection, settings: Settings) -> str:
    """Why these settings may not open the database; empty when they may."""
    if settings.is_production:
        return ""
    found = connection.execute(_FOUND).one()
    if not found.is_there and found.has_others:
        return (
            f"This database has tables of OneDoor, but not {SCHEMA}.{_TABLE.name}: it may be "
            "production's. Set IDP_ENVIRONMENT=production, or give this environment one of its own."
        )
    if found.is_there and connection.scalar(select(_TABLE.c.environment)) == _PRODUCTION:
        return (
            f"This is production's database, and IDP_ENVIRONMENT says {settings.environment}: "
            "set IDP_ENVIRONMENT=production, or give this environment a database of its own."
        )
    return ""


def _mark(connection: Connection) -> None:
    """Unless it is marked already, or there is no table before the first migration."""
    if (
        connection.execute(_FOUND).one().is_there
        and connection.scalar(select(_TABLE.c.environment)) != _PRODUCTION
    ):
        mark = insert(_TABLE).values(is_only=True, environment=_PRODUCTION, since=func.now())
        connection.execute(mark.on_conflict_do_nothing())
