"""Counters of an account that decay: waits that grow, codes that no sign-in forgives, NAT."""

from datetime import timedelta
from typing import Any
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
from idp.people.changes import raise_epoch
from idp.settings.people import AssuranceSettings, ThrottleSettings
from tests.support.people import add_person, give_app

SETTINGS = ThrottleSettings(waits=(0, 0, 1, 3, 5), max_failures=8, source_limit=3)
AS_SHIPPED = ThrottleSettings()
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
PERSON = uuid4()

START = clock.now()


def attempt(
    db: Session,
    seconds: float,
    *,
    kind: Kind = PASSWORD,
    device: str = "",
    of: UUID | None = PERSON,
    source: str = "192.0.2.1",
    settings: ThrottleSettings = SETTINGS,
) -> Attempt:
    return attempts.count_attempt(
        db,
        kind,
        keyring=KEYRING,
        settings=settings,
        person_id=of,
        identifier_hash=b"unused number",
        device=device,
        address=source,
        at=START + timedelta(seconds=seconds),
    )


def be_right(db: Session, made: Attempt, *shown: Kind, seconds: float = 0) -> str | None:
    assert made.is_allowed
    at = START + timedelta(seconds=seconds)
    return attempts.settle_right(db, made, assurance=AssuranceSettings(), shown=shown, at=at)


def be_wrong(db: Session, made: Attempt, *, seconds: float = 0) -> None:
    attempts.settle_wrong(db, made, at=START + timedelta(seconds=seconds))


def be_known(db: Session, of: UUID, *, seconds: float = 0, source: str = "192.0.2.1") -> str:
    """Sign in with password and code; the secret of the device from then on."""
    be_right(db, attempt(db, seconds, of=of, source=source), seconds=seconds)
    code = attempt(db, seconds, kind=TOTP, of=of, source=source)
    secret = be_right(db, code, PASSWORD, seconds=seconds)
    assert secret
    return secret


def guess(db: Session, seconds: float, **how: Any) -> bool:
    """Try a wrong secret; whether it was looked at."""
    made = attempt(db, seconds, **how)
    if made.is_allowed:
        be_wrong(db, made, seconds=seconds)
    return made.is_allowed


@pytest.fixture
def owner(db: Session) -> UUID:
    """Someone who has an authenticator app; nobody of tests without this one has any factor."""
    person_id = add_person(db).id
    give_app(db, keyring=KEYRING, person_id=person_id)
    return person_id


@pytest.mark.asvs("6.3.1")
def test_waits_grow_and_an_attempt_during_a_wait_is_not_counted(db: Session) -> None:
    assert [attempt(db, 0).is_allowed for _ in range(3)] == [True, True, True]
    refused = attempt(db, 0.5)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 1)
    assert attempt(db, 1).is_allowed
    refused = attempt(db, 1.5)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 3)
    assert attempt(db, 4).is_allowed
    assert attempt(db, 4).wait_seconds == 5


def test_failures_of_an_account_decay_one_by_one(db: Session) -> None:
    """F2: at its most failures an account waits for one to decay, not for the desk."""
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n).is_allowed
    refused = attempt(db, 100)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 500)
    assert attempt(db, 600).is_allowed
    assert not attempt(db, 610).is_allowed
    attempts.clear(db, keyring=KEYRING, person_id=PERSON)
    assert attempt(db, 610).is_allowed


@pytest.mark.asvs("6.3.1")
def test_nobody_locks_a_stranger_out_for_good(db: Session, owner: UUID) -> None:
    """F2: one wrong password in five minutes, for two days; the owner in a new browser, and in a
    known one.
    """
    device, day = be_known(db, owner), 24 * 3600
    looked_at = sum(
        guess(db, n, of=owner, source="198.51.100.1", settings=AS_SHIPPED)
        for n in range(300, 2 * day, 300)
    )
    assert 100 <= looked_at <= 12 * AS_SHIPPED.source_limit_at_account
    assert attempt(db, 2 * day, of=owner, device=device, settings=AS_SHIPPED).is_allowed
    new = attempt(db, 2 * day, of=owner, source="203.0.113.9", settings=AS_SHIPPED)
    if not new.is_allowed:
        assert new.wait_seconds <= AS_SHIPPED.waits[-1]
        later = 2 * day + new.wait_seconds
        new = attempt(db, later, of=owner, source="203.0.113.9", settings=AS_SHIPPED)
    assert new.is_allowed


