"""0027: passwords, sessions and removed apps of before, as they are from now on, and back."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from idp.factors.credentials import read_credentials
from idp.factors.models import Authenticator
from idp.kit.crypto import Keyring
from idp.kit.errors import ConfigurationError
from idp.kit.migrations import migration_config, upgrade
from idp.kit.secrets import token_hash
from idp.sessions.lookup import find_session
from tests.support.postgres import Database

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
PEOPLE = uuid4(), uuid4()
ROWS = """
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
    locale, claims, password_hash, created_at, updated_at)
SELECT id, 'active', 2, 0, 'Hoa', '1990', 'female', 'VN', 'vi', '{}', hash, now(), now()
FROM (VALUES (CAST(:one AS uuid), 'a hash'), (CAST(:other AS uuid), NULL)) AS v (id, hash);
INSERT INTO authenticator (id, person_id, kind, secret_encrypted, last_step, carries_proofing,
    carries_from, confirmed_at, created_at, removed_at)
SELECT gen_random_uuid(), :one, 'totp', 'sealed', 0, 0, now(), now(), now(), removed_at
FROM (VALUES (NULL), (now())) AS v (removed_at);
INSERT INTO sign_in_session (sid, token_hash, person_id, credentials_epoch, evidence, created_at,
    last_seen_at, idle_expires_at, expires_at, source_address, user_agent)
VALUES (gen_random_uuid(), :digest, :one, 0, '[]', now(), now(), 'infinity', 'infinity', '', '')
"""


@pytest.fixture
def before(database: Database) -> Iterator[Engine]:
    """The schema before, with somebody signed in, as its owner sees it."""
    command.downgrade(migration_config(database.owner_url), "0026")
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        values = {"one": PEOPLE[0], "other": PEOPLE[1], "digest": token_hash("a cookie")}
        for statement in ROWS.split(";"):
            connection.execute(text(statement), values)
    yield engine
    engine.dispose()


def test_what_stood_there_is_bound_to_its_person_and_back(
    before: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G14: nobody is signed out and no password is lost; without the secrets nothing is done."""
    with pytest.raises(ConfigurationError, match="Secrets"):
        upgrade(database.owner_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["secret-of-the-tests"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "lookup-of-the-tests")
    upgrade(database.owner_url)
    with Session(before) as db:
        hashes = [read_credentials(db, person_id=p).password_hash(KEYRING) for p in PEOPLE]
        assert hashes == ["a hash", None]
        found = find_session(db, keyring=KEYRING, token="a cookie")
        assert found is not None
        assert found.person_id == PEOPLE[0]
        order = Authenticator.removed_at.nulls_first()
        assert [*db.scalars(select(Authenticator.secret_encrypted).order_by(order))] == [
            b"sealed",
            None,
        ]
    command.downgrade(migration_config(database.owner_url), "0026")
    with before.connect() as connection:
        kept = connection.execute(text("SELECT password_hash FROM person ORDER BY password_hash"))
        assert [*kept.scalars()] == ["a hash", None]
