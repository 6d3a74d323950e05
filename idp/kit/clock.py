"""The one place the product reads the time from, so that tests can travel."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift = timedelta(0)


def now() -> datetime:
    """The present instant, timezone-aware, UTC."""
    return datetime.now(UTC) + _shift


def today(zone: str) -> date:
    """The present day where the country is (`settings.country.time_zone`)."""
    return now().astimezone(ZoneInfo(zone)).date()


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
