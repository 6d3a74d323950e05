"""A code works once, and no older one after it, however many try at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pyotp
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.accounts.changes import add_factor, remove_factor, replace_factor, set_password
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, TOTP, Kind
from idp.factors.models import Authenticator
from idp.factors.totp import (
    Enrolment,
    begin_enrolment,
    matching_step,
    prove_enrolment,
    verify_code,
)
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.models import Person
from idp.sessions.evidence import Shown, shown_at
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings
from tests.support.people import add_person, give_app

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
HERE = uuid4()
"""The session the tests enrol in."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(seconds: float = 0, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(int(NOW.timestamp() + seconds))


def verify(db: Session, person_id: UUID, code: str) -> bool:
    return verify_code(db, keyring=KEYRING, person_id=person_id, typed=code, at=NOW) is not None


def enrolled(db: Session) -> UUID:
    person_id = add_person(db).id
    give_app(db, keyring=KEYRING, person_id=person_id, at=NOW, secret=SECRET)
    return person_id


def begin(db: Session, person_id: UUID, *, sid: UUID = HERE, at: datetime = NOW) -> Enrolment:
    session = CurrentSession(sid, person_id, 0, "Hoa", 0, "vi", 0, shown_at(at, PASSWORD), at)
    return begin_enrolment(db, keyring=KEYRING, session=session, at=at, issuer="Một Cửa ID")


def confirm(
    db: Session,
    person_id: UUID,
    secret: str,
    *kinds: Kind,
    sid: UUID = HERE,
    epoch: int = 0,
    replace: bool = False,
) -> bool:
    """Confirm an enrolment, in a session that has shown these kinds besides a password."""
    number, evidence = db.get_one(Person, person_id).subject_number, shown_at(NOW, PASSWORD, *kinds)
    session = CurrentSession(sid, person_id, number, "Hoa", 0, "vi", epoch, evidence, NOW)
    typed = code(secret=secret)
    new = prove_enrolment(db, keyring=KEYRING, session=session, typed=typed, at=NOW)
    bind = replace_factor if replace else add_factor
    rules = AssuranceSettings()
    return bool(new and bind(db, new, session=session, settings=rules, at=NOW))


def has_app(db: Session, person_id: UUID) -> bool:
    return TOTP in read_credentials(db, person_id=person_id).held


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
@pytest.mark.asvs("6.5.5")
def test_one_step_of_skew_each_way(seconds: int, is_taken: bool) -> None:
    assert (matching_step(SECRET, code(seconds), at=NOW) is not None) is is_taken


@pytest.mark.asvs("6.5.1")
def test_a_code_works_once_and_kills_the_older_ones(db: Session) -> None:
    person_id = enrolled(db)
    assert verify(db, person_id, code())
    assert not verify(db, person_id, code())
    assert not verify(db, person_id, code(-30))
    assert verify(db, person_id, code(30))


@pytest.mark.asvs("2.3.4")
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
    assert not confirm(db, person_id, new.secret)
    assert not confirm(db, person_id, new.secret, replace=True)
    assert verify(db, person_id, code())
    assert confirm(db, person_id, new.secret, TOTP, replace=True)
    assert not verify(db, person_id, code(30))
    assert verify(db, person_id, code(30, new.secret))


def test_an_enrolment_begun_too_long_ago_is_over(db: Session) -> None:
    person_id = add_person(db).id
    old = begin(db, person_id, at=NOW - timedelta(minutes=31))
    assert not confirm(db, person_id, old.secret)
    fresh = begin(db, person_id)
    assert fresh.secret != old.secret
    assert not has_app(db, person_id)
    assert confirm(db, person_id, fresh.secret)


def test_an_enrolment_is_confirmed_once(db: Session) -> None:
    person_id = add_person(db).id
    new = begin(db, person_id)
    assert confirm(db, person_id, new.secret)
    assert not confirm(db, person_id, new.secret, TOTP, replace=True)
    assert not verify(db, person_id, code(secret=new.secret)), "its first code is spent"
    assert verify(db, person_id, code(30, new.secret))


def test_the_seed_of_an_app_goes_with_it(db: Session) -> None:
    """G14: whoever owns the database brings none back; while the app is there it is kept."""
    person_id = enrolled(db)
    seed = select(Authenticator.secret_encrypted).where(Authenticator.person_id == person_id)
    assert db.scalars(seed).one() is not None
    assert remove_factor(db, person_id=person_id, kind=TOTP, at=NOW)
    assert db.scalars(seed).one() is None


def test_what_support_took_away_at_that_moment_is_not_replaced(db: Session) -> None:
    person_id = enrolled(db)
    new = begin(db, person_id)
    set_password(
        db,
        keyring=KEYRING,
        person_id=person_id,
        password_hash="new",
        kept=(Shown(TOTP, NOW),),
        at=NOW,
    )
    remove_factor(db, person_id=person_id, kind=TOTP, at=NOW)
    assert not confirm(db, person_id, new.secret, TOTP, replace=True)
    assert not has_app(db, person_id)
    helped = db.scalar(select(Person.credentials_epoch).where(Person.id == person_id))
    assert confirm(db, person_id, new.secret, epoch=helped or 0)


def test_a_secret_shown_in_another_session_is_nobodys_to_confirm(db: Session) -> None:
    """Else whoever knows the password plants the secret that the owner puts into their app."""
    person_id, there = add_person(db).id, uuid4()
    thiefs = begin(db, person_id, sid=there)
    owners = begin(db, person_id)
    assert owners.secret != thiefs.secret
    assert begin(db, person_id).secret == owners.secret
    assert not confirm(db, person_id, thiefs.secret)
    assert confirm(db, person_id, owners.secret)
    assert not confirm(db, person_id, thiefs.secret, sid=there)
    assert verify(db, person_id, code(30, owners.secret))
