"""What was dated before midnight and commits after the closing is counted, once, a day later."""

import random
import threading
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from idp.figures import storage
from idp.figures.recount import verify
from idp.figures.today import count_today
from idp.kit.db import make_engine
from idp.kit.errors import OneDoorError
from tests.figures.committed import add, close, still_open, value
from tests.figures.history import (
    RULES,
    at,
    clock_at,
    organization_registered,
    registered,
    represents,
    signed_in,
    status,
)
from tests.support.postgres import Database

LONG_AGO = date(2026, 1, 15)
MONTH_END = date(2026, 3, 31)
NEXT = MONTH_END + timedelta(days=1)
PEOPLE = range(1, 11)


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url, pool_size=20)
    yield engine
    engine.dispose()


def figures(owner: Engine, day: date) -> list[int | None]:
    """REG, UNI-used and PART of a day."""
    with owner.connect() as connection:
        return [
            value(connection, day, "REG", "at_day"),
            value(connection, day, "UNI_USED", "rolling_365"),
            value(connection, day, "PART", "rolling_365"),
        ]


def test_what_commits_after_its_day_was_closed_counts_on_the_next(owner: Engine) -> None:
    """D3: ten people of 23:59:59 on a month's last day were counted on no later day."""
    at_midnight = at(MONTH_END, 23, 59) + timedelta(seconds=59)
    add(owner, *(registered(n, LONG_AGO) for n in PEOPLE))
    add(owner, *(signed_in(n, LONG_AGO, "central") for n in PEOPLE))
    with still_open(owner, *(signed_in(n, at_midnight, "province") for n in PEOPLE)):
        assert close(owner, MONTH_END)[-1] == MONTH_END
    assert figures(owner, MONTH_END) == [10, 0, 10]
    close(owner, NEXT)
    assert figures(owner, MONTH_END) == [10, 0, 10], "published"
    assert figures(owner, NEXT) == [10, 10, 10]
    close(owner, NEXT + timedelta(days=364))
    assert figures(owner, NEXT + timedelta(days=364))[1:] == [0, 10], "its window begins there too"
    close(owner, NEXT + timedelta(days=365))
    assert figures(owner, NEXT + timedelta(days=365))[1:] == [0, 0], "and it was counted once"
    with Session(owner) as db:
        assert verify(db).differences == ()


def test_late_accounts_closings_and_representatives_count_on_the_next(owner: Engine) -> None:
    """D3: events that say who is what are late like sign-ins; a service's use is too."""
    add(owner, registered(1, LONG_AGO, proofing=2), registered(2, LONG_AGO))
    late = (
        registered(3, MONTH_END),
        status(2, MONTH_END, "closed"),
        organization_registered(1, MONTH_END),
        represents(1, 1, MONTH_END),
    )
    with still_open(owner, *late):
        close(owner, MONTH_END)
    add(owner, status(3, NEXT, "closed"))
    close(owner, NEXT)
    assert figures(owner, MONTH_END)[0] == 2
    assert figures(owner, NEXT)[0] == 1
    with owner.connect() as connection:
        assert value(connection, NEXT, "VER", "at_day", "enterprise") == 1
    with Session(owner) as db:
        assert verify(db).differences == ()


def test_what_commits_hours_late_or_in_a_later_month_is_not_lost(owner: Engine) -> None:
    """D3: no grace is long enough for every transaction; none is needed."""
    add(owner, registered(1, LONG_AGO), registered(2, LONG_AGO))
    with still_open(owner, registered(3, LONG_AGO), signed_in(3, LONG_AGO, "central")):
        close(owner, LONG_AGO)
        with still_open(owner, registered(4, LONG_AGO)):
            close(owner, MONTH_END)
    close(owner, NEXT)
    assert [figures(owner, day)[0] for day in (LONG_AGO, MONTH_END, NEXT)] == [2, 2, 4]
    with Session(owner) as db:
        assert verify(db).differences == ()


def test_what_commits_in_time_counts_on_its_own_day(owner: Engine) -> None:
    """D3, the control."""
    with still_open(owner, registered(1, MONTH_END)):
        pass
    close(owner, MONTH_END)
    assert figures(owner, MONTH_END)[0] == 1


def test_whatever_commits_when_each_entry_counts_on_one_day(owner: Engine) -> None:
    """D3: many transactions around many midnights; two nodes close, all count, none twice."""
    days = [LONG_AGO + timedelta(days=n) for n in range(8)]
    writers, each = 6, 24
    add(owner, registered(0, LONG_AGO))
    begin = threading.Barrier(writers + 1)

    def write_on(writer: int) -> None:
        chance = random.Random(writer)
        begin.wait()
        for n in range(each):
            person, day = 1 + writer * each + n, days[n * len(days) // each]
            with still_open(owner, registered(person, day), signed_in(person, day, "central")):
                for _ in range(chance.randrange(3)):
                    with owner.connect() as connection:
                        connection.execute(text("SELECT count(*) FROM journal_entry"))

    threads = [threading.Thread(target=write_on, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    begin.wait()
    for day in days[:-1]:
        close(owner, day)
    for thread in threads:
        thread.join()
    close(owner, days[-1])
    close(owner, days[-1] + timedelta(days=1))
    with owner.connect() as connection:
        used = storage.load_days(connection, days[0], days[-1] + timedelta(days=1))
        counted = sum(len(use["person", "central"]) for use in used.values())
        registered_now = value(connection, days[-1] + timedelta(days=1), "REG", "at_day")
    assert (counted, registered_now) == (writers * each, writers * each + 1)
    with Session(owner) as db:
        assert verify(db).differences == ()


def test_a_logical_restore_is_told_and_closes_nothing(owner: Engine, database: Database) -> None:
    """D3: its transactions begin anew; every entry would look late."""
    add(owner, registered(1, LONG_AGO))
    close(owner, LONG_AGO)
    insert = text(
        "INSERT INTO adoption_day (day_on, closed_at, snapshot, time_zone, strong_acrs) "
        "VALUES (:day, now(), '900000000:900000000:', 'Asia/Ho_Chi_Minh', '{LoA2}')"
    )
    with owner.begin() as connection:
        connection.execute(insert, {"day": LONG_AGO + timedelta(days=1)})
    with pytest.raises(OneDoorError, match="logical backup"):
        close(owner, MONTH_END)


def test_a_day_closed_hours_early_loses_nobody(owner: Engine) -> None:
    """D3: by a node whose clock was ahead; who signs in on the rest of that day counts too."""
    add(
        owner, *(registered(n, LONG_AGO) for n in (1, 2)), signed_in(1, at(MONTH_END, 7), "central")
    )
    close(owner, MONTH_END)
    add(owner, signed_in(1, at(MONTH_END, 20), "province"), signed_in(2, at(MONTH_END, 21), None))
    with clock_at(at(MONTH_END, 22)), owner.connect() as connection:
        today = count_today(connection, rules=RULES)
    assert (today.today_on, today.gained("person", "UNI_USED")) == (NEXT, 1)
    close(owner, NEXT)
    assert figures(owner, MONTH_END) == [2, 0, 1]
    assert figures(owner, NEXT) == [2, 1, 2]
    with Session(owner) as db:
        assert verify(db).differences == ()
