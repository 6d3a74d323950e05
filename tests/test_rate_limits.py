"""Limits in the database: counted up to the most, never beyond, anew when the time is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp import rate_limits
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.rate_limits import (
    FAILURES,
    SIGN_INS,
    Allowance,
    RateCount,
    RateLimit,
    count,
    drop_past,
    is_over,
    take_back,
)
from idp.settings.people import ThrottleSettings

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
SETTINGS = ThrottleSettings(source_limit=30, sign_ins_per_source=3)
NOW = clock.now()
MINUTE = timedelta(minutes=1)
LIMITS = [limit for limit in vars(rate_limits).values() if isinstance(limit, RateLimit)]


def allowance(address: str = "192.0.2.1", limit: RateLimit = SIGN_INS) -> Allowance:
    return limit.of(address, keyring=KEYRING, settings=SETTINGS)


@pytest.mark.asvs("2.3.2")
def test_so_many_fit_and_no_more_until_the_time_is_over(db: Session) -> None:
    assert [count(db, allowance(), at=NOW) for _ in range(5)] == [True] * 3 + [False] * 2
    assert not count(db, allowance(), at=NOW + MINUTE - timedelta(seconds=1))
    assert count(db, allowance("192.0.2.2"), at=NOW)
    assert [count(db, allowance(), at=NOW + MINUTE) for _ in range(4)] == [True] * 3 + [False]


def test_asking_counts_nothing(db: Session) -> None:
    for _ in range(5):
        assert not is_over(db, allowance(), at=NOW)
    for _ in range(3):
        count(db, allowance(), at=NOW)
    assert is_over(db, allowance(), at=NOW)
    assert not is_over(db, allowance(), at=NOW + MINUTE)


def test_what_is_refused_is_not_counted_so_one_taken_back_makes_room(db: Session) -> None:
    for _ in range(10):
        count(db, allowance(), at=NOW)
    take_back(db, allowance())
    assert [count(db, allowance(), at=NOW) for _ in range(2)] == [True, False]


def test_of_many_at_once_no_more_than_fit_get_in(engine: Engine) -> None:
    def begin(_: int) -> bool:
        with transaction(engine) as db:
            return count(db, allowance("192.0.2.77"), at=NOW)

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(begin, range(50))) == 3


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
    assert (allowance(one, FAILURES).key == allowance(other, FAILURES).key) is is_same


def test_no_limit_counts_in_the_row_of_another() -> None:
    assert len({allowance("192.0.2.1", limit).key for limit in LIMITS}) == len(LIMITS) > 1
    assert "192.0.2.1" not in repr(allowance())


def test_counts_leave_when_their_time_is_over(db: Session) -> None:
    drop_past(db, before=NOW + timedelta(days=1), limit=10)  # of the test above
    count(db, allowance(), at=NOW)
    count(db, allowance(limit=FAILURES), at=NOW)
    assert drop_past(db, before=NOW + MINUTE, limit=10) == 0
    assert drop_past(db, before=NOW + 2 * MINUTE, limit=10) == 1
    assert db.scalar(select(func.count()).select_from(RateCount)) == 1
