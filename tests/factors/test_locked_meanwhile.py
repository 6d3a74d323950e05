"""Whoever shows a factor at the moment at which it is locked or taken away: they are waited for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from idp.factors import binding
from idp.factors.ceremony import Signed, read_answer
from idp.factors.credentials import Held
from idp.factors.kinds import RECOVERY_CODE
from idp.factors.models import Authenticator
from idp.factors.passkeys import Refused, find_passkey, use_passkey
from idp.factors.recovery_codes import use_code
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from tests.support.passkeys import SoftKey
from tests.support.people import add_person, give_app, give_codes, give_passkey

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def lock(db: Session, one: dict[str, UUID]) -> None:
    assert binding.lock(db, **one, at=NOW)


def suspend(db: Session, one: dict[str, UUID]) -> None:
    assert binding.suspend(db, **one, until=NOW + timedelta(days=1))


def rename(db: Session, one: dict[str, UUID]) -> None:
    assert binding.rename(db, **one, name="Tôi")


def while_under_way(
    engine: Engine, change: Callable[[], None], show: Callable[[Session], Any], db: Session
) -> Any:
    """What is shown comes to, whose row another transaction is about to have changed."""

    def shown() -> Any:
        with transaction(engine) as other:
            return show(other)

    with ThreadPoolExecutor(1) as pool:
        change()
        told = pool.submit(shown)
        for _ in range(100):
            if db.scalar(_WAITING):
                break
            sleep(0.05)
        assert not told.done(), "it waits"
        db.commit()
        return told.result(timeout=10)


@pytest.mark.parametrize(("change", "is_taken"), [(lock, False), (suspend, False), (rename, True)])
def test_a_passkey_that_is_being_locked_signs_nobody_in(
    engine: Engine, change: Callable[..., None], is_taken: bool
) -> None:
    """Else a session would begin behind the one statement that ends those it was shown in."""
    key = SoftKey()
    with transaction(engine) as db:
        person_id = add_person(db).id
        factor_id = give_passkey(db, key, keyring=KEYRING, person_id=person_id)
    sent = read_answer(key.get('{"challenge": "AAAA"}'))
    assert sent is not None
    with transaction(engine) as db:
        found = find_passkey(db, sent, keyring=KEYRING, device="")
    assert found is not None
    signed = Signed(0, is_syncable=True, is_synced=True)
    one = {"factor_id": factor_id, "person_id": person_id}
    with Session(engine) as db:
        came_to = while_under_way(
            engine, lambda: change(db, one), lambda at: use_passkey(at, found, signed, at=NOW), db
        )
    assert came_to is Refused.GONE if not is_taken else isinstance(came_to, Held)


@pytest.mark.parametrize(("change", "is_taken"), [(lock, False), (suspend, False), (rename, True)])
def test_nor_does_a_recovery_code_of_such_a_set(
    engine: Engine, change: Callable[..., None], is_taken: bool
) -> None:
    with transaction(engine) as db:
        person_id = add_person(db).id
        give_app(db, keyring=KEYRING, person_id=person_id, at=NOW)
        code = give_codes(db, keyring=KEYRING, person_id=person_id, at=NOW)[0]
        is_set = Authenticator.kind == RECOVERY_CODE.name
        own = select(Authenticator.id).where(Authenticator.person_id == person_id, is_set)
        factor_id = db.scalars(own).one()
    given = {"keyring": KEYRING, "person_id": person_id, "typed": code, "at": NOW}
    one = {"factor_id": factor_id, "person_id": person_id}
    with Session(engine) as db:
        used = while_under_way(
            engine, lambda: change(db, one), lambda at: use_code(at, **given), db
        )
    assert (used is not None) == is_taken
