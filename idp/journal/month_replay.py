"""Reading the journal for frozen months: everything by its own date, as far as a snapshot saw it.

A day takes what comes late on the next open day; a month takes it where it belongs, so that what
was found late is a revision of the month it concerns.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Text, and_, case, cast, func, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from idp.journal.models import JournalEntry, Outcome
from idp.journal.replay import GROUPS, STATE_EVENTS, StateEvent
from idp.journal.snapshots import Snapshot
from idp.kit.immutable import immutable

FOR_LEVEL = "unmet_authentication_requirements"
"""The reason of a sign-in refused for nothing but the level it asked for."""

_MEANS = tuple(JournalEntry.data[name].astext for name in ("method", "device_class", "language"))
_USED = and_(JournalEntry.counted, JournalEntry.outcome.is_not(None))


@immutable
class MonthUses:
    """The subjects (with repetitions) of one month's, or day's, sign-ins that are alike else."""

    first_on: date
    """The first day of the month; or the day."""
    outcome: str
    reason: str | None
    acr: str | None
    tier: str | None
    agency_id: UUID | None
    service_id: UUID | None
    relying_party_id: UUID | None
    method: str | None
    device_class: str | None
    language: str | None
    persons: Sequence[int]
    organizations: Sequence[int] | None


@immutable
class Ended:
    """How many sign-ins ended alike."""

    outcome: str
    reason: str | None
    agency_id: UUID | None
    service_id: UUID | None
    relying_party_id: UUID | None
    method: str | None
    device_class: str | None
    language: str | None
    count: int


def read_facts(
    connection: Connection, *, time_zone: str, seen_by: Snapshot, until: date
) -> Iterator[StateEvent]:
    """The state events that take effect before `until`, in the order they take effect.

    `day_on` is that day: the one in the event (`valid_on`, `ended_on`), else the day it happened.
    """
    day = _effect(cast(func.timezone(time_zone, JournalEntry.at), Date))
    rows = connection.execute(
        select(
            day,
            JournalEntry.event,
            JournalEntry.subject_number,
            JournalEntry.organization_number,
            JournalEntry.data,
        )
        .where(
            JournalEntry.counted,
            JournalEntry.event.in_(STATE_EVENTS),
            seen_by.has_seen(),
            day < until,
        )
        .order_by(day, JournalEntry.at, JournalEntry.id)
        .execution_options(yield_per=5000)
    )
    for row in rows:
        yield StateEvent(*row)


def read_month_uses(
    connection: Connection,
    *,
    time_zone: str,
    since: datetime,
    until: datetime,
    seen_by: Snapshot,
    unseen_by: Snapshot | None = None,
    each: str = "month",
) -> Iterator[MonthUses]:
    """The sign-ins with `since <= at < until`, and older ones that `unseen_by` had not seen.

    Grouped by month, or `each` by day.
    """
    at, organization = JournalEntry.at, JournalEntry.organization_number
    rows: list[ColumnElement[bool]] = [and_(at >= since, at < until)]
    if unseen_by is not None:
        rows.append(and_(at < since, unseen_by.has_not_seen(later=seen_by)))
    first_on = cast(func.date_trunc(each, func.timezone(time_zone, at)), Date)
    alike = (
        first_on,
        JournalEntry.outcome,
        JournalEntry.reason,
        JournalEntry.acr,
        JournalEntry.tier,
        JournalEntry.agency_id,
        JournalEntry.service_id,
        JournalEntry.relying_party_id,
        *_MEANS,
    )
    found: Iterable[Any] = connection.execute(
        select(
            *alike,
            func.array_agg(JournalEntry.subject_number),
            func.array_agg(organization).filter(organization.is_not(None)),
        )
        .where(_USED, JournalEntry.subject_number.is_not(None), or_(*rows), seen_by.has_seen())
        .group_by(*alike)
        .execution_options(yield_per=GROUPS)
    )
    for row in found:
        yield MonthUses(*row)


def read_ended(
    connection: Connection, *, since: datetime, until: datetime, seen_by: Snapshot
) -> Iterator[Ended]:
    """How the sign-ins of that time ended, those included whose person is not known."""
    at = JournalEntry.at
    alike = (
        JournalEntry.outcome,
        JournalEntry.reason,
        JournalEntry.agency_id,
        JournalEntry.service_id,
        JournalEntry.relying_party_id,
        *_MEANS,
    )
    found: Iterable[Any] = connection.execute(
        select(*alike, func.count())
        .where(_USED, at >= since, at < until, seen_by.has_seen())
        .group_by(*alike)
    )
    for row in found:
        yield Ended(*row)


def read_set_counts(
    connection: Connection, *, event: str, seen_by: Snapshot
) -> list[dict[str, Any]]:
    """What the entries of that event say, as far as the snapshot saw them, oldest first."""
    entries = select(JournalEntry.data).where(JournalEntry.event == event, seen_by.has_seen())
    return list(connection.scalars(entries.order_by(JournalEntry.at, JournalEntry.id)))


def is_refused_for_level(outcome: str, reason: str | None) -> bool:
    """Whether a person could sign in, but not as surely as the service asks."""
    return outcome == Outcome.REFUSED and reason == FOR_LEVEL


def _effect(happened_on: ColumnElement[date]) -> ColumnElement[date]:
    """The day an event takes effect. A period that ended before it began never was one."""
    data = JournalEntry.data
    valid_on = cast(cast(data["valid_on"].astext, Text), Date)
    ended_on = cast(cast(data["ended_on"].astext, Text), Date)
    return case(
        (
            JournalEntry.event == "representation.ended",
            func.greatest(func.coalesce(ended_on, happened_on), valid_on),
        ),
        else_=func.coalesce(valid_on, happened_on),
    )


@immutable
class Told:
    """An entry that is no fact of a subject, on its day."""

    day_on: date
    event: str
    relying_party_id: UUID | None
    data: dict[str, Any]


def read_told(
    connection: Connection, *, events: Sequence[str], time_zone: str, seen_by: Snapshot
) -> list[Told]:
    """Every entry of these events, oldest first."""
    rows = connection.execute(
        select(
            cast(func.timezone(time_zone, JournalEntry.at), Date),
            JournalEntry.event,
            JournalEntry.relying_party_id,
            JournalEntry.data,
        )
        .where(JournalEntry.event.in_(events), seen_by.has_seen())
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    return [Told(*row) for row in rows]
