"""Reading the journal for the figures: who used what on which day, and what changed for whom.

Days are local days of the span's time zone. Only rows with `counted` set are read: sandbox, test
and staff traffic never reaches a figure.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, or_, select, true
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from idp.journal.models import JournalEntry, Outcome
from idp.journal.snapshots import Snapshot
from idp.kit.immutable import immutable

STATE_EVENTS = (
    "person.registered",
    "person.proofed",
    "person.status_changed",
    "person.place_changed",
    "organization.registered",
    "organization.status_changed",
    "representation.started",
    "representation.ended",
)
"""The events that say who is live, proven, represented, and lives where."""

GROUPS = 20
"""Groups of sign-ins read at a time: each may name every subject of the country."""


@immutable
class Span:
    """What one reading takes in: the rows with `since <= at < until`, and those left over.

    Left over is what is dated earlier and was not yet committed when the days before were read. It
    counts on `first_on`, the first day that is open to it.
    """

    time_zone: str
    since: datetime | None = None
    """None: whatever `unseen_by` has not seen."""
    until: datetime | None = None
    first_on: date | None = None
    unseen_by: Snapshot | None = None
    """The reading before this one; None: nothing is left over."""
    seen_by: Snapshot | None = None
    """Take in no more than this; None: all that is visible."""

    @property
    def day_on(self) -> ColumnElement[date]:
        """The day a row counts on."""
        local = cast(func.timezone(self.time_zone, JournalEntry.at), Date)
        return local if self.first_on is None else func.greatest(local, self.first_on, type_=Date())

    @property
    def condition(self) -> ColumnElement[bool]:
        """Which rows, of those that count."""
        at = JournalEntry.at
        before = at < self.until if self.until else true()
        seen = self.seen_by.has_seen() if self.seen_by else true()
        rows: list[ColumnElement[bool]] = []
        if self.since is not None:
            rows.append(and_(at >= self.since, before))
            before = at < self.since
        if self.unseen_by is not None:
            rows.append(and_(before, self.unseen_by.has_not_seen(later=self.seen_by)))
        return and_(JournalEntry.counted, or_(*rows), seen)


@immutable
class Uses:
    """The subjects (with repetitions) of one day's successes at one acr and tier."""

    day_on: date
    acr: str | None
    tier: str | None
    persons: Sequence[int]
    organizations: Sequence[int]


@immutable
class StateEvent:
    """One state event; numbers that it does not concern are None."""

    day_on: date
    event: str
    subject_number: int | None
    organization_number: int | None
    data: dict[str, Any]


_SUCCESS = (JournalEntry.outcome == Outcome.SUCCESS, JournalEntry.subject_number.is_not(None))


def read_uses(connection: Connection, span: Span) -> Iterator[Uses]:
    """The span's successes, grouped by day, acr and tier."""
    day_on, organization = span.day_on, JournalEntry.organization_number
    rows: Iterable[Any] = connection.execute(
        select(
            day_on,
            JournalEntry.acr,
            JournalEntry.tier,
            func.array_agg(JournalEntry.subject_number),
            func.array_agg(organization).filter(organization.is_not(None)),
        )
        .where(span.condition, *_SUCCESS)
        .group_by(day_on, JournalEntry.acr, JournalEntry.tier)
        .execution_options(yield_per=GROUPS)
    )
    for day, acr, tier, persons, organizations in rows:
        yield Uses(day, acr, tier, persons, organizations or ())


def read_services(connection: Connection, span: Span) -> Iterator[tuple[UUID, date]]:
    """The services that the span's successes were for, each with the last day."""
    rows: Iterable[Any] = connection.execute(
        select(JournalEntry.service_id, func.max(span.day_on))
        .where(span.condition, *_SUCCESS, JournalEntry.service_id.is_not(None))
        .group_by(JournalEntry.service_id)
    )
    yield from rows


def read_state_events(connection: Connection, span: Span) -> Iterator[StateEvent]:
    """The span's state events, in the order they happened."""
    rows = connection.execute(
        select(
            span.day_on,
            JournalEntry.event,
            JournalEntry.subject_number,
            JournalEntry.organization_number,
            JournalEntry.data,
        )
        .where(span.condition, JournalEntry.event.in_(STATE_EVENTS))
        .order_by(JournalEntry.at, JournalEntry.id)
        .execution_options(yield_per=5000)
    )
    for row in rows:
        yield StateEvent(*row)


def read_data(connection: Connection, *, event: str) -> list[dict[str, Any]]:
    """What the entries of that event say, oldest first."""
    entries = select(JournalEntry.data).where(JournalEntry.event == event)
    return list(connection.scalars(entries.order_by(JournalEntry.id)))


def find_first_entry_at(connection: Connection) -> datetime | None:
    """When the oldest entry happened."""
    return connection.scalar(select(func.min(JournalEntry.at)))
