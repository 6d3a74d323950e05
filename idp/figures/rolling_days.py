"""Counting the rolling figures of the last closed day; and any kept day's again, from the journal.

A minute after a day is closed, and once for each closing: where one closed several days, of the
last. What is counted is a function of the journal, as that closing had seen it, and its rules; only
UNI_REACH is of the accounts as they are that minute, for the journal does not name factors.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from pyroaring import BitMap
from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.factors.held import numbers_with_second
from idp.figures.closings import closing_of, find_last_closing
from idp.figures.day_models import AdoptionRolling
from idp.figures.day_sets import (
    NEEDED,
    DaysRead,
    add_days,
    find_days_read,
    forget_days,
    set_days_read,
    unions,
)
from idp.figures.days import DAY, day_start, month_end
from idp.figures.lists.reading import read_known, read_lists, read_members
from idp.figures.models import AdoptionDay
from idp.figures.month_facts import Reader
from idp.figures.month_use import MonthUse
from idp.figures.populations import populations
from idp.figures.rolling import REACH, WINDOWS, Standings, count_standings, count_window, first_day
from idp.figures.slice_rows import SliceKey, Slices
from idp.figures.storage import KEPT_DAYS
from idp.journal.month_replay import read_month_uses, read_set_counts
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of, try_lock, wait_for_lock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable

LOCK = "adoption.rolling"
_STATEMENT_LIMIT = "10min"


@immutable
class RollingDifference:
    """A figure that the journal does not give as it is kept; None: there is none."""

    day_on: date
    dimension: str
    code: str
    subject_kind: str
    figure: str
    window: str
    kept: int | None
    counted: int | None


def roll_windows(connection: Connection) -> date | None:
    """Count the last closed day's figures, in the caller's transaction; the day.

    None when nothing is due or another node is at it.
    """
    if not try_lock(connection, LOCK):
        return None
    closing, before = find_last_closing(connection), find_days_read(connection)
    if closing is None or (before and before.last_on >= closing.last):
        return None
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_LIMIT}'"))
    reader, last = Reader(connection, closing.rules, closing.read), closing.last
    oldest = last - (KEPT_DAYS - 1) * DAY
    since = max(oldest, before.last_on + DAY) if before else oldest
    unseen_by = before.seen if before else None
    while since <= last:
        until = min(month_end(since), last)
        days = read_days(reader, since, until, unseen_by=unseen_by)
        add_days(connection, {day: use for day, use in days.items() if day >= oldest})
        since, unseen_by = until + DAY, None
    lengths = list(WINDOWS.values())
    rows = _count(reader, last, zip(WINDOWS, unions(connection, last, lengths), strict=True))
    connection.execute(delete(AdoptionRolling).where(table_of(AdoptionRolling).c.day_on == last))
    save_rolling(connection, last, rows)
    set_days_read(connection, DaysRead(last, closing.read))
    return last


def rebuild_windows(connection: Connection) -> date | None:
    """Read the kept days from the journal anew, and count the last one's figures again."""
    wait_for_lock(connection, LOCK)
    forget_days(connection)
    return roll_windows(connection)


def read_days(
    reader: Reader, first: date, last: date, *, unseen_by: Snapshot | None = None
) -> dict[date, MonthUse]:
    """Who did what on each day from `first` to `last`, and on those before what was left over."""
    zone = reader.rules.time_zone
    days: dict[date, MonthUse] = {}
    for uses in read_month_uses(
        reader.connection,
        time_zone=zone,
        since=day_start(first, zone),
        until=day_start(last + DAY, zone),
        seen_by=reader.seen_by,
        unseen_by=unseen_by,
        each="day",
    ):
        days.setdefault(uses.first_on, MonthUse()).add(uses, reader.rules.strong_acrs)
    return {day: use.only(NEEDED) for day, use in days.items()}


def verify_rolling(db: Session, day: date | None = None) -> tuple[int, list[RollingDifference]]:
    """Count a kept day again, the newest if none is named: rows compared, what differs. Only reads.

    From the journal alone, and without UNI_REACH. Raises InvalidInput for a day that is not kept.
    """
    connection = db.connection()
    read = find_days_read(connection)
    if read is None and day is None:
        return 0, []
    wanted = day or (read.last_on if read else None)
    if wanted is None or not db.scalar(select(exists().where(AdoptionRolling.day_on == wanted))):
        raise InvalidInput("No rolling figures are kept of this day.", field="day")
    closed = table_of(AdoptionDay)
    row = connection.execute(select(closed).where(closed.c.day_on == wanted)).one()
    closing = closing_of(row, row)
    reader = Reader(connection, closing.rules, closing.read)
    windows = ((name, _from_journal(reader, wanted, name)) for name in WINDOWS)
    counted = _comparable(_count(reader, wanted, windows))
    kept = _comparable(read_rolling(connection, wanted))
    differences = [
        RollingDifference(wanted, *key, kept.get(key), counted.get(key))
        for key in sorted({*kept, *counted})
        if kept.get(key) != counted.get(key)
    ]
    return len(kept), differences


def read_rolling(connection: Connection, day: date) -> dict[SliceKey, int]:
    """Every kept figure of the day."""
    columns = table_of(AdoptionRolling).c
    found = connection.execute(
        select(*(columns[name] for name in SliceKey._fields), columns.value).where(
            columns.day_on == day
        )
    )
    return {SliceKey(*key): value for *key, value in found}


def _count(
    reader: Reader, last: date, windows: Iterator[tuple[str, MonthUse]]
) -> dict[SliceKey, int]:
    [(_, standing)] = reader.standings([last])
    reach = BitMap(numbers_with_second(reader.connection))
    of = Standings(standing, reach, reader.registry())
    told = read_set_counts(reader.connection, event="denominator.set", seen_by=reader.seen_by)
    rows = populations(told, last=last, crosswalk=standing.homes.crosswalk)
    rows |= dict(count_standings(of))
    known = read_known(reader.connection, seen_by=reader.seen_by)
    for name, use in windows:
        lists = read_lists(
            reader.connection,
            first=month_end(first_day(last, name)),
            last=month_end(last),
            seen_by=reader.seen_by,
        )
        members = read_members(reader.connection, lists, known)
        rows |= dict(count_window(of, name, use, members))
    return {key: value for key, value in rows.items() if value}


def _from_journal(reader: Reader, last: date, window: str) -> MonthUse:
    return MonthUse.union(read_days(reader, first_day(last, window), last).values())


def _comparable(rows: Slices) -> Mapping[SliceKey, int]:
    return {key: value for key, value in rows.items() if key.figure != REACH}


def save_rolling(connection: Connection, day: date, rows: Slices) -> None:
    """Keep the figures of a day."""
    told = [
        {"day_on": day, **{n: str(v) for n, v in key._asdict().items()}, "value": value}
        for key, value in rows.items()
    ]
    if told:
        connection.execute(insert(AdoptionRolling), told)
