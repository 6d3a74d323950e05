"""Unions of daily use over any span of days, by whole months where the span holds them."""

from datetime import date

from idp.figures.days import DAY, each_day, month_end, month_start
from idp.figures.sets import Use

ROLLING_DAYS = 365
ROLLING = "rolling_365"
"""The 365 days that end with the as-of day."""
MONTHS = "months_12"
"""The 12 whole months that end with the as-of day, itself the end of a month."""
AT_DAY = "at_day"
"""No window: the state at the end of the as-of day."""


class Windows:
    """The use of each closed day; days are added in order, an absent day had none."""

    def __init__(self, days: dict[date, Use]) -> None:
        self._days = days
        self._months: dict[date, Use] = {}

    def add(self, day: date, use: Use) -> None:
        """The next day's use."""
        self._days[day] = use

    def span(self, first: date, last: date) -> Use:
        """Who is in any day from `first` to `last`, both included and closed."""
        parts: list[Use] = []
        day = first
        while day <= last:
            if day.day == 1 and month_end(day) <= last:
                parts.append(self._month(day))
                day = month_end(day) + DAY
            else:
                if day in self._days:
                    parts.append(self._days[day])
                day += DAY
        return Use.union(parts)

    def rolling(self, last: date, *, days: int = ROLLING_DAYS) -> Use:
        """The window of so many days that ends with `last`."""
        return self.span(last - (days - 1) * DAY, last)

    def whole_months(self, last: date, *, months: int = 12) -> Use:
        """The window of so many whole months that ends with `last`, the end of a month."""
        return self.span(month_start(last, months_before=months - 1), last)

    def _month(self, first: date) -> Use:
        if first not in self._months:
            days = (self._days.get(day) for day in each_day(first, month_end(first)))
            self._months[first] = Use.union(use for use in days if use is not None)
        return self._months[first]
