"""Which days authorities work, by the packaged calendar; pure.

A day that the calendar does not know is off at weekends alone: a deadline then ends too early,
never too late.
"""

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from idp.kit.immutable import immutable

_FILE = "holidays.csv"
_ONE = timedelta(days=1)
_SATURDAY = 5


@immutable
class Calendar:
    """Days off on a weekday, days worked at a weekend; `known_until`: the last one announced."""

    works: Mapping[date, bool]
    known_until: date

    def is_worked(self, day: date) -> bool:
        """Whether authorities work on that day."""
        return self.works.get(day, day.weekday() < _SATURDAY)

    def after(self, day: date, *, working_days: int) -> date:
        """The day with which so many working days after that one are over."""
        while working_days:
            day += _ONE
            working_days -= self.is_worked(day)
        return day

    def on_or_after(self, day: date) -> date:
        """That day, or the first working day after it (Civil Code 91/2015/QH13 Art. 148.5)."""
        while not self.is_worked(day):
            day += _ONE
        return day


@cache
def official_calendar() -> Calendar:
    """The packaged one. Its rows say from where each is known."""
    text = files(__package__).joinpath(_FILE).read_text("utf-8")
    days = {date.fromisoformat(row["day"]): row["kind"] for row in csv.DictReader(text.split("\n"))}
    return Calendar(
        works={day: kind == "worked" for day, kind in days.items() if kind in ("off", "worked")},
        known_until=max(day for day, kind in days.items() if kind == "announced"),
    )
