"""Both dates: at the present pace, and with what actions bring in six equal monthly parts."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from idp.figures.actions import arrive
from idp.figures.days import month_end, month_start
from idp.figures.outlook import Outlook, look_ahead
from idp.figures.rates import Rate
from idp.figures.sets import PERSON
from idp.settings.people import Target

TARGET = Target(percent=20)
LAST, EVERYONE = date(2026, 10, 31), 100_000


def outlook(rise: int, months: int = 18) -> Outlook:
    ends = [month_end(month_start(LAST, months_before=n)) for n in reversed(range(months))]
    rates = [(end, Rate(12_000 + rise * n, EVERYONE)) for n, end in enumerate(ends)]
    return look_ahead(PERSON, rates, target=TARGET, catch_up_on=None)


@given(st.integers(0, 300), st.integers(0, 30_000))
def test_a_gain_never_delays_and_enough_of_it_arrives_in_six_months(rise: int, added: int) -> None:
    found = arrive(outlook(rise), added, target=TARGET)
    assert found is not None
    if found.at_pace:
        assert found.with_gain
        assert found.with_gain <= found.at_pace
    if added >= 20_000 - 12_000:
        assert found.with_gain
        assert found.with_gain <= date(2027, 4, 1)
    none = arrive(outlook(rise), 0, target=TARGET)
    assert none is not None
    assert none.with_gain == none.at_pace


def test_where_no_date_is_said_there_is_none_with_a_gain_either() -> None:
    assert arrive(outlook(100, months=11), 50_000, target=TARGET) is None
