"""What is sent to the database."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Engine

from idp.kit.listen import LISTENER
from idp.kit.wire import Command, Wire

_BOUNDS = (b"BEGIN", b"COMMIT")


@contextmanager
def statements(engine: Engine, *, bounds: bool = False) -> Iterator[list[str]]:
    """The statements sent to the database as the role of the engine meanwhile, noted as they leave.

    BEGIN and COMMIT are none, unless the `bounds` of transactions are to be noted; nor is what the
    listener asks whenever it is time for it.
    """
    sent: list[str] = []

    def is_noted(info: psycopg.ConnectionInfo) -> bool:
        is_here = (info.dbname, info.user) == (engine.url.database, engine.url.username)
        return is_here and threading.current_thread().name != LISTENER

    def noting(method: str) -> Any:
        original = getattr(psycopg.Cursor, method)

        def note(cursor: psycopg.Cursor[Any], query: Any, *values: Any, **options: Any) -> Any:
            if is_noted(cursor.connection.info):
                sent.append(query.decode() if isinstance(query, bytes) else str(query))
            return original(cursor, query, *values, **options)

        return patch.object(psycopg.Cursor, method, note)

    exchange = Wire.exchange

    def note_all(wire: Wire, commands: Sequence[Command]) -> Any:
        if is_noted(wire.driver.info):
            sent.extend(c.sql.decode() for c in commands if bounds or c.sql not in _BOUNDS)
        return exchange(wire, commands)

    with (
        noting("execute"),
        noting("executemany"),
        patch.object(Wire, "exchange", note_all),
    ):
        yield sent
