"""The first keys: made once, kept encrypted, signing at once."""

import threading

import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import Engine, delete, select

from idp.keys import creation
from idp.keys.cache import SigningKeys
from idp.keys.creation import ALGORITHMS, ensure_keys
from idp.keys.models import SigningKey
from idp.kit.db import make_engine, transaction
from tests.keys.conftest import KEYRING, events, states
from tests.support.postgres import Database


def test_processes_that_start_together_make_one_set_of_keys(database: Database) -> None:
    engine = make_engine(database.app_url, pool_size=4)
    made: list[str] = []

    def start() -> None:
        with transaction(engine) as db:
            made.extend(ensure_keys(db, keyring=KEYRING))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as db:
        keys = db.scalars(select(SigningKey)).all()
    assert sorted(key.alg for key in keys) == sorted(ALGORITHMS)
    assert sorted(made) == sorted(key.kid for key in keys)
    assert all(b'"d"' not in (key.private_encrypted or b"") for key in keys)
    [key] = states(engine)
    assert events(engine) == [("key.created", key)]
    engine.dispose()


def test_the_first_keys_sign_at_once(database: Database) -> None:
    engine = make_engine(database.app_url)
    keys = SigningKeys(engine, KEYRING)
    published = {key["kid"] for key in keys.current().jwks["keys"]}
    assert {keys.signing_key(alg).kid for alg in ALGORITHMS} == published
    assert list(states(engine).values()) == ["signing"]
    engine.dispose()


def test_new_rsa_keys_have_3072_bits_and_smaller_ones_go_on(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F7: a key of before signs and is published until it is retired."""
    with transaction(own_engine) as db:
        db.execute(delete(SigningKey).where(SigningKey.alg == "RS256"))
    with monkeypatch.context() as before:
        before.setitem(creation._GENERATORS, "RS256", lambda: RSAKey.generate_key(2048))
        with transaction(own_engine) as db:
            [small] = ensure_keys(db, keyring=KEYRING)
    keys = SigningKeys(own_engine, KEYRING)
    keys.start()
    assert keys.signing_key("RS256").kid == small
    bits = {key.kid: key.raw_value.key_size for key in keys.current().verifying.keys}
    assert bits[small] == 2048
    assert bits[keys.signing_key("PS256").kid] == 3072


def test_no_kid_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thumbprint in 64 begins with a hyphen, which `idp keys retire` would not take."""
    made = iter(lambda: ECKey.generate_key("P-256"), None)
    hyphened = next(key for key in made if key.thumbprint().startswith("-"))
    good = next(key for key in made if not key.thumbprint().startswith("-"))
    keys = iter([hyphened, hyphened, good])
    monkeypatch.setitem(creation._GENERATORS, "ES256", lambda: next(keys))
    assert creation.generate_key("ES256") is good


def test_an_algorithm_without_a_key_is_given_one_and_the_others_keep_theirs(
    own_engine: Engine,
) -> None:
    [kept] = states(own_engine, "RS256")
    with transaction(own_engine) as db:
        db.execute(delete(SigningKey).where(SigningKey.alg == "ES256"))
    keys = SigningKeys(own_engine, KEYRING)
    keys.start()
    assert keys.signing_key("RS256").kid == kept
    assert [keys.signing_key("ES256").kid] == list(states(own_engine))
