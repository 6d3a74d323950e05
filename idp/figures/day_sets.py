"""Sets of days in and out of the database: who did what on each, at which agency and application.

A sign-in stands on its own day, also where it became known late, as in the sets of months.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from pyroaring import BitMap
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Connection

from idp.figures.day_models import AdoptionDayRead, AdoptionDaySet, AdoptionRolling
from idp.figures.days import DAY
from idp.figures.month_use import MonthUse, SetKey
from idp.figures.storage import KEPT_DAYS
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of
from idp.kit.immutable import immutable

NEEDED = frozenset({"use", "agency", "party"})
"""The dimensions that rolling figures are counted from."""
_TOGETHER = 5000
"""Sets read at a time: memory holds the union of the days, not the days."""


@immutable
class DaysRead:
    """How far the sets go: up to that day, and all that the snapshot had seen."""

    last_on: date
    seen: Snapshot


def find_days_read(connection: Connection) -> DaysRead | None:
    """None as long as there are no sets."""
    columns = table_of(AdoptionDayRead).c
    row = connection.execute(
        select(columns.last_on, columns.snapshot, columns.xact_id)
    ).one_or_none()
    return DaysRead(row[0], Snapshot(row[1], row[2])) if row else None


def add_days(connection: Connection, days: Mapping[date, MonthUse]) -> None:
    """Take these days' sets in, each beside what is known of its day."""
    known = _find(connection, days)
    rows = [
        {
            "day_on": day,
            "subject_kind": kind,
            "dimension": dimension,
            "code": code,
            "bitmap": (members | known.get((day, kind, dimension, code), BitMap())).serialize(),
        }
        for day, use in days.items()
        for (kind, dimension, code), members in use.items()
        if members
    ]
    if rows:
        new = upsert(AdoptionDaySet)
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["day_on", "subject_kind", "dimension", "code"],
                set_={"bitmap": new.excluded.bitmap},
            ),
            rows,
        )


def set_days_read(connection: Connection, read: DaysRead) -> None:
    """Keep how far the sets go; drop sets and figures of days 400 days before that, and older."""
    for table in (AdoptionDaySet, AdoptionRolling):
        old = table_of(table).c.day_on <= read.last_on - KEPT_DAYS * DAY
        connection.execute(delete(table).where(old))
    connection.execute(delete(AdoptionDayRead))
    told = {"last_on": read.last_on, "snapshot": read.seen.text}
    connection.execute(insert(AdoptionDayRead), told)


def unions(connection: Connection, last: date, lengths: Sequence[int]) -> Iterator[MonthUse]:
    """Who did what in so many days that end with `last`, the shortest first.

    One union that grows: use each before the next.
    """
    union, sets = MonthUse(), table_of(AdoptionDaySet).c
    until = last
    for length in lengths:
        since = last - (length - 1) * DAY
        rows = connection.execute(
            select(sets.subject_kind, sets.dimension, sets.code, sets.bitmap)
            .where(sets.day_on.between(since, until))
            .execution_options(yield_per=_TOGETHER)
        )
        for some in rows.partitions():
            together: dict[SetKey, list[BitMap]] = defaultdict(list)
            for kind, dimension, code, bitmap in some:
                together[kind, dimension, code].append(BitMap.deserialize(bitmap))
            for key, several in together.items():
                union[key] = BitMap.union(union[key], *several)
        until = since - DAY
        yield union


def forget_days(connection: Connection) -> None:
    """Drop the sets, so that the journal is read anew."""
    for table in (AdoptionDaySet, AdoptionDayRead):
        connection.execute(delete(table))


def _find(
    connection: Connection, days: Collection[date]
) -> dict[tuple[date, str, str, str], BitMap]:
    sets = table_of(AdoptionDaySet).c
    rows = connection.execute(
        select(sets.day_on, sets.subject_kind, sets.dimension, sets.code, sets.bitmap).where(
            sets.day_on.in_(days)
        )
    )
    return {(*key,): BitMap.deserialize(bitmap) for *key, bitmap in rows}
