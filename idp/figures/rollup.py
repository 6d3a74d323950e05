"""Closing days: from journal rows to sets and figures.

A day is closed once, a minute after it ended, and is then final. Any number of nodes may try: one
holds the lock, the others leave. What was dated in it and commits later counts on the next day that
is closed. The ladder of level-4 services is counted as the day is closed: the registry keeps no
history.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Connection

from idp.figures import storage
from idp.figures.closings import Closing, Counted, FigureKey, find_last_closing
from idp.figures.days import DAY, is_month_end, local_day
from idp.figures.freeze import freeze_months
from idp.figures.ladder import SERVICE, count_ladder
from idp.figures.models import AdoptionDay, AdoptionFigure, AdoptionServiceUse
from idp.figures.published import figure_rows
from idp.figures.rules import CountingRules
from idp.figures.sets import AT_DAY, ROLLING_DAYS, Windows
from idp.figures.state import State
from idp.figures.today import follow
from idp.journal.replay import find_first_entry_at
from idp.journal.snapshots import Snapshot, take_snapshot
from idp.kit import clock
from idp.kit.db import try_lock

GRACE = timedelta(minutes=1)
"""What began before midnight has mostly committed by then; what has not counts a day later."""

LOCK = "adoption.rollup"
_STATEMENT_LIMIT = "10min"


def roll_up(connection: Connection, *, rules: CountingRules) -> list[date]:
    """Close every day up to yesterday, in the caller's transaction; the days closed.

    Empty when nothing is due or another node is at it. Today's rows so far are read too, so that
    pages need not.
    """
    if not try_lock(connection, LOCK):
        return []
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_LIMIT}'"))
    read, before = take_snapshot(connection), find_last_closing(connection)
    if before is not None:
        read.refuse_later(before.read)
    last = local_day(clock.now() - GRACE, rules.time_zone) - DAY
    first = before.last + DAY if before else _first_day(connection, rules)
    if first is None:
        return []
    if first > last:
        if before is not None:
            _read_today(connection, before, read, rules)
        return []
    counted = Counted(
        state=storage.load_state(connection, before.last) if before else State(),
        windows=Windows(
            storage.load_days(connection, first - storage.KEPT_DAYS * DAY, first - DAY)
        ),
        last=before,
    )
    closing = Closing(first, last, read, rules)
    counted.close(connection, closing)
    _publish(connection, closing, counted)
    freeze_months(connection, closing, [day for day in counted.closed if is_month_end(day)])
    return counted.closed


def save_sets(connection: Connection, counted: Counted, last: date) -> None:
    """What the next closing goes on from, and today's count."""
    storage.save_days(connection, counted.days)
    window = counted.windows.rolling(last, days=ROLLING_DAYS - 1)
    storage.save_last_day(connection, last, counted.state, window)
    _save_service_use(connection, counted.services)


def _publish(connection: Connection, closing: Closing, counted: Counted) -> None:
    save_sets(connection, counted, closing.last)
    ladder = {
        FigureKey(closing.last, SERVICE, step, AT_DAY): value
        for step, value in count_ladder(connection, as_of=closing.last).items()
    }
    connection.execute(insert(AdoptionFigure), figure_rows(counted.figures | ladder))
    told = {
        "closed_at": clock.now(),
        "snapshot": closing.read.text,
        "time_zone": closing.rules.time_zone,
        "strong_acrs": sorted(closing.rules.strong_acrs),
    }
    connection.execute(insert(AdoptionDay), [{"day_on": day, **told} for day in counted.closed])


def _save_service_use(connection: Connection, services: Mapping[UUID, date]) -> None:
    if services:
        use = upsert(AdoptionServiceUse).values(
            [{"service_id": service, "last_success_on": day} for service, day in services.items()]
        )
        last = AdoptionServiceUse.last_success_on
        connection.execute(
            use.on_conflict_do_update(
                index_elements=["service_id"],
                set_={"last_success_on": func.greatest(use.excluded.last_success_on, last)},
            )
        )


def _read_today(
    connection: Connection, closed: Closing, read: Snapshot, rules: CountingRules
) -> None:
    """Keep what today has brought, once there is so much of it that reading it again costs."""
    today = local_day(clock.now(), rules.time_zone)
    if closed.last != today - DAY:
        return
    progress, taken = follow(connection, closed, rules=rules, seen_by=read)
    if taken >= storage.KEPT_FROM:
        storage.save_progress(connection, closed.last, progress, read=read)


def _first_day(connection: Connection, rules: CountingRules) -> date | None:
    at = find_first_entry_at(connection)
    return local_day(at, rules.time_zone) if at else None