def test_many_sources_together_do_not_lock_an_owner_out_of_a_known_device(
    db: Session, owner: UUID
) -> None:
    """F2: the most failures an account may have, from as many addresses as that takes."""
    device = be_known(db, owner)
    for n in range(200):
        guess(db, 301 * n, of=owner, source=f"198.51.100.{n}", settings=AS_SHIPPED)
    assert attempt(db, 301 * 200, of=owner, device=device, settings=AS_SHIPPED).is_allowed


@pytest.mark.parametrize(("kind", "left"), [(PASSWORD, 0), (TOTP, 2)])
def test_a_right_secret_forgives_wrong_passwords_and_no_wrong_code(
    db: Session, owner: UUID, kind: Kind, left: int
) -> None:
    """G27: guesses at the second factor are counted apart, and outlast the owner's sign-in."""
    for n, wrong in enumerate((PASSWORD, kind, kind)):
        assert attempt(db, 10 * n, kind=wrong, of=owner).is_allowed
    be_right(db, attempt(db, 30, of=owner), seconds=30)
    be_right(db, attempt(db, 30, kind=TOTP, of=owner), PASSWORD, seconds=30)
    allowed = [attempt(db, 31, kind=kind, of=owner).is_allowed for _ in range(6)]
    assert allowed.count(True) == 3 - left


def test_whoever_knows_the_password_gets_no_new_guesses_from_the_owners_sign_ins(
    db: Session, owner: UUID
) -> None:
    """G27: as many wrong codes as an account may have, however often its owner signs in."""
    device, looked_at = be_known(db, owner), 0
    for n in range(1, 5 * SETTINGS.max_failures):
        at = 10 * n
        be_right(db, attempt(db, at, of=owner, source=f"198.51.100.{n}"), seconds=at)
        looked_at += guess(db, at, kind=TOTP, of=owner, source=f"198.51.100.{n}")
        be_right(db, attempt(db, at, of=owner, device=device), seconds=at)
        code = attempt(db, at, kind=TOTP, of=owner, device=device)
        device = be_right(db, code, PASSWORD, seconds=at) or ""
    assert looked_at == SETTINGS.max_failures


def test_an_owner_who_signs_in_is_not_seen_by_who_counts_wrong_passwords(
    db: Session, owner: UUID
) -> None:
    """F5: a stranger's wait ends as it does for a number that nobody holds."""
    device = be_known(db, owner)

    def looked_at(of: UUID | None, source: str) -> list[bool]:
        before = [guess(db, 0, of=of, source=source) for _ in range(SETTINGS.max_failures + 1)]
        own = attempt(db, 1, of=owner, device=device)
        be_right(db, own, seconds=1)
        return [*before, *(guess(db, 2, of=of, source=source) for _ in range(3))]

    assert looked_at(owner, "198.51.100.1") == looked_at(None, "198.51.100.2")
    wrong_here = attempt(db, 3, of=owner, device=device)
    be_wrong(db, wrong_here, seconds=3)
    be_right(db, attempt(db, 4, of=owner, device=device), seconds=4)
    assert attempt(db, 5, of=owner, device=device).is_allowed, "its own wrong ones are forgiven"


@pytest.mark.asvs("6.3.1")
def test_a_source_waits_for_its_hour_whatever_account_it_tries(db: Session, owner: UUID) -> None:
    for _ in range(SETTINGS.source_limit):
        wrong, right = attempt(db, 0, of=uuid4()), attempt(db, 0, of=owner)
        assert wrong.is_allowed
        be_wrong(db, wrong)
        be_right(db, right)
    refused = attempt(db, 1)
    assert (refused.is_allowed, refused.wait_seconds) == (False, 3599)
    assert attempt(db, 3600).is_allowed


def test_what_is_refused_unread_does_not_count_against_its_source(db: Session, owner: UUID) -> None:
    """F1: 305 wrong passwords in three seconds for a number nobody has, then someone else."""
    looked_at = [guess(db, n / 100, of=None, settings=AS_SHIPPED) for n in range(305)]
    assert 0 < looked_at.count(True) < 10
    assert attempt(db, 3.05, of=owner, settings=AS_SHIPPED).is_allowed


