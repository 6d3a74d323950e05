"""Several apps of one person: each counts by itself, and what was shown names which it was."""

from datetime import timedelta
from uuid import UUID, uuid4

import pyotp
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.accounts.changes import add_factor, disown_factors
from idp.assurance.evidence import Trust
from idp.factors.credentials import Held, read_credentials
from idp.factors.kinds import PASSWORD, TOTP
from idp.factors.models import Authenticator
from idp.factors.totp import new_app, verify_code
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.models import Person
from idp.sessions.evidence import Evidence, shown_at, with_shown
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import start_session
from idp.settings.people import AssuranceSettings, SessionSettings
from tests.support.people import add_person, give_app

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
FIRST, SECOND = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
PAST = timedelta(days=1)


@pytest.fixture
def owner(db: Session) -> UUID:
    """Somebody with one app."""
    person_id = add_person(db).id
    give_app(db, keyring=KEYRING, person_id=person_id, at=NOW, secret=FIRST)
    return person_id


def verify(db: Session, owner: UUID, secret: str, *, seconds: int = 0) -> Held | None:
    typed, at = pyotp.TOTP(secret).at(int(NOW.timestamp()) + seconds), NOW
    return verify_code(db, keyring=KEYRING, person_id=owner, typed=typed, at=at)


def session_of(db: Session, owner: UUID, evidence: Evidence) -> CurrentSession:
    person = db.get_one(Person, owner)
    started = start_session(
        db,
        keyring=KEYRING,
        settings=SessionSettings(),
        person_id=owner,
        credentials_epoch=person.credentials_epoch,
        evidence=evidence,
        at=NOW,
        source_address="192.0.2.1",
        user_agent="",
    )
    return CurrentSession(
        started.sid,
        owner,
        person.subject_number,
        person.name,
        person.proofing,
        "vi",
        person.credentials_epoch,
        evidence,
        NOW,
    )


def add(db: Session, owner: UUID, secret: str = SECOND) -> Trust | None:
    new = new_app(KEYRING, person_id=owner, secret=secret, at=NOW - PAST)
    session = session_of(db, owner, shown_at(NOW, PASSWORD, TOTP))
    return add_factor(db, new, session=session, settings=AssuranceSettings(), at=NOW)


def test_a_code_of_either_app_is_right_and_says_whose_it_is(db: Session, owner: UUID) -> None:
    assert verify(db, owner, SECOND) is None
    assert add(db, owner)
    first, second = verify(db, owner, FIRST), verify(db, owner, SECOND)
    assert first
    assert second
    assert {first.id, second.id} == {
        one.id for one in read_credentials(db, person_id=owner).factors
    }
    assert verify(db, owner, FIRST) is None
    assert verify(db, owner, FIRST, seconds=30)


def test_a_code_of_two_apps_with_one_secret_counts_once(db: Session, owner: UUID) -> None:
    """T7."""
    assert add(db, owner, FIRST)
    assert verify(db, owner, FIRST)
    assert verify(db, owner, FIRST) is None
    assert verify(db, owner, FIRST, seconds=30)


def test_a_fourth_app_is_one_too_many(db: Session, owner: UUID) -> None:
    assert TOTP.most == 3
    assert [bool(add(db, owner, pyotp.random_base32())) for _ in range(3)] == [True, True, False]
    db.execute(update(Authenticator).values(locked_at=NOW))
    assert not add(db, owner, pyotp.random_base32())


@pytest.mark.parametrize("column", ["locked_at", "suspended_until", "removed_at"])
def test_what_is_not_in_use_counts_for_nothing(db: Session, owner: UUID, column: str) -> None:
    assert add(db, owner)
    held = verify(db, owner, FIRST)
    assert held
    db.execute(
        update(Authenticator).where(Authenticator.id == held.id).values({column: NOW + PAST})
    )
    assert verify(db, owner, FIRST, seconds=30) is None
    assert verify(db, owner, SECOND)
    assert [one.id for one in read_credentials(db, person_id=owner).factors] != [held.id]
    db.execute(update(Authenticator).values({column: NOW + PAST}))
    assert read_credentials(db, person_id=owner).factors == ()


def test_an_app_disowned_goes_and_the_one_shown_stays(db: Session, owner: UUID) -> None:
    """They are of one kind, and only one of them is the owner's."""
    assert add(db, owner)
    db.execute(update(Person).where(Person.id == owner).values(proofing=2))
    db.execute(update(Authenticator).values(carries_proofing=0))
    mine = verify(db, owner, SECOND)
    assert mine
    evidence = shown_at(NOW, PASSWORD)
    shown = with_shown(evidence, TOTP, trust=mine.trust, factor_id=mine.id, at=NOW)
    db.expire_all()
    session = session_of(db, owner, shown)
    own = read_credentials(db, person_id=owner)
    assert len(own.factors) == 2
    assert [one.id for one in own.unconfirmed(at=NOW, shown=session.shown)] != [mine.id]
    assert disown_factors(db, session=session, at=NOW) is not None
    assert [one.id for one in read_credentials(db, person_id=owner).factors] == [mine.id]


def test_a_session_knows_which_app_it_was_each_once() -> None:
    trust, (one, other) = Trust(0, NOW), (uuid4(), uuid4())
    evidence = shown_at(NOW - PAST, PASSWORD)
    for factor_id in (one, other, one):
        evidence = with_shown(evidence, TOTP, trust=trust, factor_id=factor_id, at=NOW)
    session = CurrentSession(uuid4(), uuid4(), 0, "", 0, "vi", 0, evidence, NOW)
    assert [shown.factor_id for shown in session.shown] == [None, other, one]
    assert session.amr == ("pwd", "otp", "mfa")
