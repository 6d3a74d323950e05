"""A code works once, and no older one after it, however many try at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.totp import (
    add_factor,
    begin_enrolment,
    confirm_enrolment,
    has_factor,
    matching_step,
    verify_code,
)
from tests.support.people import add_person

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(seconds: float = 0, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(int(NOW.timestamp() + seconds))


def verify(db: Session, person_id: UUID, code: str) -> bool:
    return verify_code(db, keyring=KEYRING, person_id=person_id, code=code, at=NOW)


def enrolled(db: Session) -> UUID:
    person_id = add_person(db).id
    add_factor(db, keyring=KEYRING, person_id=person_id, at=NOW, secret=SECRET)
    return person_id


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_one_step_of_skew_each_way(seconds: int, is_taken: bool) -> None:
    assert (matching_step(SECRET, code(seconds), at=NOW) is not None) is is_taken


def test_a_code_works_once_and_kills_the_older_ones(db: Session) -> None:
    person_id = enrolled(db)
    assert verify(db, person_id, code())
    assert not verify(db, person_id, code())
    assert not verify(db, person_id, code(-30))
    assert verify(db, person_id, code(30))


def test_of_many_at_once_one_wins(engine: Engine) -> None:
    with transaction(engine) as db:
        person_id = enrolled(db)

    def attempt(_: int) -> bool:
        with transaction(engine) as db:
            return verify(db, person_id, code())

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(attempt, range(50))) == 1


def test_who_has_an_app_gets_no_other_one_without_it(db: Session) -> None:
    person_id = enrolled(db)
    new = begin_enrolment(db, keyring=KEYRING, person_id=person_id, account_label="Hoa", at=NOW)

    def confirm(*, replace: bool) -> bool:
        return confirm_enrolment(
            db,
            keyring=KEYRING,
            person_id=person_id,
            code=code(secret=new.secret),
            at=NOW,
            replace=replace,
        )

    assert not confirm(replace=False)
    assert verify(db, person_id, code())
    assert confirm(replace=True)
    assert not verify(db, person_id, code(30))
    assert verify(db, person_id, code(30, new.secret))


def test_an_enrolment_begun_too_long_ago_is_over(db: Session) -> None:
    person_id = add_person(db).id
    begun = NOW - timedelta(minutes=31)
    old = begin_enrolment(db, keyring=KEYRING, person_id=person_id, account_label="", at=begun)
    assert not confirm_enrolment(
        db,
        keyring=KEYRING,
        person_id=person_id,
        code=code(secret=old.secret),
        at=NOW,
        replace=False,
    )
    fresh = begin_enrolment(db, keyring=KEYRING, person_id=person_id, account_label="", at=NOW)
    assert fresh.secret != old.secret
    assert not has_factor(db, person_id=person_id)
