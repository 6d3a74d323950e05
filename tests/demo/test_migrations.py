"""The demo's data goes down to the schema of the first edition, and comes up again the same."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.engine import Connection

from idp.demo.seed import seed_country
from idp.kit.migrations import migration_config, upgrade
from idp.settings import Settings
from tests.support.postgres import Database

FIRST_EDITION = "0012"
MADE_ANEW = {"alembic_version"}
UNKNOWN_THEN = {
    "mandate": {"evidence", "granted_by_id", "service_ids", "created_at"},
    "journal_entry": {"source_id"},
}
"""Columns that the first edition has no place for."""


@pytest.fixture
def seeded(database: Database, settings: Settings) -> Iterator[Engine]:
    """A database with a small country, as its owner sees it."""
    owner = create_engine(database.owner_url)
    assert seed_country(owner, settings=settings, keyring=settings.secrets.keyring(), scale=0.02)
    yield owner
    owner.dispose()


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table as text, in order; columns by name, whatever their order."""
    found = {}
    for table in sorted({*inspect(connection).get_table_names()} - MADE_ANEW):
        left_out = ", ".join(f"'{name}'" for name in sorted(UNKNOWN_THEN.get(table, set())))
        row = f"to_jsonb(t) - ARRAY[{left_out}]::text[]"
        rows = connection.exec_driver_sql(f"SELECT ({row})::text FROM {table} AS t ORDER BY 1")
        found[table] = [text for (text,) in rows]
    return found


def test_the_demos_data_goes_down_and_up_again(seeded: Engine, database: Database) -> None:
    with seeded.connect() as connection:
        before = contents(connection)
    assert len(before["person"]) > 50
    assert before["mandate"]
    assert before["authenticator"]
    command.downgrade(migration_config(database.owner_url), FIRST_EDITION)
    with seeded.connect() as connection:
        names = inspect(connection).get_table_names()
        assert {"staff_member", "representation", "totp_factor", "logout_delivery"} <= {*names}
        first = contents(connection)
    assert len(first["staff_member"]) + len(first["representation"]) == len(before["mandate"])
    assert len(first["totp_factor"]) == len(before["authenticator"])
    assert first["journal_entry"] == before["journal_entry"]
    upgrade(database.owner_url)
    with seeded.connect() as connection:
        after = contents(connection)
    for table, rows in before.items():
        assert after[table] == rows, table
