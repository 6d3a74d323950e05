from collections.abc import Iterator
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from idp.kit.migrations import check_drift, migration_config, upgrade
from idp.kit.revisions import is_current, newest_revision
from idp.tokens.back_channel import BACKCHANNEL_LOGOUT
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


def test_deliveries_of_sign_outs_become_messages_and_back(empty: Database) -> None:
    """0014: what waits is still sent, by its own waits; what became of the others stays known."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0014"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as db:
        agency = fill(db, "agency", tier="central")
        system = fill(db, "information_system", agency_id=agency, login_state="none")
        party = fill(
            db,
            "relying_party",
            system_id=system,
            client_id="rp",
            environment="production",
            state="live",
        )
        for outcome in (None, "delivered", "failed"):
            given = {"relying_party_id": party, "outcome": outcome, "last_status": "500"}
            fill(db, "logout_delivery", attempts=2, **given)
        deliveries = rows(db, "logout_delivery")
    command.upgrade(config, "0014")
    with engine.begin() as db:
        messages = rows(db, "outbox_message")
        fill(db, "outbox_message", kind="mail", recipient="7", key="1")
    for message, delivery in zip(messages, map(dict, deliveries), strict=True):
        ids = (delivery.pop(name) for name in ("relying_party_id", "sid", "person_id"))
        party_id, sid, person_id = map(str, ids)
        assert message.pop("kind") == BACKCHANNEL_LOGOUT
        assert (message.pop("recipient"), message.pop("key")) == (party_id, sid)
        told = {"client_id": "rp", "sid": sid, "person_id": person_id}
        assert message.pop("payload") == told
        assert message == delivery
    command.downgrade(config, revision_before("0014"))
    with engine.begin() as db:
        assert rows(db, "logout_delivery") == deliveries
    engine.dispose()


def revision_before(revision: str) -> str:
    """The one that a migration goes up from."""
    found = ScriptDirectory.from_config(migration_config("")).get_revision(revision)
    assert isinstance(found.down_revision, str)
    return found.down_revision


MADE_UP = {
    "uuid": "gen_random_uuid()",
    "text": "''",
    "boolean": "true",
    "bigint": "0",
    "jsonb": "'{}'",
    "ARRAY": "'{}'",
    "date": "current_date",
    "timestamp with time zone": "now()",
}


def fill(db: Connection, table: str, **given: object) -> UUID:
    """Insert a row that has something in each column that must not be empty; its id."""
    required = db.execute(
        text(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :it"
            " AND is_nullable = 'NO' AND column_default IS NULL"
        ),
        {"it": table},
    )
    values = {name: MADE_UP[kind] for name, kind in required if name not in given}
    values |= {name: f":{name}" for name in given}
    columns, sources = ", ".join(values), ", ".join(values.values())
    insert = text(f"INSERT INTO {table} ({columns}) VALUES ({sources}) RETURNING id")
    made = db.execute(insert, given).scalar_one()
    assert isinstance(made, UUID)
    return made


def rows(db: Connection, table: str) -> list[dict[str, object]]:
    return [dict(row) for row in db.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]
