"""Days and months of the figures' time zone."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from idp.kit import clock

DAY = timedelta(days=1)


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


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return month_start(day, months_before=-1) - DAY


def is_month_end(day: date) -> bool:
    """Whether the day is the last of its month."""
    return (day + DAY).day == 1


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    return (first + n * DAY for n in range((last - first).days + 1))
