"""Private keys at rest: only the key ring reads them, and it can be renewed."""

import pytest
from sqlalchemy import Engine, select, update

from idp.keys.cache import SigningKeys
from idp.keys.models import SigningKey
from idp.keys.operations import reencrypt_keys
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError
from tests.keys.conftest import KEYRING, states

NEWER = Keyring(["a newer secret", "one secret of the tests"], "another secret of the tests")
NEWEST = Keyring(["a newer secret"], "another secret of the tests")


def reencrypt(engine: Engine, keyring: Keyring) -> list[str]:
    with transaction(engine) as db:
        return reencrypt_keys(db, keyring=keyring)


def test_after_reencryption_the_old_secret_is_not_needed(own_engine: Engine) -> None:
    [kid] = states(own_engine)
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        SigningKeys(own_engine, NEWEST).start()
    assert kid in reencrypt(own_engine, NEWER)
    assert reencrypt(own_engine, NEWER) == []
    keys = SigningKeys(own_engine, NEWEST)
    keys.start()
    assert keys.signing_key("ES256").kid == kid


def test_without_the_old_secret_nothing_is_reencrypted(own_engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match="keep the secret"):
        reencrypt(own_engine, NEWEST)
    assert SigningKeys(own_engine, KEYRING).start()


def test_a_private_key_does_not_open_in_another_row(own_engine: Engine) -> None:
    with transaction(own_engine) as db:
        sealed = dict(db.execute(select(SigningKey.alg, SigningKey.private_encrypted)).all())
        moved = update(SigningKey).where(SigningKey.alg == "ES256")
        db.execute(moved.values(private_encrypted=sealed["RS256"]))
    with pytest.raises(ConfigurationError, match="cannot be decrypted"):
        SigningKeys(own_engine, KEYRING).start()


def test_a_key_that_a_node_cannot_read_is_published_and_the_one_at_hand_signs(
    own_engine: Engine,
) -> None:
    keys = SigningKeys(own_engine, KEYRING)
    kid = keys.start() and keys.signing_key("ES256").kid
    reencrypt(own_engine, NEWER)
    keys.refresh()
    assert keys.signing_key("ES256").kid == kid
