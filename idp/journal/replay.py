"""Reading the journal for the figures: who used what on which day, and what changed for whom.

Days are local days of the given time zone. Only rows with `counted` set are read: sandbox, test and
staff traffic never reaches a figure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from idp.journal.models import JournalEntry, Outcome

STATE_EVENTS = (
    "person.registered",
    "person.proofed",
    "person.status_changed",
    "organization.registered",
    "organization.status_changed",
    "representation.started",
    "representation.ended",
)
"""The events that say who is live, proven, and represented."""


@dataclass(frozen=True)
class Uses:
    """The subjects (with repetitions) and services of one day's successes at one acr and tier."""

    day_on: date
    acr: str | None
    tier: str | None
    persons: Sequence[int]
    organizations: Sequence[int]
    services: Sequence[UUID]


@dataclass(frozen=True)
class StateEvent:
    """One state event; numbers that it does not concern are None."""

    day_on: date
    event: str
    subject_number: int | None
    organization_number: int | None
    data: dict[str, Any]


def read_uses(
    connection: Connection, *, since: datetime, until: datetime, time_zone: str
) -> Iterator[Uses]:
    """The counted successes with `since <= at < until`, grouped by day, acr and tier."""
    day_on = _local_day(time_zone)
    organization, service = JournalEntry.organization_number, JournalEntry.service_id
    rows: Iterable[Any] = connection.execute(
        select(
            day_on,
            JournalEntry.acr,
            JournalEntry.tier,
            func.array_agg(JournalEntry.subject_number),
            func.array_agg(organization).filter(organization.is_not(None)),
            func.array_agg(service.distinct()).filter(service.is_not(None)),
        )
        .where(
            JournalEntry.at >= since,
            JournalEntry.at < until,
            JournalEntry.counted,
            JournalEntry.outcome == Outcome.SUCCESS,
            JournalEntry.subject_number.is_not(None),
        )
        .group_by(day_on, JournalEntry.acr, JournalEntry.tier)
    )
    for day, acr, tier, persons, organizations, services in rows:
        yield Uses(day, acr, tier, persons, organizations or (), services or ())


def read_state_events(
    connection: Connection, *, since: datetime, until: datetime, time_zone: str
) -> Iterator[StateEvent]:
    """The state events with `since <= at < until`, in the order they happened."""
    rows = connection.execute(
        select(
            _local_day(time_zone),
            JournalEntry.event,
            JournalEntry.subject_number,
            JournalEntry.organization_number,
            JournalEntry.data,
        )
        .where(
            JournalEntry.at >= since,
            JournalEntry.at < until,
            JournalEntry.counted,
            JournalEntry.event.in_(STATE_EVENTS),
        )
        .order_by(JournalEntry.at, JournalEntry.id)
        .execution_options(yield_per=5000)
    )
    for row in rows:
        yield StateEvent(*row)


def find_first_entry_at(connection: Connection) -> datetime | None:
    """When the oldest entry happened."""
    return connection.scalar(select(func.min(JournalEntry.at)))


def _local_day(time_zone: str) -> ColumnElement[date]:
    return cast(func.timezone(time_zone, JournalEntry.at), Date)
