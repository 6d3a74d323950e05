"""A connection whose work is rolled back: the owner's, since the past is written on it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine


@pytest.fixture
def connection(owner: Engine) -> Iterator[Connection]:
    with owner.connect() as connection:
        yield connection
        connection.rollback()
