"""One counter per account: waits that grow, and codes that no password forgives."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people import throttle
from idp.people.throttle import Attempt, Counters, Factor
from idp.settings.people import ThrottleSettings

SETTINGS = ThrottleSettings(waits=(0, 0, 1, 3, 5), max_failures=8, source_limit=3)
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
PERSON = uuid4()

START = clock.now()


def counters(browser: str = "own") -> Counters:
    return throttle.counters_of(
        KEYRING,
        person_id=PERSON,
        identifier_hash=None,
        browser_hash=browser.encode(),
        address="192.0.2.1",
    )


def attempt(
    db: Session, seconds: float, *, factor: Factor = "password", browser: str = "own"
) -> Attempt:
    return throttle.count_attempt(
        db,
        settings=SETTINGS,
        counters=counters(browser),
        person_id=None,
        factor=factor,
        at=START + timedelta(seconds=seconds),
    )


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
    throttle.clear(db, keyring=KEYRING, person_id=PERSON)
    assert attempt(db, 10_000).is_allowed


@pytest.mark.parametrize(("factor", "left"), [("password", 2), ("code", 0)])
def test_a_right_password_does_not_forgive_wrong_codes(
    db: Session, factor: Factor, left: int
) -> None:
    for n, kind in enumerate(("password", "code", "code", factor)):
        assert attempt(db, 10 * n, factor=kind).is_allowed
    is_complete = factor == "code"
    at = START + timedelta(seconds=30)
    throttle.forgive(db, counters=counters(), is_complete=is_complete, at=at)
    allowed = [attempt(db, 31).is_allowed for _ in range(6)]
    assert allowed.count(True) == 3 - left


def test_a_source_waits_for_its_hour_whatever_account_it_tries(db: Session) -> None:
    for n in range(SETTINGS.source_limit):
        assert attempt(db, 0, browser=f"stranger {n}").is_allowed
        throttle.forgive(db, counters=counters(), is_complete=False, at=START)
        throttle.count_source_failure(db, source=counters().source, at=START)
    refused = attempt(db, 1)
    assert refused.source_is_blocked
    assert (refused.is_allowed, refused.wait_seconds) == (False, 3599)
    assert attempt(db, 3600).is_allowed


def test_a_known_browser_does_not_wait_for_others_of_its_source(db: Session) -> None:
    attempt(db, 0)
    throttle.forgive(db, counters=counters(), is_complete=True, at=START)
    for _ in range(SETTINGS.source_limit):
        throttle.count_source_failure(db, source=counters().source, at=START)
    assert attempt(db, 1, browser="strangers").source_is_blocked
    assert attempt(db, 1).is_allowed


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "", True),
    ],
)
def test_a_source_of_ipv6_is_a_network(one: str, other: str, *, is_same: bool) -> None:
    """Else one customer has 2^64 sources, and no limit per source means anything."""
    keys = [throttle.source_key(KEYRING, purpose="failures", address=a) for a in (one, other)]
    assert (keys[0] == keys[1]) is is_same


def test_strangers_cannot_lock_the_owner_out_of_a_known_browser(db: Session) -> None:
    attempt(db, 0)
    throttle.forgive(db, counters=counters(), is_complete=True, at=START)
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n, browser="strangers").is_allowed
    assert attempt(db, 10_000, browser="strangers").wait_seconds is None
    assert attempt(db, 10_000).is_allowed
    for n in range(1, SETTINGS.max_failures):
        assert attempt(db, 10_000 + 10 * n).is_allowed
    assert not attempt(db, 20_000).is_allowed
    throttle.clear(db, keyring=KEYRING, person_id=PERSON)
    assert attempt(db, 20_000).is_allowed, "support has helped: a known browser is no worse off"


def test_a_password_alone_makes_no_browser_known_to_who_has_codes(db: Session) -> None:
    attempt(db, 0)
    throttle.forgive(db, counters=counters("thief"), is_complete=False, at=START)
    for n in range(SETTINGS.max_failures):
        assert attempt(db, 10 * n, browser="strangers").is_allowed
    assert not attempt(db, 10_000, browser="thief").is_allowed
