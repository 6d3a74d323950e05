"""Today so far, counted live on top of the last closed day. Provisional.

Yesterday is counted live too until it is closed, a minute after midnight.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy.engine import Connection

from idp.figures import storage
from idp.figures.closings import Closing, find_last_closing
from idp.figures.days import DAY, day_start, local_day
from idp.figures.rules import CountingRules
from idp.figures.sets import ROLLING_DAYS, Count, Use, Windows, count_figures
from idp.figures.state import State
from idp.figures.storage import Progress
from idp.journal.replay import Span, read_state_events, read_uses
from idp.journal.snapshots import Snapshot
from idp.kit import clock
from idp.kit.immutable import immutable


@immutable
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
    """Today's provisional figures: a first sign-in at a central and a local service adds one.

    Several statements: in a transaction of one snapshot (`read_one_instant`), no day is closed
    between them.
    """
    now = clock.now()
    today = local_day(now, rules.time_zone)
    closed = find_last_closing(connection)
    if closed is None:
        dawn, window = State(), Use()
        progress = Progress(State(), defaultdict(Use), read=None)
        _take(connection, progress, Span(rules.time_zone, day_start(today, rules.time_zone)), rules)
    else:
        today = max(today, closed.last + DAY)
        dawn, window = _at_dawn(connection, closed, today, rules)
        progress, _ = follow(connection, closed, rules=rules)
    for state in (dawn, progress.state):
        state.begin(today)
    with_today = Use.union([window, progress.days[today]])
    return TodaySoFar(
        at=now,
        today_on=today,
        values=_by_key(count_figures(progress.state, with_today)),
        morning=_by_key(count_figures(dawn, window)),
    )


def follow(
    connection: Connection,
    closed: Closing,
    *,
    rules: CountingRules,
    until: datetime | None = None,
    seen_by: Snapshot | None = None,
) -> tuple[Progress, int]:
    """What the days since the closing have brought, and how many rows that took to read.

    It goes on from what was kept, and reads what is dated before `until`, seen by `seen_by`.
    """
    kept = storage.load_progress(connection, closed.last)
    progress = kept or Progress(
        storage.load_state(connection, closed.last), defaultdict(Use), closed.read
    )
    span = Span(
        rules.time_zone,
        since=None if kept else closed.ends_at,
        until=until,
        first_on=closed.last + DAY,
        unseen_by=progress.read,
        seen_by=seen_by,
    )
    return progress, _take(connection, progress, span, rules)


def _take(connection: Connection, progress: Progress, span: Span, rules: CountingRules) -> int:
    """Let it follow the journal over that span; the number of rows."""
    taken = 0
    for uses in read_uses(connection, span):
        progress.days[uses.day_on].add(uses, rules.strong_acrs)
        taken += len(uses.persons)
    for event in read_state_events(connection, span):
        progress.state.apply(event)
        taken += 1
    return taken


def _by_key(counts: Iterable[Count]) -> dict[tuple[str, str], int]:
    return {(str(kind), str(figure)): value for kind, figure, value in counts}


def _at_dawn(
    connection: Connection, closed: Closing, today: date, rules: CountingRules
) -> tuple[State, Use]:
    """Who was what as today began, and who used what in the 364 days before it."""
    if closed.last == today - DAY:
        return (
            storage.load_state(connection, closed.last),
            storage.load_window(connection, closed.last),
        )
    midnight = day_start(today, rules.time_zone)
    progress, _ = follow(connection, closed, rules=rules, until=midnight)
    first = today - (ROLLING_DAYS - 1) * DAY
    days = storage.load_days(connection, first, closed.last)
    days |= {day: use for day, use in progress.days.items() if day < today}
    return progress.state, Windows(days).span(first, today - DAY)
