"""One closing: from what it read of the journal to the sets and figures of its days.

Closed now or recounted years later it gives the same: what it reads, and by which rules, is all in
its parts. Only that an entry was dated before midnight and committed after the closing makes it
count a day later.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.figures.days import DAY, day_start, each_day, is_month_end, month_end
from idp.figures.models import AdoptionDay
from idp.figures.rules import CountingRules
from idp.figures.sets import AT_DAY, MONTHS, ROLLING, STATES, Use, Windows, count_figures
from idp.figures.state import State
from idp.figures.storage import KEPT_DAYS
from idp.journal.replay import Span, read_services, read_state_events, read_uses
from idp.journal.snapshots import Snapshot
from idp.kit.db import table_of
from idp.kit.immutable import immutable


class FigureKey(NamedTuple):
    """Which figure of which day."""

    day_on: date
    subject_kind: str
    figure: str
    window_name: str


@immutable
class Closing:
    """Days that are closed together, what was read for them, and by which rules they count."""

    first: date
    last: date
    read: Snapshot
    rules: CountingRules

    @property
    def ends_at(self) -> datetime:
        """When its last day is over."""
        return day_start(self.last + DAY, self.rules.time_zone)

    def spans(self, before: "Closing | None") -> Iterator[tuple[date, date, Span]]:
        """Its days by month, so that memory holds one month of rows at a time, with their rows.

        It begins where the closing before it ended, and takes in what that one left over.
        """
        first, since = self.first, day_start(self.first, self.rules.time_zone)
        if before is not None:
            since = before.ends_at
        while first <= self.last:
            end = min(month_end(first), self.last)
            until = day_start(end + DAY, self.rules.time_zone)
            yield (
                first,
                end,
                Span(
                    self.rules.time_zone,
                    since=since,
                    until=until,
                    first_on=first,
                    unseen_by=before.read if before and first == self.first else None,
                    seen_by=self.read,
                ),
            )
            first, since = end + DAY, until


@dataclass
class Counted:
    """What has been counted so far: the state as it moves on, the days closed, the figures.

    Of days older than any window, no sets stay in memory: years are counted again in as much of it
    as one takes.
    """

    state: State
    windows: Windows
    last: Closing | None
    closed: list[date] = field(default_factory=list)
    days: dict[date, Use] = field(default_factory=dict)
    """The sets of those of them that are kept."""
    figures: dict[FigureKey, int] = field(default_factory=dict)
    services: dict[UUID, date] = field(default_factory=dict)
    """The last day each was used on."""

    def close(self, connection: Connection, closing: Closing) -> None:
        """Count its days; closings come in order."""
        for first, last, span in closing.spans(self.last):
            self._count(connection, closing, span, first, last)
        self.last = closing

    def _count(
        self, connection: Connection, closing: Closing, span: Span, first: date, last: date
    ) -> None:
        days = {day: Use() for day in each_day(first, last)}
        for uses in read_uses(connection, span):
            days[uses.day_on].add(uses, closing.rules.strong_acrs)
        for service, day in read_services(connection, span):
            self.services[service] = max(day, self.services.get(service, day))
        events = read_state_events(connection, span)
        event = next(events, None)
        for day, use in days.items():
            while event is not None and event.day_on == day:
                self.state.apply(event)
                event = next(events, None)
            self.state.begin(day)
            self.windows.add(day, use)
            self._count_day(day)
        self.closed += days
        kept_from = last - (KEPT_DAYS - 1) * DAY
        self.days = {day: use for day, use in (self.days | days).items() if day >= kept_from}
        self.windows.forget(before=kept_from)

    def _count_day(self, day: date) -> None:
        for kind, figure, value in count_figures(self.state, self.windows.rolling(day)):
            window = AT_DAY if figure in STATES else ROLLING
            self.figures[FigureKey(day, str(kind), str(figure), window)] = value
        if is_month_end(day):
            for kind, figure, value in count_figures(self.state, self.windows.whole_months(day)):
                if figure not in STATES:
                    self.figures[FigureKey(day, str(kind), str(figure), MONTHS)] = value


def find_last_closing(connection: Connection) -> Closing | None:
    """The newest closing, by its last day alone; None as long as no day was closed."""
    row = connection.execute(
        select(table_of(AdoptionDay)).order_by(AdoptionDay.day_on.desc()).limit(1)
    ).one_or_none()
    return closing_of(row, row) if row else None


def closing_of(first: Any, last: Any) -> Closing:
    """The closing that two rows of closed days begin and end."""
    rules = CountingRules(last.time_zone, frozenset(last.strong_acrs))
    return Closing(first.day_on, last.day_on, Snapshot(last.snapshot, last.xact_id), rules)
