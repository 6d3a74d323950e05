"""What time it is and which day: the one place that says so, for every room.

The database's clock decides, so that all nodes agree on what is over. Between two readings of it
the machine's steady clock counts on, which nobody sets; the wall clock is only compared, so that
a machine that is wrong can say so. Days are the country's. Tests travel by `shifted`.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MOST_DRIFT = timedelta(seconds=2)
"""A machine whose wall clock is further from the database's must be looked at."""

_shift = timedelta(0)
_zone = ZoneInfo("Asia/Ho_Chi_Minh")
_ahead = time.time() - time.monotonic()
"""Seconds from the steady clock to the deciding one: until it is read, this machine's."""
_following = threading.Lock()


def now() -> datetime:
    """The present instant, timezone-aware, UTC."""
    return datetime.fromtimestamp(time.monotonic() + _ahead, UTC) + _shift


def follow(instant: datetime, *, asked: float) -> None:
    """Go by what the database's clock said; `asked`: the monotonic seconds when it was asked.

    It was read somewhere between the question and now. What is known already is kept where it may
    be just as right, so that time does not tremble.
    """
    global _ahead
    with _following:
        latest = instant.timestamp() - asked
        earliest = instant.timestamp() - time.monotonic()
        if not earliest <= _ahead <= latest:
            _ahead = (earliest + latest) / 2


def drift() -> timedelta:
    """How far this machine's wall clock is ahead of the database's; negative where behind."""
    return timedelta(seconds=time.time() - time.monotonic() - _ahead)


def live_in(zone: str) -> None:
    """Count days in that time zone from now on, in the whole process: the country's."""
    global _zone
    _zone = ZoneInfo(zone)


def day_of(instant: datetime) -> date:
    """The country's day in which the instant lies."""
    return instant.astimezone(_zone).date()


def here(instant: datetime) -> datetime:
    """The instant as the country's clocks show it."""
    return instant.astimezone(_zone)


def day_in(instant: datetime, zone: str) -> date:
    """The day in which the instant lies in that time zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def today(zone: str) -> date:
    """The present day where the country is (`settings.country.time_zone`)."""
    return day_in(now(), zone)


def moved(instant: datetime) -> datetime:
    """An instant read from another clock, such as the database's, moved as `now` is."""
    return instant + _shift


def steady() -> float:
    """Seconds since some instant: they never go back, however the machine's clock is set."""
    return time.monotonic() + _shift.total_seconds()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Within the block, every reading of the clock is moved by `by`. For tests."""
    global _shift
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before


def to_the_day(instant: datetime, zone: str) -> datetime:
    """The beginning of its day where the country is."""
    return instant.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def to_the_minute(instant: datetime) -> datetime:
    """The beginning of its minute."""
    return instant.replace(second=0, microsecond=0)


def next_minute(instant: datetime) -> datetime:
    """The instant itself where a minute begins, else when the next one does."""
    begun = to_the_minute(instant)
    return instant if instant == begun else begun + timedelta(minutes=1)


def seconds(lifetime: timedelta) -> int:
    """A lifetime in whole seconds, as tokens say it."""
    return int(lifetime.total_seconds())
