"""One counter per account: waits that grow, and codes that no password forgives."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.factors import attempts
from idp.factors.attempts import Attempt
from idp.factors.kinds import PASSWORD, TOTP, Kind
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.rate_limits import count
from idp.settings.people import ThrottleSettings
from tests.support.people import add_person, give_app

SETTINGS = ThrottleSettings(waits=(0, 0, 1, 3, 5), max_failures=8, source_limit=3)
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
PERSON = uuid4()

START = clock.now()


def attempt(
    db: Session,
    seconds: float,
    *,
    kind: Kind = PASSWORD,
    browser: str = "own",
    of: UUID = PERSON,
) -> Attempt:
    return attempts.count_attempt(
        db,
        kind,
        keyring=KEYRING,
        settings=SETTINGS,
        person_id=of,
        browser_hash=browser.encode(),
        address="192.0.2.1",
        at=START + timedelta(seconds=seconds),
    )


def be_right(db: Session, made: Attempt, *shown: Kind, seconds: float = 0) -> None:
    at = START + timedelta(seconds=seconds)
    attempts.settle(db, made, is_right=True, shown=shown, at=at)


def be_wrong(db: Session, made: Attempt) -> None:
    attempts.settle(db, made, is_right=False, at=START)


@pytest.fixture
def owner(db: Session) -> UUID:
    """Someone who has an authenticator app; nobody of tests without this one has any factor."""
    person_id = add_person(db).id
    give_app(db, keyring=KEYRING, person_id=person_id)
    return person_id


def test_waits_grow_and_an_attempt_during_a_wait_is_not_counted(db: Session) -> None:
    assert [attempt(db, 0).is_allowed for _ in range(3)] == [True, True, True]
    refused = attempt(db, 0.5)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 1)
    assert attempt(db, 1).is_allowed
    refused = attempt(db, 1.5)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 3)
    assert attempt(db, 4).is_allowed
    assert attempt(db, 4).wait_seconds == 5


def test_so_many_failures_in_a_row_need_support(db: Session) -> None:
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n).is_allowed
    refused = attempt(db, 10_000)
    assert (refused.is_allowed, refused.wait_seconds) == (False, None)
    attempts.clear(db, keyring=KEYRING, person_id=PERSON)
    assert attempt(db, 10_000).is_allowed


@pytest.mark.parametrize(("kind", "left"), [(PASSWORD, 2), (TOTP, 0)])
def test_a_right_password_does_not_forgive_wrong_codes(
    db: Session, owner: UUID, kind: Kind, left: int
) -> None:
    for n, wrong in enumerate((PASSWORD, TOTP, TOTP)):
        assert attempt(db, 10 * n, kind=wrong, of=owner).is_allowed
    right = attempt(db, 30, kind=kind, of=owner)
    assert right.is_allowed
    be_right(db, right, *([PASSWORD] if kind is TOTP else []), seconds=30)
    allowed = [attempt(db, 31, of=owner).is_allowed for _ in range(6)]
    assert allowed.count(True) == 3 - left


def test_a_source_waits_for_its_hour_whatever_account_it_tries(db: Session, owner: UUID) -> None:
    for n in range(SETTINGS.source_limit):
        wrong, right = attempt(db, 0, browser=f"stranger {n}"), attempt(db, 0, of=owner)
        assert wrong.is_allowed
        be_wrong(db, wrong)
        be_right(db, right)
    refused = attempt(db, 1)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 3599)
    assert attempt(db, 3600).is_allowed


def test_a_known_browser_does_not_wait_for_others_of_its_source(db: Session) -> None:
    first = attempt(db, 0)
    be_right(db, first)
    for _ in range(SETTINGS.source_limit):
        count(db, first.source, at=START)
    assert attempt(db, 1, browser="strangers").wait_seconds == 3599
    assert attempt(db, 1).is_allowed


def test_an_attempt_that_was_never_checked_is_taken_back(db: Session) -> None:
    for _ in range(SETTINGS.max_failures + 1):
        made = attempt(db, 0)
        assert made.is_allowed
        attempts.take_back(db, made, at=START)


def test_wrong_and_refused_attempts_are_journaled_by_their_kind(db: Session, owner: UUID) -> None:
    for kind in (PASSWORD, TOTP):
        be_wrong(db, attempt(db, 0, kind=kind, of=owner))
    assert attempt(db, 0, kind=TOTP, of=owner).is_allowed
    assert not attempt(db, 0, kind=TOTP, of=owner).is_allowed
    be_right(db, attempt(db, 10, kind=TOTP, of=owner), PASSWORD, seconds=10)
    rows = db.execute(select(JournalEntry.event, JournalEntry.reason).order_by(JournalEntry.id))
    assert [tuple(row) for row in rows] == [
        ("signin.attempt_failed", "password"),
        ("signin.attempt_failed", "code"),
        ("signin.throttled", "code"),
    ]


def test_strangers_cannot_lock_the_owner_out_of_a_known_browser(db: Session) -> None:
    be_right(db, attempt(db, 0))
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n, browser="strangers").is_allowed
    assert attempt(db, 10_000, browser="strangers").wait_seconds is None
    assert attempt(db, 10_000).is_allowed
    for n in range(1, SETTINGS.max_failures):
        assert attempt(db, 10_000 + 10 * n).is_allowed
    assert not attempt(db, 20_000).is_allowed
    attempts.clear(db, keyring=KEYRING, person_id=PERSON)
    assert attempt(db, 20_000).is_allowed, "support has helped: a known browser is no worse off"


def test_a_password_alone_makes_no_browser_known_to_who_has_codes(db: Session, owner: UUID) -> None:
    be_right(db, attempt(db, 0, browser="thief", of=owner))
    code = attempt(db, 0, kind=TOTP, of=owner)
    be_right(db, code, PASSWORD)
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n, browser="strangers", of=owner).is_allowed
    assert not attempt(db, 10_000, browser="thief", of=owner).is_allowed
    assert attempt(db, 10_000, of=owner).is_allowed, "password and code made this one known"
