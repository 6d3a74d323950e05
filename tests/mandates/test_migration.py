"""Staff, representations, and what was granted for organizations, moved to mandates and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, create_engine, insert, text
from sqlalchemy import types as sql

from idp.kit.migrations import migration_config
from tests.support.postgres import Database, DatabaseServer

REVISION = "0016"
MARCH, JULY = (datetime(2025, month, 1, tzinfo=UTC) for month in (3, 7))
NEW_YEAR, JUNE, SERVICE = date(2025, 1, 1), date(2025, 6, 1), uuid4()
AN, BINH, COMPANY = uuid4(), uuid4(), uuid4()
EMPTY: dict[type[Any], Any] = {
    sql.Text: "",
    sql.Boolean: False,
    sql.Integer: 0,
    sql.DateTime: MARCH,
    sql.LargeBinary: b"",
    sql.JSON: {},
    sql.ARRAY: [],
}
"""What a column that must not be null holds where the test has nothing to say."""


@pytest.fixture
def before(postgres: DatabaseServer) -> Iterator[Database]:
    """A database of the schema before."""
    database = postgres.create()
    config = migration_config(database.owner_url)
    previous = ScriptDirectory.from_config(config).get_revision(REVISION).down_revision
    command.upgrade(config, str(previous))
    yield database
    postgres.drop(database)


@contextmanager
def connected(database: Database) -> Iterator[Connection]:
    engine = create_engine(database.owner_url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


class Tables:
    """Rows of whatever schema the database has."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = MetaData()
        self._tables.reflect(connection)

    def add(self, table: str, **values: Any) -> UUID:
        """A row with these values, and empty ones where there must be some; its id."""
        columns = self._tables.tables[table].columns
        row = {
            column.name: next(v for kind, v in EMPTY.items() if isinstance(column.type, kind))
            for column in columns
            if column.name not in {"id", *values}
            and not (column.nullable or column.server_default or column.identity)
        }
        key = {"id": uuid4()} if "id" in columns else {}
        self._connection.execute(
            insert(self._tables.tables[table]).values({**key, **row, **values})
        )
        return values.get("id") or key.get("id", AN)


def fill(connection: Connection) -> None:
    """An represented the company and does something else there since June; Bình never did."""
    tables = Tables(connection)
    for person_id in (AN, BINH):
        tables.add("person", id=person_id, status="active", sex="male")
    tables.add("organization", id=COMPANY, tax_code="1", kind="enterprise", status="active")
    agency_id = tables.add("agency", tier="central", valid_on=NEW_YEAR)
    system_id = tables.add("information_system", agency_id=agency_id, login_state="none")
    party_id = tables.add(
        "relying_party", system_id=system_id, environment="production", state="live"
    )
    sid = uuid4()
    tables.add("sign_in_session", sid=sid, person_id=AN)
    tables.add(
        "staff_member", person_id=AN, role="agency_owner", agency_id=agency_id, valid_on=NEW_YEAR
    )
    tables.add("staff_member", person_id=AN, role="operator", valid_on=NEW_YEAR, ended_on=JUNE)
    for role, valid_on, ended_on in (
        ("legal_representative", NEW_YEAR, JUNE),
        ("accountant", JUNE, None),
    ):
        period = {"valid_on": valid_on, "ended_on": ended_on}
        tables.add("representation", person_id=AN, organization_id=COMPANY, role=role, **period)
    for scope, person_id, organization_id, at in (
        ("own", AN, None, MARCH),
        ("march", AN, COMPANY, MARCH),
        ("july", AN, COMPANY, JULY),
        ("never", BINH, COMPANY, MARCH),
    ):
        tables.add(
            "token_grant",
            sign_in_id=uuid4(),
            relying_party_id=party_id,
            sid=sid,
            scope=scope,
            person_id=person_id,
            organization_id=organization_id,
            created_at=at,
        )
    for person_id in (AN, BINH):
        tables.add(
            "interaction",
            person_id=person_id,
            organization_id=COMPANY,
            representation_chosen_at=JULY,
            created_at=JULY,
        )


def read(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(statement))]


STAFF = "SELECT role, agency_id IS NULL, valid_on, ended_on FROM {} ORDER BY role"
REPRESENTING = "SELECT role, organization_id, valid_on, ended_on FROM {} ORDER BY valid_on"
POSTS = [("agency_owner", False, NEW_YEAR, None), ("operator", True, NEW_YEAR, JUNE)]
REPRESENTATIONS = [
    ("legal_representative", COMPANY, NEW_YEAR, JUNE),
    ("delegate", COMPANY, JUNE, None),
]
GRANTS = """
SELECT g.scope, m.role, g.revoked_at IS NOT NULL FROM token_grant g
LEFT JOIN mandate m ON m.id = g.mandate_id ORDER BY g.scope
"""
CHOICES = """
SELECT m.role, i.representation_chosen_at IS NOT NULL FROM interaction i
LEFT JOIN mandate m ON m.id = i.mandate_id ORDER BY m.role
"""


def test_posts_representations_grants_and_choices_are_carried_up_and_down(
    before: Database,
) -> None:
    with connected(before) as connection:
        fill(connection)
    config = migration_config(before.owner_url)
    command.upgrade(config, REVISION)
    with connected(before) as connection:
        of_staff = "mandate WHERE organization_id IS NULL"
        assert read(connection, STAFF.format(of_staff)) == POSTS
        of_companies = "mandate WHERE organization_id IS NOT NULL"
        assert read(connection, REPRESENTING.format(of_companies)) == REPRESENTATIONS
        assert read(connection, GRANTS) == [
            ("july", "delegate", False),
            ("march", "legal_representative", False),
            ("never", None, True),
            ("own", None, False),
        ]
        assert read(connection, CHOICES) == [("delegate", True), (None, False)]
        connection.execute(
            text("UPDATE mandate SET service_ids = ARRAY[:service] WHERE role = 'delegate'"),
            {"service": SERVICE},
        )
    command.downgrade(config, f"{REVISION}-1")
    with connected(before) as connection:
        assert read(connection, STAFF.format("staff_member")) == POSTS
        whole, limited = read(connection, REPRESENTING.format("representation"))
        assert whole == REPRESENTATIONS[0]
        assert limited[3] is not None, "what was for one service is not brought back for all"
        grants = "SELECT scope, organization_id FROM token_grant ORDER BY scope"
        assert read(connection, grants) == [
            ("july", COMPANY),
            ("march", COMPANY),
            ("never", None),
            ("own", None),
        ]


@pytest.mark.parametrize(("right", "is_given"), [("UPDATE", True), ("DELETE", False)])
def test_the_serving_role_deletes_no_mandate(
    database: Database, right: str, is_given: bool
) -> None:
    with connected(database) as connection:
        asked = text("SELECT has_table_privilege('idp_app', 'mandate', :right)")
        assert connection.scalar(asked, {"right": right}) is is_given
