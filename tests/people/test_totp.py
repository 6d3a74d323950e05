"""A code works once, and no older one after it, however many try at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pyotp
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.status import set_password
from idp.people.totp import (
    Enrolment,
    add_factor,
    begin_enrolment,
    confirm_enrolment,
    has_factor,
    matching_step,
    remove_factor,
    verify_code,
)
from tests.support.people import add_person

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
HERE = uuid4()
"""The session the tests enrol in."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(seconds: float = 0, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(int(NOW.timestamp() + seconds))


def verify(db: Session, person_id: UUID, code: str) -> bool:
    return verify_code(db, keyring=KEYRING, person_id=person_id, code=code, at=NOW)


def enrolled(db: Session) -> UUID:
    person_id = add_person(db).id
    add_factor(db, keyring=KEYRING, person_id=person_id, at=NOW, secret=SECRET)
    return person_id


def begin(db: Session, person_id: UUID, *, sid: UUID = HERE, at: datetime = NOW) -> Enrolment:
    return begin_enrolment(
        db, keyring=KEYRING, person_id=person_id, sid=sid, account_label="Hoa", at=at
    )


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
    new = begin(db, person_id)

    def confirm(*, replace: bool) -> bool:
        return confirm_enrolment(
            db,
            keyring=KEYRING,
            person_id=person_id,
            sid=HERE,
            epoch=0,
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
    old = begin(db, person_id, at=NOW - timedelta(minutes=31))
    assert not confirm_enrolment(
        db,
        keyring=KEYRING,
        person_id=person_id,
        sid=HERE,
        epoch=0,
        code=code(secret=old.secret),
        at=NOW,
        replace=False,
    )
    fresh = begin(db, person_id)
    assert fresh.secret != old.secret
    assert not has_factor(db, person_id=person_id)


def test_what_support_took_away_at_that_moment_is_not_replaced(db: Session) -> None:
    person_id = enrolled(db)
    new = begin(db, person_id)
    set_password(db, keyring=KEYRING, person_id=person_id, password_hash="new", at=NOW)
    remove_factor(db, person_id=person_id, at=NOW)

    def confirm(epoch: int) -> bool:
        return confirm_enrolment(
            db,
            keyring=KEYRING,
            person_id=person_id,
            sid=HERE,
            epoch=epoch,
            code=code(secret=new.secret),
            at=NOW,
            replace=True,
        )

    assert not confirm(0)
    assert not has_factor(db, person_id=person_id)
    assert confirm(1)


def test_a_secret_shown_in_another_session_is_nobodys_to_confirm(db: Session) -> None:
    """Else whoever knows the password plants the secret that the owner puts into their app."""
    person_id, there = add_person(db).id, uuid4()
    thiefs = begin(db, person_id, sid=there)
    owners = begin(db, person_id)
    assert owners.secret != thiefs.secret
    assert begin(db, person_id).secret == owners.secret

    def confirm(sid: UUID, secret: str) -> bool:
        return confirm_enrolment(
            db,
            keyring=KEYRING,
            person_id=person_id,
            sid=sid,
            epoch=0,
            code=code(secret=secret),
            at=NOW,
            replace=False,
        )

    assert not confirm(HERE, thiefs.secret)
    assert confirm(HERE, owners.secret)
    assert not confirm(there, thiefs.secret)
    assert verify(db, person_id, code(30, owners.secret))
