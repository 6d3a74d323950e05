"""However many years are counted again, memory holds the days that a window reaches."""

import random
from datetime import date

import pytest
from sqlalchemy.engine import Connection

from idp.figures.closings import Closing, Counted
from idp.figures.days import DAY, each_day
from idp.figures.sets import PERSON, Use, Windows
from idp.figures.state import State
from idp.figures.storage import KEPT_DAYS
from idp.journal.snapshots import take_snapshot
from tests.figures.history import RULES


def test_of_years_counted_again_the_sets_of_one_window_stay(connection: Connection) -> None:
    first, last = date(2021, 1, 1), date(2023, 12, 31)
    counted = Counted(State(), Windows({}), last=None)
    counted.close(connection, Closing(first, last, take_snapshot(connection), RULES))
    assert counted.closed == list(each_day(first, last))
    assert list(counted.days) == list(each_day(last - (KEPT_DAYS - 1) * DAY, last))
    assert len(vars(counted.windows)["_days"]) == KEPT_DAYS
    assert (first, "REG") in {(key.day_on, key.figure) for key in counted.figures}


@pytest.mark.parametrize("last", [date(2023, 2, 28), date(2024, 2, 29), date(2024, 12, 31)])
def test_no_window_reaches_what_is_forgotten(last: date) -> None:
    """The rolling year and the twelve whole months are as they were."""
    draw = random.Random(19)
    windows = Windows({})
    for day in each_day(last - 600 * DAY, last):
        use = Use()
        use[PERSON, "any"].update(draw.sample(range(5000), 9))
        windows.add(day, use)
    before = windows.rolling(last), windows.whole_months(last)
    windows.forget(before=last - (KEPT_DAYS - 1) * DAY)
    assert (windows.rolling(last), windows.whole_months(last)) == before
    assert len(before[0][PERSON, "any"]) > len(windows.span(last - 30 * DAY, last)[PERSON, "any"])
