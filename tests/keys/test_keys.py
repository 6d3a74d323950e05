"""Signing keys: made once, kept encrypted, read back."""

import threading

from sqlalchemy import Engine, select

from idp.journal.models import JournalEntry
from idp.keys.cache import SigningKeys
from idp.keys.creation import ensure_keys
from idp.keys.models import KeyState, SigningKey
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine, transaction
from tests.support.postgres import Database

KEYRING = Keyring(["one secret of the tests"], "another secret of the tests")


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
        events = db.scalars(select(JournalEntry.event)).all()
    assert sorted(key.alg for key in keys) == ["ES256", "PS256", "RS256"]
    assert sorted(made) == sorted(key.kid for key in keys)
    assert events == ["key.created"] * 3
    assert all(b'"d"' not in key.private_encrypted for key in keys)
    engine.dispose()


def test_retired_keys_verify_but_do_not_sign(engine: Engine) -> None:
    keys = SigningKeys(engine, KEYRING)
    before = keys.start()
    with transaction(engine) as db:
        old = db.scalars(select(SigningKey).where(SigningKey.alg == "ES256")).one()
        old.state = KeyState.RETIRED
    keys.start()
    now = keys.current()
    assert len(now.jwks["keys"]) == 4
    assert now.signing["ES256"].kid != old.kid
    assert now.signing["RS256"] is before.signing["RS256"]
    assert old.kid in {key.kid for key in now.verifying.keys}
