"""Whichever way an authenticator goes for good, its codes go, and what finds it as a passkey."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.factors.binding import find_bound, forget_factors, unbind
from idp.factors.lost import remove_lost, set_aside
from idp.factors.models import Authenticator, Passkey, RecoveryCode
from idp.factors.ways import remove_suspended
from idp.kit import clock
from idp.kit.crypto import Keyring
from tests.support.passkeys import SoftKey
from tests.support.people import add_person, give_app, give_codes, give_passkey

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()
LATER = NOW + timedelta(days=1)


def equipped(db: Session) -> UUID:
    """Somebody with an app, a passkey and recovery codes."""
    person_id = add_person(db).id
    give_app(db, keyring=KEYRING, person_id=person_id)
    give_passkey(db, SoftKey(), keyring=KEYRING, person_id=person_id, at=NOW)
    give_codes(db, keyring=KEYRING, person_id=person_id)
    return person_id


def beside(db: Session, person_id: UUID) -> list[int]:
    """How many passkeys and codes stand beside what they have or had."""
    own = select(Authenticator.id).where(Authenticator.person_id == person_id)
    return [
        len(db.scalars(select(table.authenticator_id).where(table.authenticator_id.in_(own))).all())
        for table in (Passkey, RecoveryCode)
    ]


def take_away(db: Session, person_id: UUID) -> None:
    unbind(db, person_id=person_id, factors=find_bound(db, person_id=person_id), at=NOW)


def not_had_back_in_time(db: Session, person_id: UUID) -> None:
    set_aside(db, person_id=person_id, until=LATER, at=NOW)
    remove_suspended(db, at=LATER, limit=10)


def seen_by_an_official(db: Session, person_id: UUID) -> None:
    set_aside(db, person_id=person_id, until=LATER, at=NOW)
    remove_lost(db, person_id=person_id, at=NOW)


def erased(db: Session, person_id: UUID) -> None:
    forget_factors(db, person_id=person_id)


@pytest.mark.parametrize("go", [take_away, not_had_back_in_time, seen_by_an_official, erased])
def test_nothing_stays_beside_what_is_gone(
    db: Session, go: Callable[[Session, UUID], None]
) -> None:
    """Else a passkey that is nobody's would keep an operator from another host (`rp_id`)."""
    gone, other = equipped(db), equipped(db)
    had = beside(db, other)
    assert all(had)
    assert beside(db, gone) == had
    go(db, gone)
    assert beside(db, gone) == [0, 0]
    assert beside(db, other) == had, "the control"


def test_what_rests_keeps_what_stands_beside_it(db: Session) -> None:
    resting = equipped(db)
    had = beside(db, resting)
    set_aside(db, person_id=resting, until=LATER, at=NOW)
    remove_suspended(db, at=LATER - timedelta(seconds=1), limit=10)
    assert beside(db, resting) == had