def test_a_source_may_get_more_wrong_where_many_people_sign_in(db: Session) -> None:
    """F1: a carrier's address is one source; one person adds to its allowance once in its hour."""
    people = [add_person(db).id for _ in range(2)]
    for person in (*people, *people, *people):
        assert be_right(db, attempt(db, 0, of=person))
    more = len(people) * SETTINGS.source_limit_per_person
    assert sum(guess(db, 1, of=uuid4()) for _ in range(100)) == SETTINGS.source_limit + more


def test_a_known_device_does_not_wait_for_others_of_its_source(db: Session, owner: UUID) -> None:
    """F1: whoever signed in here before passes where the source is used up."""
    device = be_known(db, owner)
    for _ in range(100):
        guess(db, 1, of=uuid4())
    assert attempt(db, 1, of=owner).wait_seconds > 3000
    assert attempt(db, 1, of=owner, device=device).is_allowed
    assert not attempt(db, 1, of=uuid4(), device=device).is_allowed, "known to its owner only"


def test_a_device_is_known_by_its_last_secret_until_the_credentials_end(
    db: Session, owner: UUID
) -> None:
    """F1: the secret changes with each full sign-in, for everyone who is known in that browser."""
    other = add_person(db).id
    old = be_known(db, owner)
    shared = be_right(db, attempt(db, 0, of=other, device=old)) or ""
    assert [is_known(db, of, device) for of, device in ((owner, old), (owner, shared))] == [
        False,
        True,
    ]
    assert is_known(db, other, shared)
    raise_epoch(db, person_id=owner, at=START)
    assert not is_known(db, owner, shared)
    assert is_known(db, other, shared), "another person's credentials go on"


def test_a_person_has_so_many_known_devices_the_last_used(db: Session, owner: UUID) -> None:
    """F1: what is kept of a person's browsers is bounded."""
    devices = [be_known(db, owner, seconds=n) for n in range(SETTINGS.known_devices + 3)]
    known = [is_known(db, owner, device) for device in devices]
    assert known == [False] * 3 + [True] * SETTINGS.known_devices


def is_known(db: Session, of: UUID, device: str) -> bool:
    """Whether an attempt counts apart from the account's own, looked at and taken back."""
    made = attempt(db, 5000, of=of, device=device)
    attempts.take_back(db, made)
    return made.counter != made.account


def test_an_attempt_that_was_never_checked_is_taken_back(db: Session) -> None:
    for _ in range(SETTINGS.max_failures + 1):
        made = attempt(db, 0)
        assert made.is_allowed
        attempts.take_back(db, made)


@pytest.mark.asvs("16.3.1")
def test_wrong_and_refused_attempts_are_journaled_by_their_kind(db: Session, owner: UUID) -> None:
    for kind in (PASSWORD, TOTP):
        be_wrong(db, attempt(db, 0, kind=kind, of=owner))
    assert [attempt(db, 0, kind=TOTP, of=owner).is_allowed for _ in range(3)] == [True, True, False]
    be_right(db, attempt(db, 10, kind=TOTP, of=owner), PASSWORD, seconds=10)
    signed_in = JournalEntry.event.startswith("signin.")
    rows = db.execute(
        select(JournalEntry.event, JournalEntry.reason).where(signed_in).order_by(JournalEntry.id)
    )
    assert [tuple(row) for row in rows] == [
        ("signin.attempt_failed", "password"),
        ("signin.attempt_failed", "code"),
        ("signin.throttled", "code"),
    ]


def test_a_known_device_that_used_up_its_own_counts_as_any_other(db: Session, owner: UUID) -> None:
    device = be_known(db, owner)
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n, of=owner).is_allowed
    assert not attempt(db, 100, of=owner).is_allowed
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 100 + 10 * n, of=owner, device=device).is_allowed
    assert not attempt(db, 200, of=owner, device=device).is_allowed
    attempts.clear(db, keyring=KEYRING, person_id=owner)
    assert attempt(db, 200, of=owner, device=device).is_allowed, "no worse off than a new browser"


def test_a_password_alone_makes_no_device_known_to_who_has_codes(db: Session, owner: UUID) -> None:
    assert be_right(db, attempt(db, 0, of=owner)) is None
    assert is_known(db, owner, be_known(db, owner)), "password and code make it known"


def test_a_flood_of_refused_attempts_leaves_few_rows(db: Session, owner: UUID) -> None:
    """G12: an account that waits says so in the journal a few times an hour."""
    for _ in range(100):
        attempt(db, 0, of=owner)
    rows = db.scalars(select(JournalEntry).where(JournalEntry.event == "signin.throttled")).all()
    assert len(rows) == 10
