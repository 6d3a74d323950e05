from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, select
from sqlalchemy.orm import Session

from idp.assurance.evidence import amr_of, authentication_of
from idp.factors.models import Authenticator
from idp.kit.migrations import check_drift, migration_config, upgrade
from idp.kit.revisions import is_current, newest_revision
from idp.sessions.evidence import kinds_of, newest
from idp.sessions.models import SignInSession
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


PERSON = "00000000-0000-4000-8000-000000000001"
OLD_ROWS = f"""
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
                    locale, claims, created_at, updated_at)
VALUES ('{PERSON}', 'active', 2, 0, 'Hoa', '1990', 'female', 'VN', 'vi', '{{}}', now(), now());
INSERT INTO totp_factor (id, person_id, secret_encrypted, last_step, confirmed_at, created_at)
VALUES (gen_random_uuid(), '{PERSON}', 'sealed', 7, now(), now()),
       (gen_random_uuid(), '{PERSON}', 'begun', 0, NULL, now());
INSERT INTO sign_in_session (sid, token_hash, person_id, credentials_epoch, authentication, amr,
    authenticated_at, created_at, last_seen_at, idle_expires_at, expires_at, source_address,
    user_agent)
SELECT gen_random_uuid(), amr[1]::bytea || amr[2]::bytea, '{PERSON}', 0, authentication, amr,
       '2026-11-29 09:30:00.123456+07', now(), now(), now(), now(), '', ''
FROM (VALUES (1, ARRAY['pwd', '']), (2, ARRAY['pwd', 'otp', 'mfa'])) AS v (authentication, amr)
"""


def test_sessions_and_apps_of_before_count_as_they_did(empty: Database) -> None:
    """0014: what a session's `amr` named is its evidence, with the instant to the microsecond."""
    config = migration_config(empty.owner_url)
    before = ScriptDirectory.from_config(config).get_revision("0014").down_revision
    command.upgrade(config, str(before))
    engine = create_engine(empty.owner_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_ROWS)
        connection.exec_driver_sql("UPDATE sign_in_session SET amr = array_remove(amr, '')")
    old = read(engine, "SELECT authentication, amr, authenticated_at FROM sign_in_session")
    command.upgrade(config, "0014")
    with Session(engine) as db:
        evidence = list(db.scalars(select(SignInSession.evidence)))
        rows = db.execute(select(Authenticator.kind, Authenticator.last_step))
        assert sorted(map(tuple, rows)) == [("totp", 0), ("totp", 7)]
    now = [(authentication_of(kinds_of(e)), [*amr_of(kinds_of(e))], newest(e)) for e in evidence]
    assert sorted(now) == old
    command.downgrade(config, str(before))
    assert read(engine, "SELECT authentication, amr, authenticated_at FROM sign_in_session") == old
    assert read(engine, "SELECT last_step FROM totp_factor") == [(0,), (7,)]
    engine.dispose()


def read(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.exec_driver_sql(statement))


def test_serving_role_reads_which_schema_it_has(database: Database) -> None:
    assert is_current(database.app_url)


def test_the_newest_revision_is_the_one_alembic_goes_to() -> None:
    assert newest_revision() == ScriptDirectory.from_config(migration_config("")).get_current_head()
