from collections.abc import Iterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from idp.kit.migrations import check_drift, migration_config, upgrade
from idp.kit.revisions import is_current, newest_revision
from tests.support.postgres import Database, DatabaseServer


@pytest.fixture
def empty(postgres: DatabaseServer) -> Iterator[Database]:
    database = postgres.create()
    yield database
    postgres.drop(database)


def test_migrations_make_what_the_models_say(database: Database) -> None:
    check_drift(database.owner_url)


def test_migrations_go_up_and_down_and_up(empty: Database) -> None:
    assert not is_current(empty.owner_url)
    upgrade(empty.owner_url)
    upgrade(empty.owner_url)
    assert is_current(empty.owner_url)
    command.downgrade(migration_config(empty.owner_url), "base")
    engine = create_engine(empty.owner_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    upgrade(empty.owner_url)
    assert is_current(empty.app_url)


def test_serving_role_reads_which_schema_it_has(database: Database) -> None:
    assert is_current(database.app_url)


def test_the_newest_revision_is_the_one_alembic_goes_to() -> None:
    assert newest_revision() == ScriptDirectory.from_config(migration_config("")).get_current_head()
