"""SQLAlchemy on PostgreSQL: the declarative base, the engine, and unit-of-work sessions."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    create_engine,
    delete,
    func,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, MappedAsDataclass, Session

from idp.kit import clock
from idp.kit.errors import ConfigurationError
from idp.kit.unit import Unit

SCHEMA = "public"
"""Where our tables are: no URL, role or environment variable has them looked for elsewhere."""

_OWNS_SOMETHING = text(
    """
    SELECT
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
        OR EXISTS (
            SELECT FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace
                AND relkind IN ('r', 'p')
                AND pg_has_role(relowner, 'MEMBER')
        )
    """
)


GONE = ("08", "57P", "53")
"""SQLSTATE beginnings of a server that goes down, comes up, or has no connection left."""
_EARLIEST, _LATEST = "0001-01-02 00:00+00", "9999-12-30 00:00+00"


def _enum_values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """Every table's base. Rows are dataclasses with keyword-only constructors."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        UUID: Uuid,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
        StrEnum: Enum(
            StrEnum, native_enum=False, create_constraint=True, values_callable=_enum_values
        ),
    }


NOW = bindparam("now", type_=DateTime(timezone=True))
"""The present instant in a statement that is built once and executed often."""
TODAY = bindparam("today", type_=Date())
"""The country's day (`clock.today`) in such a statement."""


def table_of(model: type[Base]) -> Table:
    """A model's table, for Core statements where the ORM layer costs more than the query."""
    return cast(Table, model.__table__)


def readable(*columns: str) -> tuple[CheckConstraint, ...]:
    """Instants of a table that every program can read: PostgreSQL knows some that Python does not.

    One of these (`infinity`, the year 10000) makes whoever reads its row fail.
    """
    bounds = f"'{_EARLIEST}' AND '{_LATEST}'"
    return tuple(CheckConstraint(f"{c} BETWEEN {bounds}", name=f"{c}_readable") for c in columns)


def read_anyway(column: InstrumentedAttribute[datetime]) -> ColumnElement[datetime]:
    """The instant; where the table's owner wrote one that no program can read, the nearest."""
    instant = DateTime(timezone=True)
    earliest, latest = (
        literal_column(f"timestamptz '{bound}'", instant) for bound in (_EARLIEST, _LATEST)
    )
    return func.greatest(func.least(column, latest), earliest, type_=instant)


def make_engine(
    url: str,
    *,
    pool_size: int = 5,
    pool_timeout: timedelta = timedelta(seconds=1),
    statement_timeout: timedelta = timedelta(0),
    lock_timeout: timedelta = timedelta(0),
    idle_transaction_timeout: timedelta = timedelta(0),
) -> Engine:
    """An engine whose connections time out early instead of hanging; zero means no limit.

    The pool waits `pool_timeout` for a connection, a statement runs `statement_timeout`,
    a lock is awaited `lock_timeout`, an idle transaction lives `idle_transaction_timeout`.
    """
    limits = {
        "statement_timeout": statement_timeout,
        "lock_timeout": lock_timeout,
        "idle_in_transaction_session_timeout": idle_transaction_timeout,
    }
    options = " ".join(
        f"-c {name}={round(value.total_seconds() * 1000)}" for name, value in limits.items()
    )
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=pool_timeout.total_seconds(),
        pool_recycle=1800,
        connect_args={
            "options": f"{options} -c timezone=UTC -c search_path={SCHEMA}",
            "connect_timeout": 2,
            "application_name": "idp",
            "prepare_threshold": None,  # what is sent often is prepared by `kit.wire`
        },
    )


def is_away(error: Exception) -> bool:
    """Whether it says that the database cannot be reached for now; not that it refuses something.

    What the server gave up (a timeout, a deadlock) is no absence: it may never get further.
    """
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    if state is not None:
        return str(state).startswith(GONE)
    return isinstance(
        error, (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError)
    )


def refuse_owning_role(engine: Engine, *, setting: str = "IDP_DATABASE__URL") -> None:
    """Raise ConfigurationError when the engine's role is a superuser or acts as a table's owner.

    Whoever serves or seals may then rewrite the journal and change tables; production asks first.
    `setting` is where the role is named.
    """
    with engine.connect() as connection:
        if connection.scalar(_OWNS_SOMETHING):
            raise ConfigurationError(
                f"The role of {setting} owns tables or is a superuser; it must be one that only "
                "serves or seals, such as idp_app and idp_sealer of deploy/roles.sql."
            )


def delete_older(
    db: Session,
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    *conditions: ColumnElement[bool],
    before: datetime,
    limit: int,
) -> int:
    """Delete a batch of the rows whose `column` is before that instant, oldest first; how many.

    Rows that another transaction has locked are left to the next batch.
    """
    model = cast(type[Base], column.class_)
    key = table_of(model).primary_key.columns
    old = select(*key).where(column < before, *conditions).order_by(column).limit(limit)
    chosen = tuple_(*key).in_(old.with_for_update(skip_locked=True))
    gone = delete(model).where(chosen).returning(*key)
    return len(db.execute(gone.execution_options(synchronize_session=False)).all())


def try_lock(connection: Connection, name: str) -> bool:
    """Whether nobody else, on any node, holds the lock of that name: then it is ours.

    It is given back when the transaction ends; who has it gets it again.
    """
    lock = select(func.pg_try_advisory_xact_lock(func.hashtext(name)))
    return bool(connection.scalar(lock))


def read_one_instant(db: Session) -> None:
    """Let all that this transaction reads be of one instant, and nothing be written in it.

    Comes first in it; otherwise PostgreSQL refuses.
    """
    db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def wait_for_lock(connection: Connection, name: str) -> None:
    """Hold the lock of that name (`try_lock`) until the transaction ends, once nobody else does."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


def database_now(db: Session | Connection) -> datetime:
    """The instant by the database's clock, which `clock.now` follows from then on."""
    asked = time.monotonic()
    instant = db.execute(select(func.clock_timestamp())).scalar_one()
    clock.follow(instant, asked=asked)
    return clock.moved(instant)


@contextmanager
def transaction(engine: Engine) -> Iterator[Unit]:
    """One unit of work: commits when the block returns, rolls back when it raises."""
    with Unit(engine) as unit:
        yield unit
        unit.commit()
