"""Today so far, counted live on top of the last closed day. Provisional.

Yesterday is counted live too until it is closed, a minute after midnight.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock

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


@dataclass
class AtHand:
    """What a process read last of the closed days and of today, for its next reader.

    A country's sets are tens of megabytes; they change once a minute.
    """

    _key: tuple[object, ...] = ()
    _read: "tuple[_Dawn, Progress] | None" = None
    _lock: Lock = field(default_factory=Lock)

    def read(
        self, connection: Connection, closed: Closing, today: date, rules: CountingRules
    ) -> "tuple[_Dawn, Progress]":
        """How today began, and how far it has been read: that is the caller's to go on with."""
        kept = storage.kept_read(connection, closed.last)
        key = (closed.last, closed.read, today, rules, kept)
        with self._lock:
            if self._read is None or self._key != key:
                read = (
                    _Dawn.of(connection, closed, today, rules),
                    _base(connection, closed),
                )
                if closed.last != today - DAY:  # what is dated yesterday still comes in
                    return read
                self._read, self._key = read, key
            dawn, progress = self._read
        return dawn, progress.copy()


def count_today(
    connection: Connection, *, rules: CountingRules, at_hand: AtHand | None = None
) -> TodaySoFar:
    """Today's provisional figures: a first sign-in at a central and a local service adds one.

    Several statements: in a transaction of one snapshot (`read_one_instant`), no day is closed
    between them. `at_hand`: what this process has read before.
    """
    now = clock.now()
    today = local_day(now, rules.time_zone)
    closed = find_last_closing(connection)
    if closed is None:
        dawn = _Dawn(dict.fromkeys(_by_key(count_figures(State(), Use())), 0), Use())
        progress = Progress(State(), defaultdict(Use), read=None)
        _take(connection, progress, Span(rules.time_zone, day_start(today, rules.time_zone)), rules)
    else:
        today = max(today, closed.last + DAY)
        dawn, progress = (at_hand or AtHand()).read(connection, closed, today, rules)
        _go_on(connection, closed, progress, rules)
    progress.state.begin(today)
    with_today = Use.union([dawn.window, progress.days[today]])
    return TodaySoFar(
        at=now,
        today_on=today,
        values=_by_key(count_figures(progress.state, with_today)),
        morning=dawn.counts,
    )


@immutable
class _Dawn:
    """Before today's first event."""

    counts: Mapping[tuple[str, str], int]
    window: Use
    """Who used what in the 364 days before today."""

    @classmethod
    def of(
        cls, connection: Connection, closed: Closing, today: date, rules: CountingRules
    ) -> "_Dawn":
        """As the journal has it by now."""
        state, window = _at_dawn(connection, closed, today, rules)
        state.begin(today)
        return cls(_by_key(count_figures(state, window)), window)


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
    progress = _base(connection, closed)
    return progress, _go_on(connection, closed, progress, rules, until=until, seen_by=seen_by)


def _base(connection: Connection, closed: Closing) -> Progress:
    """What was kept of the days since the closing; else how it left everybody."""
    return storage.load_progress(connection, closed.last) or Progress(
        storage.load_state(connection, closed.last), defaultdict(Use), closed.read
    )


def _go_on(
    connection: Connection,
    closed: Closing,
    progress: Progress,
    rules: CountingRules,
    *,
    until: datetime | None = None,
    seen_by: Snapshot | None = None,
) -> int:
    """Let it follow the journal from where it was kept; the number of rows."""
    span = Span(
        rules.time_zone,
        since=None if progress.is_kept else closed.ends_at,
        until=until,
        first_on=closed.last + DAY,
        unseen_by=progress.read,
        seen_by=seen_by,
    )
    return _take(connection, progress, span, rules)


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
