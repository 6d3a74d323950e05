"""What a database is: production says so once in it, and nothing that says less opens it then.

The environment is a variable, which whoever has a shell sets; the row is the database's own.
Commands ask when they connect, servers when they start; no request does.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, NullPool, create_engine, inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit import clock
from idp.kit.db import Base, table_of
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


def settle_environment(settings: Settings) -> None:
    """Have production's database say that it is. Raises ConfigurationError for what says less.

    Before the first migration there is no such row, and nothing to guard. The sealing role reads
    it only.
    """
    database = settings.database
    engine = create_engine(
        database.url or database.owner_url or database.sealer_url, poolclass=NullPool
    )
    with engine.begin() as connection:
        if not inspect(connection).has_table(_TABLE.name):
            return
        is_marked = connection.scalar(select(_TABLE.c.environment)) == _PRODUCTION
        if is_marked and not settings.is_production:
            raise ConfigurationError(
                f"This is production's database, and IDP_ENVIRONMENT says {settings.environment}: "
                "set IDP_ENVIRONMENT=production, or give this environment a database of its own."
            )
        if settings.is_production and not is_marked and (database.url or database.owner_url):
            mark = insert(_TABLE).values(is_only=True, environment=_PRODUCTION, since=clock.now())
            connection.execute(mark.on_conflict_do_nothing())
