"""Freezing months: what is published of a month stays, and what is found late stands beside it.

A month is frozen as its last day is closed, from everything dated in it that this closing saw. To
publish what was found since is a revision: a freeze of its own, with its reason. The caller holds
the rollup's lock.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.figures.closings import Closing
from idp.figures.days import DAY, local_day, month_end, month_start
from idp.figures.digests import post_digests
from idp.figures.month_facts import Reader
from idp.figures.month_models import AdoptionMonth
from idp.figures.month_use import MonthUse, find_last_reading, load_months, save_months
from idp.figures.slice_rows import (
    DEFINITIONS_VERSION,
    WINDOWS,
    SliceKey,
    Slices,
    code_version,
    hash_of,
    write_rows,
)
from idp.journal.record import copy_entries, entry, record
from idp.kit import clock
from idp.kit.db import table_of
from idp.kit.errors import InvalidInput

_BEFORE = max(WINDOWS.values()) - 1
"""So many months before a month are in its longest window."""


def freeze_months(connection: Connection, closing: Closing, months: Sequence[date]) -> None:
    """Freeze the months that end on these days, oldest first, from the sets and what is new."""
    if not months:
        return
    reader = Reader(connection, closing.rules, closing.read).tell_answers(months)
    before = find_last_reading(connection)
    oldest = month_start(months[0], months_before=_BEFORE)
    uses = load_months(connection, oldest, months[-1])
    touched: set[date] = set()
    registry = reader.registry()
    for last, standing in reader.standings(months):
        first = month_start(last) if before else oldest
        for month, use in reader.uses(first, last, unseen_by=before).items():
            if month < oldest:
                continue
            touched.add(month)
            for key, members in use.items():
                uses[month][key] |= members
        before = closing.read
        rows = reader.count(last, standing, uses, registry)
        told = add_freeze(connection, last, rows, reader)
        copy_entries(connection, [entry(event="month.frozen", counted=False, data=told)])
    save_months(
        connection,
        {month: uses[month] for month in touched},
        last_on=months[-1],
        read=closing.read,
    )


def recount_months(
    reader: Reader, months: Sequence[date]
) -> Iterator[tuple[date, dict[SliceKey, int]]]:
    """The rows of these months, from the journal alone: no set that is kept is asked.

    Of following months each is read once, and memory holds those of one window.
    """
    uses: dict[date, MonthUse] = {}
    registry = reader.registry()
    for last, standing in reader.standings(months):
        for before in range(_BEFORE, -1, -1):
            month = month_start(last, months_before=before)
            if month not in uses:
                uses[month] = MonthUse()
                uses |= reader.uses(month, month_end(month))
        yield last, reader.count(last, standing, uses, registry)
        del uses[month_start(last, months_before=_BEFORE)]


def revise_month(
    db: Session, last: date, rows: Slices, *, reason: str, reader: Reader
) -> int | None:
    """Publish these rows of the month, as the reader counts them; None when they are what stands.

    Journaled. Raises InvalidInput without a reason, or for a month that was never frozen.
    """
    if not reason.strip():
        raise InvalidInput("A revision needs its reason.", field="reason")
    stands = find_freeze(db.connection(), last)
    if stands is None:
        raise InvalidInput("This month is not frozen.", field="month")
    if hash_of(last, rows) == stands.rows_hash:
        return None
    told = add_freeze(
        db.connection(), last, rows, reader, revision=stands.revision + 1, reason=reason.strip()
    )
    record(db, event="month.frozen", counted=False, data=told)
    return int(told["freeze"])


def find_freeze(connection: Connection, last: date, *, revision: int | None = None) -> Any:
    """The freeze of the month that ends on that day: the newest, or of that revision; or None."""
    months = table_of(AdoptionMonth)
    statement = select(months).where(months.c.month_on == last)
    if revision is not None:
        statement = statement.where(months.c.revision == revision)
    return connection.execute(statement.order_by(months.c.revision.desc()).limit(1)).one_or_none()


def add_freeze(
    connection: Connection,
    last: date,
    rows: Slices,
    reader: Reader,
    *,
    revision: int = 0,
    reason: str = "",
) -> dict[str, Any]:
    """Write a freeze; what its caller tells the journal (`month.frozen`)."""
    number = (connection.scalar(select(func.max(AdoptionMonth.number))) or 0) + 1
    digest = hash_of(last, rows)
    connection.execute(
        insert(AdoptionMonth),
        {
            "number": number,
            "month_on": last,
            "revision": revision,
            "reason": reason,
            "frozen_at": clock.now(),
            "snapshot": reader.seen_by.text,
            "time_zone": reader.rules.time_zone,
            "strong_acrs": sorted(reader.rules.strong_acrs),
            "code_version": code_version(),
            "definitions_version": DEFINITIONS_VERSION,
            "rows_hash": digest,
        },
    )
    write_rows(connection, number, rows)
    today = local_day(clock.now(), reader.rules.time_zone)
    if last == month_start(today) - DAY:
        post_digests(connection, freeze=number, today=today)
    return {
        "month": f"{last:%Y-%m}",
        "freeze": number,
        "revision": revision,
        "reason": reason,
        "sha256": digest.hex(),
    }
