"""By when a month's list is owed, and which months may still be delivered. Pure."""

from datetime import date

from idp.figures.days import month_start
from idp.kit.errors import InvalidInput

DUE_DAY = 10
"""Of the month that follows; later is late, and still better than never."""
KEPT_MONTHS = 13
"""So many months are looked back: a window of twelve, and the one under way."""


def due_on(month_on: date) -> date:
    """The last day on which the list of the month is on time."""
    return month_start(month_on, months_before=-1).replace(day=DUE_DAY)


def oldest_month(today: date) -> date:
    """The first day of the oldest month whose list is still taken."""
    return month_start(today, months_before=KEPT_MONTHS)


def check_month(month_on: date, *, today: date) -> None:
    """Raise InvalidInput (field `month`) for a month that is not over, or too long ago."""
    if month_on >= today:
        raise InvalidInput("This month is not over yet.", field="month")
    if month_on < oldest_month(today):
        raise InvalidInput("This month is too long ago: thirteen months are taken.", field="month")
