"""Days and hours of the history: busy on weekdays and in office hours, quiet on holidays."""

from bisect import bisect_left
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from idp.kit import clock
from idp.kit.immutable import immutable

_HOURS = (
    *(1, 0.5, 0.3, 0.2, 0.3, 1, 3, 7, 14, 17, 16, 11),
    *(7, 9, 15, 15, 12, 9, 7, 8, 10, 9, 5, 2),
)
_WEEKDAYS = (1.2, 1.1, 1.05, 1.0, 0.95, 0.45, 0.3)
_HOUR_WEIGHTS = tuple(accumulate(_HOURS))


@immutable
class Calendar:
    """The local days from `first_on` to `last_on`, both included."""

    first_on: date
    last_on: date
    zone: ZoneInfo
    _starts: dict[int, datetime] = field(default_factory=dict, repr=False)

    @property
    def begins_at(self) -> datetime:
        """Midnight before the first day."""
        return self._midnight(0)

    @cached_property
    def ends_at(self) -> datetime:
        """Midnight after the last day."""
        return self._midnight(len(self._weights))

    def growing_instant(self, random: Random) -> datetime:
        """An instant of the history; the last days are several times as likely as the first."""
        return self._instant(random, _pick(random, self._growing, 0.0))

    def instant_after(self, random: Random, after: datetime) -> datetime:
        """An instant from `after` on, on a day as likely as it is busy."""
        day = self.day_of(after)
        before = self._steady[day - 1] if day else 0.0
        for _ in range(3):
            at = self._instant(random, _pick(random, self._steady, before))
            if at > after:
                return at
        return after + (self.ends_at - after) * random.random()

    def day_of(self, at: datetime) -> int:
        """The number of an instant's local day."""
        return (clock.day_in(at, self.zone.key) - self.first_on).days

    def days_left(self, at: datetime) -> float:
        """Days from an instant to the end of the history."""
        return (self.ends_at - at) / timedelta(days=1)

    def _instant(self, random: Random, day: int) -> datetime:
        hour = bisect_left(_HOUR_WEIGHTS, random.random() * _HOUR_WEIGHTS[-1])
        return self._midnight(day) + timedelta(seconds=hour * 3600 + random.random() * 3600)

    def _midnight(self, day: int) -> datetime:
        if day not in self._starts:
            local = datetime.combine(self.first_on + timedelta(days=day), time(), self.zone)
            self._starts[day] = local.astimezone(UTC)
        return self._starts[day]

    @cached_property
    def _weights(self) -> list[float]:
        count = (self.last_on - self.first_on).days + 1
        days = [self.first_on + timedelta(days=n) for n in range(count)]
        return [_WEEKDAYS[day.weekday()] * (0.3 if _is_holiday(day) else 1.0) for day in days]

    @cached_property
    def _steady(self) -> list[float]:
        return list(accumulate(self._weights))

    @cached_property
    def _growing(self) -> list[float]:
        total = len(self._weights)
        return list(accumulate(w * (0.35 + n / total) for n, w in enumerate(self._weights)))


def _pick(random: Random, sums: list[float], least: float) -> int:
    target = least + random.random() * (sums[-1] - least)
    return min(bisect_left(sums, target), len(sums) - 1)


def _is_holiday(day: date) -> bool:
    """New year, around Tết, the end of April, the national day; near enough for a demo."""
    return (day.month, day.day) in {(1, 1), (4, 30), (5, 1), (9, 2)} or (
        day.month == 2 and 14 <= day.day <= 21
    )
