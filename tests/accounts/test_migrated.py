"""Migration 0021: who was at proofing 1 by knowledge alone is not any more, and knows a way."""

from alembic import command
from sqlalchemy import create_engine

from idp.kit.migrations import migration_config, upgrade
from tests.support.postgres import Database

PEOPLE = """
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
    locale, claims, created_at, updated_at)
SELECT gen_random_uuid(), 'active', proofing, 4, name, '1990', 'female', 'VN', 'vi', '{}',
    timestamptz '2026-01-02', now()
FROM (VALUES ('matched', 1), ('proven', 1), ('seen', 2), ('declared', 0)) AS p (name, proofing)
"""
JOURNAL = """
INSERT INTO journal_entry (at, event, subject_number, counted, data)
SELECT now(), event, subject_number, true, data::jsonb FROM person JOIN (VALUES
    ('matched', 'person.registered', '{"proofing": 1}'),
    ('proven', 'person.registered', '{"proofing": 0}'),
    ('proven', 'person.proofed', '{"proofing": 1}'),
    ('seen', 'person.registered', '{"proofing": 1}'),
    ('seen', 'person.proofed', '{"proofing": 2}')
) AS j (who, event, data) ON j.who = person.name
"""
STATE = """
SELECT name, proofing, credentials_epoch, matched_at = created_at FROM person ORDER BY name
"""
TOLD = """
SELECT name FROM journal_entry JOIN person USING (subject_number)
WHERE event = 'person.proofed' AND data = '{"proofing": 0}'
"""


def test_a_match_alone_is_no_proof_any_more(database: Database) -> None:
    """G2: such accounts are signed out and counted no longer; the others stay as they are."""
    config = migration_config(database.owner_url)
    owner = create_engine(database.owner_url)
    command.downgrade(config, "0019")
    with owner.begin() as connection:
        connection.exec_driver_sql(PEOPLE)
        connection.exec_driver_sql(JOURNAL)
    upgrade(database.owner_url)
    expected = [
        ("declared", 0, 4, None),
        ("matched", 0, 5, True),
        ("proven", 1, 4, None),
        ("seen", 2, 4, None),
    ]
    with owner.connect() as connection:
        assert [tuple(row) for row in connection.exec_driver_sql(STATE)] == expected
        assert [name for (name,) in connection.exec_driver_sql(TOLD)] == ["matched"]
    command.downgrade(config, "0019")
    with owner.connect() as connection:
        levels = connection.exec_driver_sql("SELECT name, proofing FROM person ORDER BY name")
        assert [level for _, level in levels] == [0, 1, 1, 2]
    owner.dispose()
