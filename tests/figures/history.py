"""Journal rows by hand: who did what on which day of Vietnam."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from idp.figures.rules import CountingRules
from idp.journal.models import Outcome
from idp.journal.record import copy_entries, entry
from idp.kit import clock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RULES = CountingRules(ZONE.key, frozenset({"LoA2", "LoA3", "LoA4"}))

Row = dict[str, Any]


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def registered(person: int, day: date, proofing: int = 1, **more: Any) -> Row:
    data = {"proofing": proofing}
    return entry(event="person.registered", at=at(day, 8), subject_number=person, data=data, **more)


def proofed(person: int, day: date, proofing: int) -> Row:
    data = {"proofing": proofing}
    return entry(event="person.proofed", at=at(day, 9), subject_number=person, data=data)


def status(person: int, day: date, value: str) -> Row:
    return entry(
        event="person.status_changed", at=at(day, 10), subject_number=person, data={"status": value}
    )


def organization_registered(organization: int, day: date, kind: str = "enterprise") -> Row:
    return entry(
        event="organization.registered",
        at=at(day, 8),
        organization_number=organization,
        data={"kind": kind, "status": "active"},
    )


def organization_status(organization: int, day: date, value: str) -> Row:
    return entry(
        event="organization.status_changed",
        at=at(day, 10),
        organization_number=organization,
        data={"status": value},
    )


def represents(person: int, organization: int, day: date, *, valid_on: date | None = None) -> Row:
    """Recorded on `day`: the person represents the organization from `valid_on` on."""
    return entry(
        event="representation.started",
        at=at(day, 11),
        subject_number=person,
        organization_number=organization,
        data={"role": "legal_representative", "valid_on": (valid_on or day).isoformat()},
    )


def represents_no_more(
    person: int, organization: int, day: date, *, valid_on: date, ended_on: date | None = None
) -> Row:
    """Recorded on `day`: the representation that is valid from `valid_on` ends on `ended_on`."""
    return entry(
        event="representation.ended",
        at=at(day, 11),
        subject_number=person,
        organization_number=organization,
        data={
            "role": "legal_representative",
            "valid_on": valid_on.isoformat(),
            "ended_on": (ended_on or day).isoformat(),
        },
    )


def signed_in(
    person: int,
    when: date | datetime,
    tier: str | None,
    acr: str = "LoA2",
    **more: Any,
) -> Row:
    return entry(
        event="signin.succeeded",
        outcome=Outcome.SUCCESS,
        sign_in_id=uuid4(),
        at=when if isinstance(when, datetime) else at(when),
        subject_number=person,
        tier=tier,
        acr=acr,
        **more,
    )


def write(connection: Connection, *rows: Row) -> None:
    copy_entries(connection, rows)


@contextmanager
def clock_at(when: datetime) -> Iterator[None]:
    shift: timedelta = when - clock.now()
    with clock.shifted(shift):
        yield
