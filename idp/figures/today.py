"""Today so far, counted live on top of the last closed day. Provisional.

Yesterday is counted live too until it is closed, a minute after midnight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from idp.figures import storage
from idp.figures.days import DAY, day_start, local_day
from idp.figures.models import AdoptionDay
from idp.figures.rules import CountingRules
from idp.figures.sets import ROLLING_DAYS, Count, Use, Windows, count_figures
from idp.figures.state import State
from idp.journal.replay import read_state_events, read_uses
from idp.kit import clock


@dataclass(frozen=True)
class TodaySoFar:
    """The figures at this moment, over the 364 days before today and today."""

    at: datetime
    today_on: date
    values: Mapping[tuple[str, str], int]
    """(subject kind, figure) → count at this moment."""
    morning: Mapping[tuple[str, str], int]
    """The same before today's first event, over the 364 days before today."""

    def gained(self, subject_kind: str, figure: str) -> int:
        """How many today has brought."""
        return self.values[subject_kind, figure] - self.morning[subject_kind, figure]


def count_today(connection: Connection, *, rules: CountingRules) -> TodaySoFar:
    """Today's provisional figures: a first sign-in at a central and a local service adds one."""
    now = clock.now()
    today = local_day(now, rules.time_zone)
    midnight = day_start(today, rules.time_zone)
    closed = connection.scalar(select(func.max(AdoptionDay.day_on)))
    state, window = State(), Use()
    if closed:
        state = storage.load_state(connection, closed)
        window = _base_window(connection, closed, today)
        unclosed_at = day_start(closed + DAY, rules.time_zone)
        if unclosed_at < midnight:
            _take_in(connection, state, window, since=unclosed_at, until=midnight, rules=rules)
    state.begin(today)
    morning = _by_key(count_figures(state, window))
    _take_in(connection, state, window, since=midnight, until=now, rules=rules)
    values = _by_key(count_figures(state, window))
    return TodaySoFar(at=now, today_on=today, values=values, morning=morning)


def _take_in(
    connection: Connection,
    state: State,
    window: Use,
    *,
    since: datetime,
    until: datetime,
    rules: CountingRules,
) -> None:
    """Let state and window follow the journal over that time."""
    for uses in read_uses(connection, since=since, until=until, time_zone=rules.time_zone):
        window.add(uses, rules.strong_acrs)
    for event in read_state_events(connection, since=since, until=until, time_zone=rules.time_zone):
        state.apply(event)


def _by_key(counts: Iterable[Count]) -> dict[tuple[str, str], int]:
    return {(str(kind), str(figure)): value for kind, figure, value in counts}


def _base_window(connection: Connection, closed: date, today: date) -> Use:
    """The closed part of the window that ends today."""
    if closed == today - DAY:
        return storage.load_window(connection, closed)
    first = today - (ROLLING_DAYS - 1) * DAY
    return Windows(storage.load_days(connection, first, closed)).span(first, closed)
