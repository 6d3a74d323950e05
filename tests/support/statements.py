"""What is sent to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Engine


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the engine's database as its role meanwhile, noted at the cursor.

    BEGIN and COMMIT are none.
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

    with noting("execute"), noting("executemany"):
        yield sent
