"""0030: keys of before go on; one whose halves differ is not believed."""

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from idp.keys.cache import SigningKeys
from idp.kit.db import make_engine
from idp.kit.errors import ConfigurationError
from idp.kit.migrations import migration_config, upgrade
from tests.keys.conftest import KEYRING, lines
from tests.keys.test_binding import own_jwk
from tests.support.postgres import Database


def test_the_keys_there_are_are_bound_and_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G14: without the secrets nothing is done."""
    engine, owner = make_engine(database.app_url), create_engine(database.owner_url)
    keys = SigningKeys(engine, KEYRING)
    keys.start()
    rsa, ec = (str(keys.signing_key(alg).kid) for alg in ("RS256", "ES256"))
    command.downgrade(migration_config(database.owner_url), "0029")
    with owner.begin() as connection:
        other = text("UPDATE signing_key SET public_jwk = CAST(:jwk AS jsonb) WHERE kid = :kid")
        connection.execute(other, {"jwk": own_jwk(ec), "kid": ec})
    with pytest.raises(ConfigurationError, match="Secrets"):
        upgrade(database.owner_url)
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "another secret of the tests")
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["not the one"]')
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        upgrade(database.owner_url)
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["one secret of the tests"]')
    upgrade(database.owner_url)
    assert {line.kid: line.altered for line in lines(engine, "RS256")} == {rsa: False}
    assert {line.kid: line.altered for line in lines(engine)} == {ec: True}
    after = SigningKeys(engine, KEYRING)
    after.start()
    assert after.signing_key("RS256").kid == rsa
    assert after.signing_key("ES256").kid != ec
    engine.dispose()
    owner.dispose()
