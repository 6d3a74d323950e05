"""Migration 0028: a code belongs to a session; going back, each person keeps their newest."""

from alembic import command
from sqlalchemy import create_engine

from idp.kit.migrations import migration_config, upgrade
from tests.support.postgres import Database

PEOPLE = """
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
    locale, claims, created_at, updated_at)
SELECT gen_random_uuid(), 'active', 0, 0, name, '1990', 'female', 'VN', 'vi', '{}', now(), now()
FROM (VALUES ('two sessions'), ('one session')) AS p (name)
"""
CODES = """
INSERT INTO person_code (person_id, purpose, sid, code_hash, sends, tries_left, resend_at,
    expires_at)
SELECT id, purpose, gen_random_uuid(), code::bytea, 1, 5, now(), now() + after * interval '1 minute'
FROM person JOIN (VALUES
    ('two sessions', 'desk', 'older', 1), ('two sessions', 'desk', 'newer', 2),
    ('two sessions', 'contact', 'other', 1), ('one session', 'desk', 'only', 1)
) AS c (who, purpose, code, after) ON c.who = person.name
"""
KEPT = "SELECT convert_from(code_hash, 'utf8') FROM person_code ORDER BY 1"


def test_codes_under_way_stay_and_going_back_keeps_the_newest(database: Database) -> None:
    """G2: both ways, with the data of today's schema."""
    config, owner = migration_config(database.owner_url), create_engine(database.owner_url)
    with owner.begin() as connection:
        connection.exec_driver_sql(PEOPLE)
        connection.exec_driver_sql(CODES)
    command.downgrade(config, "0027")
    expected = ["newer", "only", "other"]
    with owner.connect() as connection:
        assert [code for (code,) in connection.exec_driver_sql(KEPT)] == expected
    upgrade(database.owner_url)
    with owner.connect() as connection:
        assert [code for (code,) in connection.exec_driver_sql(KEPT)] == expected
    owner.dispose()
