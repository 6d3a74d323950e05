"""What is sent to the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Engine

from idp.kit.wire import Command, Wire

_BOUNDS = (b"BEGIN", b"COMMIT")


@contextmanager
def statements(engine: Engine, *, bounds: bool = False) -> Iterator[list[str]]:
    """The statements sent to the database as the role of the engine meanwhile, noted as they leave.

    BEGIN and COMMIT are none, unless the `bounds` of transactions are to be noted.
    """
    sent: list[str] = []

    def noting(method: str) -> Any:
        original = getattr(psycopg.Cursor, method)

        def note(cursor: psycopg.Cursor[Any], query: Any, *values: Any, **options: Any) -> Any:
            info = cursor.connection.info
            if (info.dbname, info.user) == (engine.url.database, engine.url.username):
                sent.append(query.decode() if isinstance(query, bytes) else str(query))
            return original(cursor, query, *values, **options)

        return patch.object(psycopg.Cursor, method, note)

    exchange = Wire.exchange

    def note_all(wire: Wire, commands: Sequence[Command]) -> Any:
        info = wire.driver.info
        if (info.dbname, info.user) == (engine.url.database, engine.url.username):
            sent.extend(c.sql.decode() for c in commands if bounds or c.sql not in _BOUNDS)
        return exchange(wire, commands)

    with (
        noting("execute"),
        noting("executemany"),
        patch.object(Wire, "exchange", note_all),
    ):
        yield sent
