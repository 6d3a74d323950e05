"""Days and months of the figures' time zone."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from idp.kit import clock

DAY = timedelta(days=1)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def local_day(at: datetime, time_zone: str) -> date:
    """The calendar day of an instant."""
    return clock.day_in(at, time_zone)


def day_start(day: date, time_zone: str) -> datetime:
    """The instant a day begins, which is the instant the day before ends."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone))


def month_start(day: date, *, months_before: int = 0) -> date:
    """The first day of the month that lies so many months before the day's own."""
    count = day.year * 12 + day.month - 1 - months_before
    return date(count // 12, count % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """So many months lie from the month of the one day to that of the other."""
    return (last.year - first.year) * 12 + last.month - first.month


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return month_start(day, months_before=-1) - DAY


def month_named(name: str) -> date | None:
    """The last day of the month that addresses and files call so, `2026-10`; None for no name."""
    found = _MONTH.fullmatch(name)
    return month_end(date(int(found[1]), int(found[2]), 1)) if found else None


def is_month_end(day: date) -> bool:
    """Whether the day is the last of its month."""
    return (day + DAY).day == 1


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (first + n * DAY for n in range((last - first).days + 1))
