"""Closing days: from journal rows to sets and figures.

A day is closed once, a minute after it ended, and is then final. Any number of nodes may try: one
holds the lock, the others leave. Everything can be built again from the journal; the ladder of
level-4 services cannot, since the registry keeps no history, and is left as it was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Connection

from idp.figures import storage
from idp.figures.days import DAY, day_start, each_day, is_month_end, local_day, month_end
from idp.figures.ladder import SERVICE, count_ladder
from idp.figures.models import AdoptionBitmap, AdoptionDay, AdoptionFigure, AdoptionServiceUse
from idp.figures.rules import CountingRules
from idp.figures.sets import (
    AT_DAY,
    MONTHS,
    ROLLING,
    ROLLING_DAYS,
    STATES,
    Use,
    Windows,
    count_figures,
)
from idp.figures.state import State
from idp.journal.replay import find_first_entry_at, read_state_events, read_uses
from idp.kit import clock
from idp.kit.db import try_lock

GRACE = timedelta(minutes=1)
"""What began before midnight has committed by then: no request's transaction lives longer."""

_LOCK = "adoption.rollup"
_STATEMENT_LIMIT = "10min"


def roll_up(connection: Connection, *, rules: CountingRules, rebuild: bool = False) -> list[date]:
    """Close every day up to yesterday, in the caller's transaction; the days closed.

    `rebuild` forgets all closed days first. Empty when nothing is due or another node is at it.
    """
    if not try_lock(connection, _LOCK):
        return []
    connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_LIMIT}'"))
    if rebuild:
        _forget(connection)
    last = local_day(clock.now() - GRACE, rules.time_zone) - DAY
    closed = connection.scalar(select(func.max(AdoptionDay.day_on)))
    first = closed + DAY if closed else _first_day(connection, rules)
    if first is None or first > last:
        return []
    closing = _Closing(
        state=storage.load_state(connection, closed) if closed else State(),
        windows=Windows(
            storage.load_days(connection, first - storage.KEPT_DAYS * DAY, first - DAY)
        ),
    )
    for begin, end in _by_month(first, last):
        _close_span(connection, closing, begin, end, rules)
    _save(connection, closing, last)
    return list(closing.new_days)


@dataclass
class _Closing:
    """Work in progress: the state as it moves on, all days known, and what is to be written."""

    state: State
    windows: Windows
    new_days: dict[date, Use] = field(default_factory=dict)
    figures: list[dict[str, Any]] = field(default_factory=list)
    services: dict[UUID, date] = field(default_factory=dict)


def _close_span(
    connection: Connection, closing: _Closing, first: date, last: date, rules: CountingRules
) -> None:
    since, until = day_start(first, rules.time_zone), day_start(last + DAY, rules.time_zone)
    new_days = {day: Use() for day in each_day(first, last)}
    for uses in read_uses(connection, since=since, until=until, time_zone=rules.time_zone):
        new_days[uses.day_on].add(uses, rules.strong_acrs)
        for service in uses.services:
            closing.services[service] = max(uses.day_on, closing.services.get(service, uses.day_on))
    events = read_state_events(connection, since=since, until=until, time_zone=rules.time_zone)
    event = next(events, None)
    for day, use in new_days.items():
        while event is not None and event.day_on == day:
            closing.state.apply(event)
            event = next(events, None)
        closing.state.begin(day)
        closing.windows.add(day, use)
        closing.figures += _figures_of_day(closing, day)
    closing.new_days |= new_days


def _figures_of_day(closing: _Closing, day: date) -> Iterator[dict[str, Any]]:
    for kind, figure, value in count_figures(closing.state, closing.windows.rolling(day)):
        window = AT_DAY if figure in STATES else ROLLING
        yield _figure_row(day, kind, figure, window, value)
    if is_month_end(day):
        for kind, figure, value in count_figures(closing.state, closing.windows.whole_months(day)):
            if figure not in STATES:
                yield _figure_row(day, kind, figure, MONTHS, value)


def _figure_row(day: date, kind: str, figure: str, window: str, value: int) -> dict[str, Any]:
    key = {"subject_kind": str(kind), "figure": str(figure), "window_name": window}
    return {"day_on": day, **key, "value": value}


def _save(connection: Connection, closing: _Closing, last: date) -> None:
    kept = {
        day: use for day, use in closing.new_days.items() if day > last - storage.KEPT_DAYS * DAY
    }
    storage.save_days(connection, kept)
    window = closing.windows.rolling(last, days=ROLLING_DAYS - 1)
    storage.save_last_day(connection, last, closing.state, window)
    connection.execute(insert(AdoptionFigure), closing.figures)
    closed_at = clock.now()
    connection.execute(
        insert(AdoptionDay), [{"day_on": day, "closed_at": closed_at} for day in closing.new_days]
    )
    _save_ladder(connection, closing.services, last)


def _save_ladder(connection: Connection, services: dict[UUID, date], last: date) -> None:
    if services:
        use = upsert(AdoptionServiceUse).values(
            [{"service_id": service, "last_success_on": day} for service, day in services.items()]
        )
        connection.execute(
            use.on_conflict_do_update(
                index_elements=["service_id"],
                set_={"last_success_on": use.excluded.last_success_on},
            )
        )
    steps = count_ladder(connection, as_of=last).items()
    rows = [_figure_row(last, SERVICE, step, AT_DAY, value) for step, value in steps]
    ladder = upsert(AdoptionFigure).values(rows)
    connection.execute(
        ladder.on_conflict_do_update(
            index_elements=["day_on", "subject_kind", "figure", "window_name"],
            set_={"value": ladder.excluded.value},
        )
    )


def _forget(connection: Connection) -> None:
    for table in (AdoptionBitmap, AdoptionServiceUse, AdoptionDay):
        connection.execute(delete(table))
    connection.execute(delete(AdoptionFigure).where(AdoptionFigure.subject_kind != SERVICE))


def _first_day(connection: Connection, rules: CountingRules) -> date | None:
    at = find_first_entry_at(connection)
    return local_day(at, rules.time_zone) if at else None


def _by_month(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The span cut at the ends of months, so that memory holds one month of rows at a time."""
    while first <= last:
        end = min(month_end(first), last)
        yield first, end
        first = end + DAY
